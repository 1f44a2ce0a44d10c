"""The page Prices in a browser, on files that a simulated field wrote."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.markets.models import BiddingZone, Tariff
from apps.markets.services.feeds import prepare_field_feeds
from apps.markets.services.folders import read_folders
from apps.markets.services.price_forecasting import forecast_prices
from gridops.simulator.market_post import MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.weather_service import by_calendar
from tests.apps.control_room.desk import point_until_read, session_of
from tests.simulator.town import town

pytestmark = pytest.mark.django_db(transaction=True)

TARIFFS = (
    "tariff,kind,price,unit,from,to,weekdays,valid_from\n"
    "Home,energy,30,ct/kWh,06:00,24:00,,2026-01-01\nHome,energy,20,ct/kWh,00:00,06:00,,2026-01-01\n"
)


@pytest.fixture
def field(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.market_post.ARCHIVE_DAYS", 20)
    settings.MARKET_ROOT = str(tmp_path)
    now = timezone.now()
    service = MarketService(town(), 1, by_calendar(2016))
    post = MarketPost(service, tmp_path / "field", "town", ZoneInfo(settings.TIME_ZONE))
    prepare_field_feeds()
    post.archive(now)
    post.step(now)
    (tmp_path / "field/prices/z-broken.xml").write_text("<Publication_MarketDocument>")
    read_folders(as_of=timezone.now(), still_s=0)


def opened(user: User, open_page: Callable[..., Page], site: str) -> Page:
    page = open_page(session_of(user))
    page.goto(f"{site}/prices/")
    return page


def test_prices_factors_feeds_and_refusals_are_on_one_page(
    field: None, olga: User, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(olga, open_page, site)
    expect(page.locator("#zone option")).to_have_count(1)
    expect(page.locator("#price-chart canvas")).to_have_count(1)
    expect(page.locator("#emissions-chart canvas")).to_have_count(1)
    expect(page.locator("#days tr")).to_have_count(2)
    expect(page.locator("#days tr").first).to_contain_text("Known since")
    expect(page.locator("#feeds tr")).to_have_count(12)
    expect(page.locator("#feeds-state")).to_contain_text("12 feeds, 1 failing")
    expect(page.locator("#refused")).to_contain_text("not whole XML")
    expect(page.locator("#tariffs")).to_contain_text("follows the price of 10YGRIDOPS-DEMOD")
    expect(page.locator("#import-form")).to_have_count(0)
    point_until_read(page, "#price-chart .u-over", page.locator("#curve-reading"), "known")
    page.evaluate("dispatchEvent(new Event('themechange'))")
    expect(page.locator("#curve-reading")).to_contain_text("known")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_band_that_was_forecast_lies_over_the_curve_with_how_good_it_was(
    field: None, olga: User, open_page: Callable[..., Page], site: str
) -> None:
    BiddingZone.objects.update(is_watched=True)
    assert forecast_prices(as_of=timezone.now()) >= 2
    page = opened(olga, open_page, site)
    expect(page.locator("#key-band")).to_be_visible()
    expect(page.locator("#forecast-state")).to_contain_text("newest of")
    expect(page.locator("#issued")).to_contain_text("the model learns from 42")
    expect(page.locator("#skill-days")).to_contain_text("worked out again")
    expect(page.locator("#skill-80")).to_contain_text("%")
    point_until_read(page, "#price-chart .u-over", page.locator("#curve-reading"), "90 %", share=0.85)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_an_empty_site_says_so(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = opened(olga, open_page, site)
    for name in ("curve", "emissions", "tariffs", "feeds", "refused"):
        expect(page.locator(f"#{name}-empty")).to_be_visible()


def test_a_file_is_seen_before_it_changes_anything(open_page: Callable[..., Page], site: str) -> None:
    page = opened(User.objects.create_user("erik", role=Role.ENGINEER), open_page, site)
    page.locator("#import-zone").fill("TOWN")
    wrong = {"name": "wrong.csv", "mimeType": "text/csv", "buffer": b"time,price\nlater,1\n"}
    page.locator("#import-file").set_input_files(files=[wrong])
    expect(page.locator("#import-problems")).to_contain_text("row 2, time: 'later' is no time")
    expect(page.locator("#import-confirm")).to_be_disabled()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = "".join(f"{(midnight + timedelta(hours=n)).isoformat()},{40 + n}\n" for n in range(24))
    good = {"name": "good.csv", "mimeType": "text/csv", "buffer": f"time,price\n{rows}".encode()}
    page.locator("#import-file").set_input_files(files=[good])
    expect(page.locator("#import-rows")).to_contain_text("TOWN, Day-ahead price, 60 min")
    assert not BiddingZone.objects.exists()
    page.locator("#import-confirm").click()
    expect(page.locator("#import-state")).to_contain_text("good.csv is imported")
    expect(page.locator("#zone")).to_have_value("TOWN")
    expect(page.locator("#price-chart canvas")).to_have_count(1)


def test_tariffs_are_imported_and_shown_with_their_times(open_page: Callable[..., Page], site: str) -> None:
    page = opened(User.objects.create_user("erik", role=Role.ENGINEER), open_page, site)
    page.locator("#import-holds").select_option("tariffs")
    file = {"name": "tariffs.csv", "mimeType": "text/csv", "buffer": TARIFFS.encode()}
    page.locator("#import-file").set_input_files(files=[file])
    expect(page.locator("#import-rows")).to_contain_text("Home, 2 parts")
    assert not Tariff.objects.exists()
    page.locator("#import-confirm").click()
    expect(page.locator("#tariffs")).to_contain_text("06:00 to 24:00")
    expect(page.locator("#tariffs")).to_contain_text("EUR/kWh")


def test_a_past_page_shows_what_was_known_then(
    field: None, olga: User, open_page: Callable[..., Page], site: str
) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/prices/?at={(timezone.now() - timedelta(days=2)).strftime('%Y-%m-%dT%H:%M:%SZ')}")
    expect(page.locator("html")).to_have_attribute("data-past", "yes")
    day = timezone.localdate() - timedelta(days=2)
    expect(page.locator("#days tr").first).to_contain_text(str(day))
    expect(page.locator("#days tr").first).to_contain_text("Known since")
    expect(page.locator(".feeds")).to_have_count(0)
