"""The page of efficiency in a browser: from an empty page to a verified saving."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.efficiency import tasks
from tests.apps.control_room.desk import session_of
from tests.factories.efficiency import HALL_WORK, hall_readings

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")


def test_a_town_hall_comes_from_an_empty_page_to_a_verified_saving(
    open_page: Callable[..., Page], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("apps.efficiency.tasks.verify_measure.delay", asked.append)
    page = open_page(session_of(User.objects.create_user("paula", role=Role.ENGINEER)))
    page.goto(f"{site}/efficiency/")
    expect(page.locator("#sites-empty")).to_be_visible()
    expect(page.locator("#emissions-empty")).to_be_visible()
    _site(page)
    page.locator("#catalogue").click()
    expect(page.locator("#ranking tr")).to_have_count(8)
    expect(page.locator("#facts")).to_contain_text("Heats below")
    page.locator("#ranking tr").first.get_by_role("button", name="Propose").click()
    row = page.locator("#enrolments tr").first
    for verb, status in (("Offer", "Offered"), ("Enrol", "Enrolled")):
        row.get_by_role("button", name=verb).click()
        expect(row).to_contain_text(status)
    _installed(page)
    row.get_by_role("button", name="Verify").click()
    expect(row).to_contain_text("Being worked out")
    expect(row.get_by_role("button", name="Verify")).to_have_count(0)
    assert tasks.verify_measure(asked.pop())  # the worker
    page.reload()
    expect(row).to_contain_text("Verified")
    expect(page.locator("#saving-state")).to_contain_text("IPMVP option C")
    expect(page.locator("#saving-chart canvas")).to_have_count(1)
    expect(page.locator("#saving-facts")).to_contain_text("at 90 %")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "efficiency.png"), full_page=True)


def _site(page: Page) -> None:
    page.locator("#site-form [name=name]").fill("Town hall")
    page.locator("#site-form [name=time_zone]").fill("UTC")
    page.get_by_role("button", name="Add site").click()
    expect(page.locator("#site-title")).to_have_text("Town hall")
    hall = {"name": "hall.csv", "mimeType": "text/csv", "buffer": hall_readings()}
    page.locator("#readings").set_input_files(hall)
    expect(page.locator("#site-state")).to_contain_text("17520 hours of 730 days are stored", timeout=60_000)
    expect(page.locator("#shape-chart canvas")).to_have_count(1)


def _installed(page: Page) -> None:
    page.locator("#enrolments").get_by_role("button", name="Installed").click()
    page.locator("#work [name=work_from]").fill(HALL_WORK[0])
    page.locator("#work [name=work_to]").fill(HALL_WORK[1])
    page.locator("#work").get_by_role("button", name="Installed").click()
    expect(page.locator("#enrolments tr").first).to_contain_text("Installed")


def test_whoever_may_not_manage_finds_nothing_to_press(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/efficiency/")
    expect(page.locator("#enrolments-empty")).to_be_visible()
    expect(page.locator("#site-form")).to_have_count(0)
    expect(page.locator("#readings")).to_have_count(0)
