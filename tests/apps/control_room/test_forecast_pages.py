"""Forecasts in a browser: what a person sees, does and is told."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.forecasts.models import STEP_S
from tests.apps.control_room.desk import session_of
from tests.factories.field import make_room
from tests.factories.forecasts import City, instant, make_city
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    return instant(int(timezone.now().timestamp()) // STEP_S)


@pytest.fixture
def city(now: datetime) -> City:
    return make_city(now, issues_h=30)


@pytest.fixture
def page_of(olga: User, open_page: Callable[..., Page], site: str) -> Callable[..., Page]:
    session = session_of(olga)

    def opened(address: str, **options: object) -> Page:
        page = open_page(session, **options)
        page.goto(f"{site}{address}")
        return page

    return opened


def shot(page: Page, name: str) -> None:
    """For judging by eye, where somebody asks for pictures."""
    if folder := os.environ.get("GRIDOPS_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_desk_tells_of_the_whole_and_of_each_series(city: City, page_of: Callable[..., Page]) -> None:
    page = page_of("/forecasts/")
    expect(page.locator("#series tr")).to_have_count(len(city.courses))
    expect(page.locator("#desk-state")).to_contain_text("10 of 12 series by the full model, 2 by a fallback")
    expect(page.locator("#desk-training")).to_contain_text("Model 2 in use")
    expect(page.locator("#whole-chart canvas")).to_be_visible()
    assert page.locator("#whole-tabs button").all_inner_texts() == ["Net load", "Load", "Solar", "Wind"]
    row = page.locator("#series tr", has_text="Wind farm Dyke")
    expect(row).to_contain_text("Reduced model: no weather since 10:15.")
    expect(page.locator("#series tr", has_text="Old Town F01")).to_contain_text("too narrow")
    expect(page.locator("#series tr", has_text="Harbour F01")).to_contain_text("data: flat line")
    page.fill("#filter-text", "harbour f")
    expect(page.locator("#series tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("main [class*='alarm-']")).to_have_count(0)


def test_shots(city: City, now: datetime, olga: User, page_of: Callable[..., Page]) -> None:
    if not os.environ.get("GRIDOPS_SHOTS"):
        pytest.skip("no pictures asked for")
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=timezone.now()).step(timezone.now())
    axe = Path("axe.min.js").read_text()
    series = city.named(os.environ.get("GRIDOPS_SERIES", "City")).pk
    for theme in os.environ.get("THEMES", "dark light").split():
        olga.theme = theme
        olga.save()
        for width, height in ((1920, 1080), (1366, 768)):
            for name in os.environ.get("PAGES", "desk series skill").split():
                address = {"desk": "/forecasts/", "series": f"/forecasts/{series}/", "skill": "/forecasts/skill/"}[name]
                page = page_of(address, viewport={"width": width, "height": height}, bypass_csp=True)
                page.wait_for_timeout(3500)
                shot(page, f"{name}-{theme}-{width}")
                page.evaluate(axe)
                found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})")
                print(name, theme, width, [(v["id"], [n["html"][:140] for n in v["nodes"]][:3]) for v in found["violations"]], page.evaluate("document.documentElement.scrollWidth > innerWidth"))  # noqa: T201
                page.close()
