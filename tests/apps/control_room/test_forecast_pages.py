"""Forecasts in a browser: what a person sees, does and is told."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.forecasts.models import STEP_S, Separation, Training
from apps.weather.choices import Variable
from tests.apps.control_room.desk import session_of
from tests.factories.forecasts import City, instant, make_city
from tests.factories.weather import location, run

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


def test_an_override_is_drawn_before_it_is_saved_listed_and_withdrawn(city: City, page_of: Callable[..., Page]) -> None:
    series = city.named("Harbour substation")
    page = page_of(f"/forecasts/{series.pk}/", viewport={"width": 1920, "height": 1080})
    expect(page.locator("#series-state")).to_contain_text("Full model 2.")
    expect(page.locator("#days tbody tr").first).to_be_visible()
    expect(page.locator("#override-list")).to_contain_text("0 overrides")
    page.fill("#override-percent", "120")
    expect(page.locator("#override-effect")).to_contain_text("Peak of this time")
    shot(page, "override-draft")
    page.get_by_role("button", name="Override the forecast").click()
    expect(page.locator("#override-refusal")).to_contain_text("reason")
    page.fill("#override-reason", "Match at the stadium")
    page.get_by_role("button", name="Override the forecast").click()
    expect(page.locator("#override-list li")).to_contain_text("times 120")
    expect(page.locator("#override-list li")).to_contain_text("Match at the stadium")
    expect(page.locator("#key")).to_contain_text("P50 as overridden")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#override-list li")).to_contain_text("withdrawn")
    expect(page.locator("#key")).not_to_contain_text("P50 as overridden")


def test_the_page_says_what_cannot_be_told_apart_and_why_there_is_no_scenario(
    city: City, page_of: Callable[..., Page]
) -> None:
    series = city.named("Harbour substation")
    page = page_of(f"/forecasts/{series.pk}/")
    expect(page.locator("#components-readout")).to_contain_text("not been looked at yet")
    expect(page.locator("#scenario-state")).to_contain_text("cannot be read")
    expect(page.locator("#scenario")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("City above it and the 2 parts below it keep what the model says")


def test_parts_of_a_load_are_drawn_with_their_sizes(city: City, now: datetime, page_of: Callable[..., Page]) -> None:
    series, place = city.named("Harbour substation"), location()
    size = {"size_kw": {"heating": 300.0}, "error_kw": {"heating": 20.0}, "reasons": {"solar": "the sun hid"}}
    Separation.objects.create(series=series, as_of=now - timedelta(hours=2), days=180.0, **size)
    for variable in (Variable.TEMPERATURE_C, Variable.GHI_W_M2, Variable.WIND_SPEED_100M_M_S):
        run(place, now - timedelta(hours=30), [4.0] * 90, variable=variable)
    page = page_of(f"/forecasts/{series.pk}/")
    expect(page.locator("#components canvas")).to_be_visible()
    expect(page.locator("#components-readout")).to_contain_text("heating +3.3")
    expect(page.locator("#components-key")).to_contain_text("per °C below 15 °C")
    expect(page.locator("#components-list")).to_contain_text("cannot be separated: the sun hid.")


def test_issues_of_the_past_are_a_key_away(city: City, page_of: Callable[..., Page]) -> None:
    page = page_of(f"/forecasts/{city.named('Wind farm Dyke', 'wind').pk}/")
    expect(page.locator("#series-state")).to_contain_text("Reduced model: no weather since 10:15.")
    expect(page.locator("#issue option")).to_have_count(31)
    with page.expect_response("**/forecast?**as_of=**"):
        page.locator("#issue-older").press("Enter")
    expect(page.locator("#issue-newer")).to_be_enabled()
    page.get_by_role("button", name="7 days", exact=True).press("Enter")
    expect(page.locator("#days tbody tr").nth(6)).to_be_visible()


def test_a_place_without_forecasts_says_what_is_awaited(page_of: Callable[..., Page]) -> None:
    Training.objects.create(begun_at=timezone.now(), stage="quantiles", done=3, total=7)
    page = page_of("/forecasts/")
    expect(page.locator("#desk-training")).to_contain_text("Training: 3 of 7 quantiles")
    expect(page.locator("#desk-progress")).to_be_visible()
    expect(page.locator("#list-empty")).to_contain_text("made from the network and its measurements")
    page.goto(page.url + "skill/")
    expect(page.locator("#kinds-empty")).to_be_visible()
    expect(page.locator("#training-state")).to_contain_text("3 of 7")


def test_an_engineer_puts_an_older_model_back_in_use(city: City, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(User.objects.create_user("erin", role=Role.ENGINEER)))
    page.goto(f"{site}/forecasts/skill/")
    expect(page.locator("#skill-verdict")).to_contain_text("of 8 kinds better than every repetition")
    expect(page.locator("#levels svg")).to_be_visible()
    row = page.locator("#models tr", has_text="Model 1").last
    row.get_by_role("button").click()
    expect(page.locator("#confirm-text")).to_contain_text("in the place of model 2")
    page.fill("#confirm-reason", "The new one sags at noon")
    page.locator("#confirm-do").click()
    expect(row).to_contain_text("In use")
    expect(row).to_contain_text("sags at noon")


def test_the_past_shows_the_issue_that_was_known_then_and_no_acts(
    city: City, now: datetime, page_of: Callable[..., Page]
) -> None:
    then = (now - timedelta(hours=5, minutes=-20)).isoformat().replace("+00:00", "Z")
    page = page_of(f"/forecasts/{city.named('City').pk}/?at={then}")
    expect(page.locator("#series-facts")).to_contain_text("20 min ago")
    expect(page.locator("#override")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("nothing can be changed in it")
    page.goto(page.url.replace(f"/{city.named('City').pk}/", "/skill/"))
    expect(page.locator("#models tr").first).to_be_visible()
    expect(page.locator("#models button")).to_have_count(0)
