"""What the site is made of is pinned, told and allowed."""

import json
from datetime import UTC, datetime

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from gridops.supply import ALLOWED, EXCEPTIONS, bill_of_materials, is_allowed, licence_of, pins
from tests.architecture.house import ROOT

LOCK = (ROOT / "requirements.txt").read_text()
VENDORED = (ROOT / "static" / "vendor" / "vendor.lock").read_text()
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def bill() -> dict:
    return bill_of_materials(lock=LOCK, vendored=VENDORED, version="0.1.0", as_of=AT)


def test_the_bill_of_materials_is_strict_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill())) is None


def test_the_bill_names_every_pin_and_every_vendored_package_with_hashes() -> None:
    found = {one["purl"]: one for one in bill()["components"]}
    wanted = {
        f"pkg:pypi/{line.split(' ')[0].split('[')[0].replace('==', '@')}" for line in LOCK.splitlines() if "==" in line
    }
    assert {address.split("[")[0] for address in found if "pypi" in address} == wanted
    assert {"maplibre-gl", "uplot"} <= {address.split("/")[1].split("@")[0] for address in found if "npm" in address}
    assert all(one.get("properties") or one.get("components") for one in found.values())


def test_the_same_content_has_the_same_serial_number_and_other_content_another() -> None:
    assert bill()["serialNumber"] == bill()["serialNumber"]
    other = bill_of_materials(lock=LOCK, vendored=VENDORED, version="0.1.1", as_of=AT)
    assert other["serialNumber"] != bill()["serialNumber"]


def test_every_hash_of_the_lock_belongs_to_its_pin() -> None:
    assert sum(len(pin.sha256) for pin in pins(LOCK)) == LOCK.count("--hash=sha256:")
    assert [pin.name for pin in pins(LOCK) if not pin.sha256] == []


def test_every_installed_package_is_under_an_allowed_licence_or_has_a_written_reason() -> None:
    told = {pin.name: licence_of(pin.name) for pin in pins(LOCK)}
    absent = {pin.name for pin in pins(LOCK) if pin.marker and not told[pin.name]}  # another system's
    assert {name: one for name, one in told.items() if name not in absent and not is_allowed(name, one)} == {}


def test_no_exception_has_outlived_its_package_and_none_is_gpl() -> None:
    assert set(EXCEPTIONS) - {pin.name for pin in pins(LOCK)} == set()
    assert [name for name in EXCEPTIONS if licence_of(name).startswith(("GPL", "AGPL"))] == []
    assert [one for one in ALLOWED if "GPL" in one] == []


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0-only", "", "Proprietary"])
def test_what_binds_or_says_nothing_is_refused(licence: str) -> None:
    assert not is_allowed("somebody", licence)


@pytest.mark.parametrize("licence", ["MIT", "GPL-2.0-only OR MIT", "BSD-3-Clause AND (Apache-2.0)"])
def test_what_may_be_chosen_freely_is_allowed(licence: str) -> None:
    assert is_allowed("somebody", licence)
