"""Pages of the past in a browser: seen to be past, without acts, and true to what was stored."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.assets.models import ACLineSegment, Feeder
from apps.live.models import JournalEntry
from apps.state import frames
from apps.state.models import Solution
from tests.apps.control_room.desk import overload, session_of
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db(transaction=True)
AGO = timedelta(minutes=10)


@pytest.fixture
def begun() -> datetime:
    """Ten states two seconds apart, ten minutes ago; of the alarm of then nothing is left now."""
    started = (timezone.now() - AGO).replace(microsecond=0)
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=started).run(started, seconds=20)
    alarms.raise_alarms(facts=[overload("Line 1", at=started)])
    JournalEntry.objects.filter(kind="raised").update(recorded_at=started + timedelta(seconds=9))
    return started


def at(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def opened(open_page: Callable[..., Page], user: User, address: str) -> Page:
    page = open_page(session_of(user))
    page.goto(address)
    expect(page.locator("#past-note")).to_contain_text("state of", timeout=20_000)
    return page


def test_every_display_says_that_it_is_past_and_offers_no_act(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    feeder, line = Feeder.objects.earliest("index"), ACLineSegment.objects.earliest("index")
    instant = at(begun + timedelta(seconds=11))
    page = opened(open_page, olga, f"{site}/?at={instant}")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method != "GET" else None)
    for path in ("/", "/alarms/", f"/elements/{line.mrid}/", f"/diagrams/{feeder.mrid}/", "/security/", "/events/"):
        page.goto(f"{site}{path}?at={instant}")
        expect(page.locator(".past-bar")).to_contain_text("not live")
        expect(page.locator("#past-note")).to_contain_text("state of")
        expect(page.locator(".alarm-row")).to_have_count(1)
        assert page.evaluate("getComputedStyle(document.body).borderTopStyle") == "dashed"
        assert page.locator("#acknowledge, #silence, .alarm-row button, #not-live:visible").count() == 0
        assert page.get_by_role("button", name="Shelve", exact=True).count() == 0
        page.keyboard.press("a")
    assert page.evaluate(
        "import('/static/js/api.js').then((m) => m.post('/api/v1/presence', {})).catch((e) => e.message)"
    ) == ("This page shows the past: nothing can be done in it. Go back to live first.")
    assert posted == []


def test_what_is_shown_is_the_stored_frame_and_steps_go_from_one_to_the_next(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    line = ACLineSegment.objects.earliest("index")
    stored = [frames.decode(bytes(one.frame)) for one in Solution.objects.order_by("as_of")]
    page = opened(open_page, olga, f"{site}/elements/{line.mrid}/?at={at(begun + timedelta(seconds=11))}")

    def shown(number: int) -> None:
        expected = stored[number].as_of_ms
        page.wait_for_function(f"import('/static/js/live.js').then((m) => m.live.gridAt === {expected:.0f})")
        told = f"{100 * float(stored[number].line_loading[line.index]):.1f}"
        expect(page.locator("#values tr", has_text="Loading").locator(".value")).to_contain_text(told)

    shown(5)
    page.keyboard.press(",")
    expect(page.locator("#past-note")).to_contain_text("0 s before")
    shown(4)
    page.keyboard.press(".")
    shown(5)
    page.keyboard.press(".")
    shown(6)


def test_the_alarms_are_those_of_the_instant_and_a_jump_leads_to_them(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(open_page, olga, f"{site}/alarms/?at={at(begun + timedelta(seconds=5))}")
    expect(page.locator("#list-empty")).to_contain_text("0 active")
    page.keyboard.press("]")
    expect(page.locator(".alarm-row")).to_contain_text("Line 1")
    expect(page.locator("#list tr")).to_have_count(1)
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(page.locator(".alarm-row")).to_have_count(0)


def test_played_at_sixty_times_the_clock_of_the_past_runs_and_stops_at_the_end(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(open_page, olga, f"{site}/?at={at(begun + timedelta(seconds=1))}")
    page.get_by_role("button", name="60×").click()
    expect(page.locator(".alarm-row")).to_have_count(1)
    expect(page.locator("#past-play")).to_have_text("Play", timeout=10_000)
    newest = Solution.objects.latest("as_of").as_of.timestamp() * 1e3
    assert page.evaluate("import('/static/js/live.js').then((m) => m.live.gridAt)") == newest
    assert page.evaluate("import('/static/js/live.js').then((m) => m.live.requests)") < 12


def test_links_stay_in_the_past_and_back_to_live_leaves_it(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(open_page, olga, f"{site}/?at={at(begun + timedelta(seconds=11))}")
    page.get_by_role("link", name="Alarms", exact=True).first.click()
    page.wait_for_url("**/alarms/?at=*")
    expect(page.locator(".past-bar")).to_be_visible()
    page.click("#past-live")
    page.wait_for_url(f"{site}/alarms/")
    expect(page.locator(".past-bar")).to_have_count(0)
    expect(page.locator("#acknowledge")).to_be_visible()
    page.click("#look-back")
    page.wait_for_url("**/alarms/?at=*")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?at=yesterday", "‘at’ is no instant"),
        ("/?at=2199-01-01T00:00:00Z", "future"),
        ("/links/?at=2026-01-01T00:00:00Z", "no past"),
    ],
)
def test_an_instant_that_cannot_be_shown_is_refused_in_words(
    olga: User, open_page: Callable[..., Page], site: str, address: str, said: str
) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}{address}")
    expect(page.locator(".notice")).to_contain_text(said)
    expect(page.locator(".past-bar")).to_have_count(0)


def test_a_study_begins_with_the_instant_that_is_shown_for_those_who_may_run_one(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    instant = begun + timedelta(seconds=11)
    vera = User.objects.create_user("vera", role=Role.VIEWER)
    expect(opened(open_page, vera, f"{site}/?at={at(instant)}").locator("#past-study")).to_have_count(0)
    page = opened(open_page, olga, f"{site}/?at={at(instant)}")
    page.click("#past-study")
    page.wait_for_url("**/studies/?from=*")
    expect(page.locator(".past-bar")).to_have_count(0)
    expect(page.locator("#instant")).to_have_value(instant.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def test_before_the_first_state_nothing_is_invented(
    olga: User, begun: datetime, open_page: Callable[..., Page], site: str
) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/?at={at(begun - timedelta(hours=1))}")
    expect(page.locator("#past-note")).to_contain_text("No state is stored")
    expect(page.locator("#cell-load_kw .live-value")).not_to_contain_text("MW")
