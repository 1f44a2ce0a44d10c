"""The page of voltage experiments in a browser, with one that was measured."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.efficiency.services.cvr_scoring import score_experiments
from tests.apps.control_room.desk import session_of
from tests.factories.cvr_measured import NOW, measured_experiment

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")


def test_a_measured_experiment_tells_its_factor_and_what_it_is_worth(
    open_page: Callable[..., Page], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_experiment(monkeypatch)
    score_experiments(as_of=NOW)
    page = open_page(session_of(User.objects.get(username="paula")), viewport={"width": 1920, "height": 1080})
    page.goto(f"{site}/efficiency/cvr/")
    row = page.locator("#experiments tr")
    expect(row).to_contain_text("F01")
    expect(row).to_contain_text("40 of 40")
    row.get_by_role("button").first.click()
    expect(page.locator("#tiles")).to_contain_text("CVR factor")
    expect(page.locator("#tiles")).to_contain_text("Worth of the energy saved")
    expect(page.locator("#tiles")).to_contain_text("make a market feed")
    expect(page.locator("#tiles")).to_contain_text("An assumption")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "cvr.png"), full_page=True)
