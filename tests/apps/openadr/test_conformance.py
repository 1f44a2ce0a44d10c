"""The official document asks, through schemathesis, whatever it allows and whatever it forbids; nothing may be found.

There is no VEN while it asks: the document wants an answer's `objectType` to be two words at once where a VEN is shown,
which the last test shows.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pytest_django.live_server_helper import LiveServer

from apps.openadr.standard.schemas import DOCUMENT
from tests.apps.openadr.door import BASE, Outsider, business, ven

PHASES = "examples,coverage"  # by hand also fuzzing and stateful, which take minutes
AS_A_VEN = ("--exclude-path-regex", "vens|resources")


def findings(server: LiveServer, asker: Outsider, folder: Path, *more: str) -> str:
    program = str(Path(sys.executable).with_name("st"))
    asked = [
        program,
        "run",
        str(DOCUMENT),
        "--url",
        f"{server.url}{BASE}",
        "-H",
        f"Authorization: Bearer {asker.token}",
    ]
    settled = ["--seed", "2026", "--phases", PHASES, "--generation-database", "none", "--no-color", *more]
    done = subprocess.run([*asked, *settled], cwd=folder, capture_output=True, text=True, timeout=280, check=False)
    return "" if done.returncode == 0 else done.stdout[-6000:] + done.stderr[-1000:]


@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing_as_business_logic(live_server: LiveServer, tmp_path: Path) -> None:
    assert findings(live_server, business(), tmp_path) == ""


@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing_as_a_ven(live_server: LiveServer, tmp_path: Path) -> None:
    assert findings(live_server, ven("house", with_ven=False), tmp_path, *AS_A_VEN) == ""


@pytest.mark.parametrize(("shown", "asked"), [("ven", "BlVenRequest"), ("resource", "BlResourceRequest")])
def test_the_document_wants_two_words_at_once_where_a_ven_is_shown(shown: str, asked: str) -> None:
    schemas = yaml.safe_load(DOCUMENT.read_text())["components"]["schemas"]
    assert {each["$ref"].rpartition("/")[2] for each in schemas[shown]["allOf"]} == {"objectMetadata", asked}
    word = schemas[asked]["properties"]["objectType"]["enum"]
    assert set(word).isdisjoint(schemas["objectTypes"]["enum"])
