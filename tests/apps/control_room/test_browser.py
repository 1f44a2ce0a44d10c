"""The screens in a browser, with the pages and the API but without the socket: what then still has to work."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Theme
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import BaseState, Condition, Priority
from apps.alarms.procedures import PROCEDURES
from apps.assets.models import (
    ACLineSegment,
    ConnectivityNode,
    EnergyConsumer,
    Feeder,
    PowerTransformer,
    Substation,
    Switch,
)
from apps.audit.models import AuditEvent
from tests.apps.control_room.desk import raised, session_of
from tests.factories.grids import CASE33, MEDIUM_VOLTAGE
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db(transaction=True)
SMALL_TEXT = """() => [...document.querySelectorAll('body *:not(svg *)')].filter((e) =>
    parseFloat(getComputedStyle(e).fontSize) < 12 && e.getClientRects().length
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
).map((e) => e.className)"""


def test_a_page_without_live_data_says_so_in_a_red_banner(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    page = open_page(session_of(olga))
    page.goto(site)
    expect(page.locator("#not-live")).to_contain_text("DATA NOT LIVE since", timeout=15_000)
    expect(page.locator("#live-word")).to_have_text("NOT LIVE")
    assert page.evaluate("document.documentElement.dataset.live") == "no"


def test_the_keyboard_alone_selects_and_acknowledges_one_alarm(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    low, high = raised("Line 1", Priority.MEDIUM), raised("Line 2", Priority.CRITICAL)
    page = open_page(session_of(olga))
    page.goto(site)
    rows = page.locator(".alarm-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Line 2")
    expect(rows.first).to_contain_text("127.0")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("a")
    expect(page.locator("#status-line")).to_contain_text("Acknowledged: Line 2")
    high.refresh_from_db()
    low.refresh_from_db()
    assert (high.base_state, high.acknowledged_by) == (BaseState.ACKNOWLEDGED, "olga")
    assert low.base_state == BaseState.UNACKNOWLEDGED
    assert AuditEvent.objects.filter(action="acknowledge-alarm").count() == 1
    expect(page.locator(f'[data-alarm="{low.pk}"]')).to_have_attribute("aria-selected", "true")


def test_an_acknowledgement_of_an_older_occurrence_is_refused_with_the_reason(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    alarm = raised("Line 1")
    page = open_page(session_of(olga))
    page.goto(site)
    expect(page.locator(".alarm-row")).to_have_count(1)
    alarms.end_alarms(ends=[alarms.AlarmEnd(source="Line 1", condition=Condition.OVERLOAD, at=timezone.now())])
    raised("Line 1")
    page.keyboard.press("a")
    expect(page.locator("#status-line")).to_contain_text("Not acknowledged:")
    alarm.refresh_from_db()
    assert (alarm.occurrence, alarm.base_state) == (2, BaseState.UNACKNOWLEDGED)


def test_the_alarm_list_filters_by_text_and_sorts_by_column(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    for name, priority in [("Line 1", Priority.LOW), ("Line 2", Priority.HIGH), ("Bus 3", Priority.CRITICAL)]:
        raised(name, priority)
    page = open_page(session_of(olga))
    page.goto(f"{site}/alarms/")
    names = page.locator("#list tr td:nth-child(4)")
    expect(names).to_have_text(["Bus 3", "Line 2", "Line 1"])
    page.get_by_role("button", name="Equipment").click()
    expect(names).to_have_text(["Bus 3", "Line 1", "Line 2"])
    page.get_by_role("button", name="Equipment").click()
    expect(names).to_have_text(["Line 2", "Line 1", "Bus 3"])
    page.fill("#filter-text", "line")
    expect(names).to_have_text(["Line 2", "Line 1"])
    expect(page.locator("#list-count")).to_have_text("2 of 3 shown")
    page.get_by_role("button", name="Priority 2").click()
    expect(names).to_have_text(["Line 1"])


def test_an_empty_list_says_zero_and_when_it_was_checked(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/alarms/")
    expect(page.locator("#list-empty")).to_contain_text("0 active, last check ")
    expect(page.locator("#strip-empty")).to_contain_text("0 active, last check ")


def test_search_finds_by_name_and_opens_the_element(olga: User, open_page: Callable[..., Page], site: str) -> None:
    network = imported(CASE33)
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    page = open_page(session_of(olga))
    page.goto(site)
    page.keyboard.press("/")
    page.keyboard.type(line.name)
    expect(page.locator("#found-0")).to_contain_text(line.name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/elements/{line.mrid}/")
    expect(page.locator("h1")).to_have_text(line.name)
    expect(page.locator("#connected a").first).to_be_visible()
    expect(page.locator("#sheet")).to_contain_text("Length")


def test_the_map_is_drawn_and_names_its_source(olga: User, open_page: Callable[..., Page], site: str) -> None:
    imported(CASE33)
    page = open_page(session_of(olga))
    page.goto(site)
    expect(page.locator("#map-message")).to_be_hidden(timeout=60_000)
    expect(page.locator("#credit")).to_contain_text("case33bw")
    expect(page.locator("#map canvas")).to_be_visible()


def test_without_webgl_the_map_is_drawn_on_a_plain_canvas(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    imported(CASE33)
    page = open_page(session_of(olga))
    page.add_init_script(
        """const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
        };"""
    )
    page.goto(site)
    expect(page.locator("#map > canvas")).to_be_visible()
    expect(page.locator("#map-message")).to_be_hidden()


def test_the_theme_is_kept_with_the_user(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(olga))
    page.goto(site)
    with page.expect_response("**/accounts/theme/") as answer:
        page.click("#theme")
    assert answer.value.ok
    olga.refresh_from_db()
    assert olga.theme == Theme.LIGHT
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(214, 216, 218)"


@pytest.mark.parametrize("address", ["/", "/alarms/"])
@pytest.mark.parametrize("screen", [(1366, 768), (1920, 1080), (3840, 2160)])
def test_a_page_fits_its_screen_and_shows_five_alarms(
    olga: User, open_page: Callable[..., Page], site: str, address: str, screen: tuple[int, int]
) -> None:
    width, height = screen
    for number in range(6):
        raised(f"Line {number}")
    page = open_page(session_of(olga), viewport={"width": width, "height": height})
    page.goto(site + address)
    expect(page.locator(".alarm-row")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("#alarm-rows").bounding_box()
    fifth = page.locator(".alarm-row").nth(4).bounding_box()
    assert box
    assert fifth
    assert fifth["y"] + fifth["height"] <= box["y"] + box["height"] <= height
    assert page.evaluate(SMALL_TEXT) == []
    row = page.locator(".alarm-row").first
    assert float(row.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")) >= 16
    assert min(page.locator("button:visible").evaluate_all("(all) => all.map((b) => b.offsetHeight)")) >= 32


def test_the_page_above_keeps_its_place_when_alarms_come(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(olga), viewport={"width": 1920, "height": 1080})
    page.goto(site)
    expect(page.locator("#strip-empty")).to_contain_text("0 active")
    strip = page.locator(".alarm-strip").bounding_box()
    assert strip
    assert strip["height"] < 1080 * 0.14
    for number in range(6):
        raised(f"Line {number}")
    page.reload()
    expect(page.locator(".alarm-row")).to_have_count(6)
    assert page.locator(".alarm-strip").bounding_box() == strip


def test_one_click_or_one_key_leads_from_an_alarm_to_its_diagram(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    imported(MEDIUM_VOLTAGE)
    line = ACLineSegment.objects.filter(feeder__isnull=False).earliest("index")
    assert line.feeder
    raised(line.name, equipment_mrid=line.mrid)
    page = open_page(session_of(olga))
    for act in (lambda: page.locator(".alarm-row .diagram-link").click(), lambda: page.keyboard.press("d")):
        page.goto(site)
        expect(page.locator(".alarm-row")).to_have_count(1)
        act()
        page.wait_for_url(f"{site}/diagrams/{line.feeder.mrid}/?select={line.mrid}")


@pytest.mark.parametrize("width", [1366, 1920, 3840])
def test_pages_of_equipment_fit_every_screen(olga: User, open_page: Callable[..., Page], site: str, width: int) -> None:
    network = imported(MEDIUM_VOLTAGE)
    page = open_page(session_of(olga), viewport={"width": width, "height": width * 9 // 16})
    for kind in (ConnectivityNode, ACLineSegment, PowerTransformer, Switch, EnergyConsumer, Substation, Feeder):
        page.goto(f"{site}/elements/{kind._default_manager.filter(model=network).earliest('index').mrid}/")
        expect(page.locator("#connected li").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
        assert page.evaluate(SMALL_TEXT) == [], kind
        for panel in page.locator(".faceplate, .about .panel").all():
            assert panel.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), kind


def test_a_feeder_has_a_page_with_its_map_and_leads_to_its_station(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    network = imported(MEDIUM_VOLTAGE)
    feeder = Feeder.objects.filter(model=network, substation__isnull=False).earliest("index")
    assert feeder.substation
    page = open_page(session_of(olga))
    page.goto(f"{site}/elements/{feeder.mrid}/")
    expect(page.locator("#place-map canvas").first).to_be_visible(timeout=60_000)
    page.locator(".page-path a", has_text=feeder.substation.name).click()
    expect(page.locator("h1")).to_have_text(feeder.substation.name)


def test_the_alarm_list_tells_what_to_do(olga: User, open_page: Callable[..., Page], site: str) -> None:
    raised("Line 1")
    page = open_page(session_of(olga))
    page.goto(f"{site}/alarms/")
    detail = page.locator("#alarm-detail")
    expect(detail).to_contain_text("Line 1 is loaded to 127 %")
    expect(detail).to_contain_text(PROCEDURES[Condition.OVERLOAD].action)
    expect(detail).to_contain_text(PROCEDURES[Condition.OVERLOAD].consequence)


def test_a_state_that_could_not_be_solved_shows_no_figures(
    olga: User, open_page: Callable[..., Page], site: str
) -> None:
    system = {"outcome": "blind", "reason": "No meter answers.", "load_kw": 5000, "customers_without_supply": 0}
    system |= {"overloads": 0, "customers": 100, "links": []}
    latest = {"solution": None, "system": system, "violations": [], "bad_data": []}
    page = open_page(session_of(olga))
    page.route("**/api/v1/state/latest", lambda route: route.fulfill(json=latest))
    page.goto(site)
    expect(page.locator("#cell-customers_without_supply .foot")).to_have_text("of 100")
    for key in ("load_kw", "overloads", "customers_without_supply"):
        expect(page.locator(f"#cell-{key} .live-value")).to_contain_text("–")


def test_the_list_of_keys_covers_no_alarm(olga: User, open_page: Callable[..., Page], site: str) -> None:
    raised("Line 1", Priority.CRITICAL)
    page = open_page(session_of(olga))
    page.goto(site)
    page.keyboard.press("?")
    keys, strip = page.locator("#keys").bounding_box(), page.locator(".alarm-strip").bounding_box()
    assert keys
    assert strip
    assert keys["y"] + keys["height"] <= strip["y"]


def test_a_blocked_horn_is_admitted(olga: User, open_page: Callable[..., Page], site: str) -> None:
    raised("Line 1", Priority.CRITICAL)
    page = open_page(session_of(olga))
    page.goto(site)
    expect(page.locator("#sound-off")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#sound-off")).to_be_hidden()
    expect(page.locator(".alarm-row")).to_have_attribute("data-state", "unacknowledged")
