"""Changing the network in a browser, by two people."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.choices import Theme
from apps.accounts.models import User
from apps.assets import selectors
from apps.assets.models import ACLineSegment
from tests.factories.grids import CASE33
from tests.factories.networks import engineer, imported

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
LARGE = {"width": 1920, "height": 1080}


def person(name: str) -> str:
    client = Client()
    client.force_login(engineer(name))
    return client.cookies["sessionid"].value


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_a_line_is_rerated_by_one_person_and_made_live_by_another(  # noqa: PLR0915  one story
    live_server: Any, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    imported(CASE33)
    site = live_server.url
    erika = open_page(person("erika"), viewport=LARGE)
    erika.goto(f"{site}/network/models/")
    erika.fill("#note", "stronger cable in the centre")
    erika.get_by_role("button", name="Make a draft of the live version").click()
    expect(erika.get_by_role("heading", level=1)).to_contain_text("Version")
    model = int(erika.url.rstrip("/").rsplit("/", 1)[1])
    line = ACLineSegment.objects.filter(model_id=model).earliest("index")

    erika.goto(f"{site}/network/models/{model}/ACLineSegment/{line.mrid}/")
    erika.fill("#f-rated_a", "-5")
    erika.get_by_role("button", name=f"Save {line.name}").click()
    expect(erika.locator("#e-rated_a")).to_contain_text("Give a number above 0")
    expect(erika.locator("#f-rated_a")).to_be_focused()
    picture(erika, "sheet")
    erika.fill("#f-rated_a", "640")
    erika.get_by_role("button", name=f"Save {line.name}").click()
    expect(erika.get_by_role("heading", level=1)).to_contain_text("Lines of version")

    file = tmp_path / "lines.csv"
    other = ACLineSegment.objects.filter(model_id=model).order_by("index")[1]
    file.write_text(f"mrid,rated_a\n{other.mrid},500\n{line.mrid},x\n")
    erika.set_input_files("#file", file)
    erika.get_by_role("button", name="Show what it would do").click()
    expect(erika.locator("#preview")).to_contain_text("'x' is not a number")
    expect(erika.locator("#apply")).to_be_disabled()
    picture(erika, "csv")
    file.write_text(f"mrid,rated_a\n{other.mrid},500\n")
    erika.set_input_files("#file", file)
    erika.get_by_role("button", name="Show what it would do").click()
    expect(erika.locator("#apply")).to_be_enabled()
    with erika.expect_navigation():
        erika.get_by_role("button", name="Apply").click()

    erika.goto(f"{site}/network/models/{model}/")
    with erika.expect_navigation():
        erika.get_by_role("button", name="Check topology and power flow").click()
    expect(erika.locator(".phase").first).to_have_text("Checked")
    picture(erika, "checked-light")
    engineer("anton")
    User.objects.filter(username="anton").update(theme=Theme.DARK)
    anton = open_page(person("anton"), viewport=LARGE)
    anton.goto(f"{site}/network/models/{model}/")
    expect(anton.locator("#changes")).to_contain_text(": 2")
    anton.get_by_text("Approve", exact=True).click()
    picture(anton, "approve-dark")
    with anton.expect_navigation():
        anton.get_by_role("button", name=f"Approve version {model}").click()
    anton.get_by_text("Make live", exact=True).click()
    with anton.expect_navigation():
        anton.get_by_role("button", name=f"Make version {model} live").click()
    expect(anton.locator(".phase").first).to_have_text("Live")
    assert selectors.current_model_id() == model
    anton.goto(f"{site}/network/models/")
    expect(anton.locator("tr[aria-current]")).to_contain_text("stronger cable")
    picture(anton, "versions-dark")
    erika.goto(f"{site}/network/models/")
    picture(erika, "versions-light")
    wide = "document.documentElement.scrollWidth > innerWidth"
    small = open_page(person("erika"))
    for path in ("", f"{model}/", f"{model}/PowerTransformer/", f"{model}/ACLineSegment/{line.mrid}/"):
        small.goto(f"{site}/network/models/{path}")
        assert not small.evaluate(wide), path
        picture(small, f"small{path.count(chr(47))}")
