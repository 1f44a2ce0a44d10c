"""The renewables desk in a browser, on parks whose potential is known."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.renewables.models import FirmingRun
from apps.renewables.services.firming import play_firming
from apps.renewables.services.rounds import look
from tests.apps.control_room.desk import point_until_read, session_of
from tests.factories.renewables import Park, make_park

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def park() -> Park:
    found = make_park(timezone.now(), issues_h=24)
    found.gave("Wind 2", 0.0, first=found.end - 6, end=found.end)
    look(as_of=timezone.now())
    return found


def opened(user: User, open_page: Callable[..., Page], site: str, query: str = "") -> Page:
    page = open_page(session_of(user))
    page.goto(f"{site}/renewables/{query}")
    return page


def test_the_desk_shows_band_causes_reserve_and_plays_a_firming(
    park: Park, olga: User, open_page: Callable[..., Page], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.renewables.tasks.play_firming.delay", lambda _key: None)
    page = opened(olga, open_page, site)
    expect(page.locator("#verdict")).to_contain_text("7 of 7 plants give")
    expect(page.locator("#verdict")).to_contain_text("held back at 1")
    expect(page.locator("#band-chart canvas")).to_have_count(1)
    expect(page.locator("#reserve-chart canvas")).to_have_count(1)
    expect(page.locator("#plants tr")).to_have_count(7)
    row = page.locator("#plants tr", has_text="Wind 2")
    expect(row).to_contain_text("Fault or offline")
    expect(row).to_contain_text("stood still while plants like it gave")
    expect(page.locator("#list tr")).to_have_count(6)
    expect(page.locator("#integration")).to_contain_text("CO₂ by marginal factors")
    expect(page.locator("#ramps tr")).to_have_count(5)
    expect(page.locator("#avoid-empty")).to_be_visible()
    point_until_read(page, "#band-chart .u-over", page.locator("#band-reading"), "median", share=0.7)
    _firm(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def _firm(page: Page) -> None:
    page.locator("#firming-kw").fill("150")
    page.locator("#firming-kwh").fill("250")
    page.locator("#firming-source").fill("Offer 7")
    page.locator("#firming-days").fill("14")
    page.locator("#firming-form button").click()
    expect(page.locator("#firmings")).to_contain_text("Waiting")
    play_firming(run_id=FirmingRun.objects.get().pk, as_of=timezone.now())
    expect(page.locator("#firmings")).to_contain_text("days played")


def test_an_empty_site_says_why_and_a_viewer_asks_for_nothing(open_page: Callable[..., Page], site: str) -> None:
    page = opened(User.objects.create_user("vera", role=Role.VIEWER), open_page, site)
    for name in ("band", "integration", "plants", "list", "reserve", "avoid", "firming"):
        expect(page.locator(f"#{name}-empty")).to_be_visible()
    expect(page.locator("#verdict")).to_have_text("There is no plant of sun or wind yet.")
    expect(page.locator("#firming-form")).to_have_count(0)


def test_of_the_past_only_what_was_known_then_is_shown(
    park: Park, olga: User, open_page: Callable[..., Page], site: str
) -> None:
    before = (park.as_of - timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    page = opened(olga, open_page, site, f"?at={before}")
    expect(page.locator("#reserve-empty")).to_be_visible()
    expect(page.locator("#firming-form")).to_have_count(0)
    expect(page.locator("#list tr")).to_have_count(0)
