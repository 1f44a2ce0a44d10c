"""Trends and the sequence of events in a browser, on what a simulated field said."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.assets.models import PowerTransformer
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint, StateChange
from tests.apps.control_room.desk import session_of
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def begun() -> datetime:
    """Half a minute in which a breaker trips, ten minutes ago."""
    started = (timezone.now() - timedelta(minutes=10)).replace(microsecond=0)
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=started, scenario="feeder-fault").run(started, seconds=36)
    return started


@pytest.fixture
def page_of(olga: User, open_page: Callable[..., Page], site: str) -> Callable[[str], Page]:
    session = session_of(olga)

    def opened(address: str) -> Page:
        page = open_page(session)
        page.goto(f"{site}{address}")
        return page

    return opened


def at(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def test_eight_pens_are_drawn_each_with_its_value_at_the_cursor(
    begun: datetime, page_of: Callable[[str], Page]
) -> None:
    points = list(MeasurementPoint.objects.exclude(quantity="switch_state").order_by("quantity", "pk")[::40])[:8]
    span = f"from={at(begun)}&to={at(begun + timedelta(seconds=36))}"
    page = page_of(f"/trends/?pens={','.join(str(point.pk) for point in points)}&{span}")
    expect(page.locator(".pen")).to_have_count(8)
    expect(page.locator("#trends-chart canvas")).to_be_visible()
    expect(page.locator("#trends-note")).to_contain_text("every sample")
    for row in page.locator(".pen").all():
        expect(row.locator(".pen-value")).not_to_have_text("–")
        expect(row.locator(".pen-when")).to_contain_text("good")
    box = page.locator("#trends-chart .u-over").bounding_box()
    assert box
    before = page.locator(".pen-when").first.text_content()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 40)
    expect(page.locator(".pen-when").first).not_to_have_text(before or "")
    assert page.locator("#trends-csv").get_attribute("href")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_keys_and_the_mouse_zoom_and_move_and_the_address_follows(
    begun: datetime, page_of: Callable[[str], Page]
) -> None:
    point = MeasurementPoint.objects.filter(quantity="voltage").earliest("pk")
    page = page_of(f"/trends/?pens={point.pk}&from={at(begun)}&to={at(begun + timedelta(seconds=80))}")
    expect(page.locator(".pen")).to_have_count(1)
    page.locator("#trends-chart").focus()
    with page.expect_response("**/telemetry/samples**") as asked:
        page.keyboard.press("+")
    assert asked.value.ok
    page.wait_for_url(f"**from={at(begun + timedelta(seconds=20)).replace(':', '%3A').replace('Z', '.000Z')}*")
    with page.expect_response("**/telemetry/samples**"):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**from={at(begun + timedelta(seconds=10)).replace(':', '%3A').replace('Z', '.000Z')}*")


def test_a_pen_is_found_by_its_equipment_and_a_group_is_kept(begun: datetime, page_of: Callable[[str], Page]) -> None:
    transformer = PowerTransformer.objects.earliest("index")
    page = page_of("/trends/")
    expect(page.locator("#trends-empty")).to_be_visible()
    page.fill("#pen-search", transformer.name)
    page.locator("#pen-found button").first.click()
    page.get_by_role("button", name="Loading, estimated").click()
    expect(page.locator(".pen-name")).to_have_text(transformer.name)
    page.get_by_role("button", name="Active power").first.click()
    expect(page.locator(".pen")).to_have_count(2)
    page.fill("#group-name", "Infeed")
    page.get_by_role("button", name="Save").click()
    page.locator(".pen button").first.click()
    expect(page.locator(".pen")).to_have_count(1)
    page.locator("#groups button", has_text="Infeed").click()
    expect(page.locator(".pen")).to_have_count(2)


def test_the_sequence_of_events_shows_the_trip_to_the_millisecond_and_leads_to_it(
    begun: datetime, page_of: Callable[[str], Page]
) -> None:
    change = StateChange.objects.filter(quantity=Quantity.SWITCH_STATE).order_by("at").first()
    assert change is not None
    page = page_of("/events/")
    row = page.locator('#events tr[data-kind="state"]', has_text="closed → open").last  # taps may move before it
    expect(row.locator(".stamp")).to_contain_text(f"{change.at:%S}.{change.at.microsecond // 1000:03d}")
    expect(page.locator('#events tr[data-kind="alarm"]', has_text="Raised").first).to_be_visible()
    page.get_by_role("button", name="Alarms", exact=True).click()
    expect(page.locator('#events tr[data-kind="alarm"]')).to_have_count(0)
    row.get_by_role("link", name="See it then").click()
    page.wait_for_url("**/?at=*")
    expect(page.locator("#past-note")).to_contain_text("state of", timeout=20_000)


def test_a_place_that_is_no_name_is_refused_in_words(begun: datetime, page_of: Callable[[str], Page]) -> None:
    page = page_of("/events/")
    expect(page.locator("#events tr").first).to_be_visible()
    page.fill("#events-from", "yesterday")
    page.get_by_role("button", name="Show").click()
    assert "YYYY-MM-DD" in page.evaluate("document.getElementById('events-from').validationMessage")


def test_a_choice_whose_answer_failed_is_asked_for_again(begun: datetime, page_of: Callable[[str], Page]) -> None:
    page = page_of("/events/")
    expect(page.locator('#events tr[data-kind="alarm"]').first).to_be_visible()
    page.route("**/api/v1/events?**", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Alarms", exact=True).click()
    expect(page.locator('#events tr[data-kind="alarm"]')).to_have_count(0)
