"""The page Weather in a browser, on files that a simulated field wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.weather.services.feeds import prepare_field_feeds
from apps.weather.services.folders import read_folders
from gridops.cases.season import profile_time
from gridops.simulator.clock import ProfileClock
from gridops.simulator.weather_post import WeatherPost
from gridops.simulator.weather_service import WeatherService, wall_to_profile
from tests.apps.control_room.desk import session_of
from tests.simulator.town import town

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def opened(olga: User, open_page: Callable[..., Page], site: str) -> Page:
    page = open_page(session_of(olga))
    page.goto(f"{site}/weather/")
    return page


@pytest.fixture
def field(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.weather_post.ARCHIVE_DAYS", 10)
    settings.WEATHER_ROOT = str(tmp_path)
    now = timezone.now()
    clock = ProfileClock(now, profile_time(now, 2016))
    post = WeatherPost(WeatherService(town(), 1, wall_to_profile(clock, 2016)), tmp_path / "field", "town")
    prepare_field_feeds()
    post.archive(now)
    post.step(now)
    (tmp_path / "field/forecasts/broken.json").write_text('{"hourly": ')
    read_folders(as_of=timezone.now(), still_s=0)


def test_feeds_forecasts_errors_and_refusals_are_on_one_page(field: None, opened: Page) -> None:
    expect(opened.locator("#feeds tr")).to_have_count(4)
    expect(opened.locator("#feeds-state")).to_contain_text("4 feeds, 0 late")
    expect(opened.locator(".charts canvas")).to_have_count(3)
    expect(opened.locator("#place-state")).to_contain_text("newest forecast issued")
    expect(opened.locator("#errors tr").first).to_contain_text("0 to 1 h")
    expect(opened.locator("#refused")).to_contain_text("broken.json")
    expect(opened.locator("#refused")).to_contain_text("no complete JSON")
    assert not opened.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_an_empty_site_says_so(opened: Page) -> None:
    expect(opened.locator("#feeds-empty")).to_be_visible()
    expect(opened.locator("#place-empty")).to_be_visible()
    expect(opened.locator("#refused-empty")).to_be_visible()
