"""The incident desk in a browser: the queue by gravity, one incident, a storm, the report, what the public sees."""

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role, Theme
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.incidents.choices.incident import IncidentKind
from apps.incidents.models import Incident
from apps.state.choices import OutageCause
from tests.apps.control_room.desk import session_of
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.factories.incident_rows import any_feeder, crew, estimated, incident_on, restored, sent, with_candidates

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("GRIDOPS_PICTURES", "")
SIZES = {"1920": {"width": 1920, "height": 1080}, "1366": {"width": 1366, "height": 768}}
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


class Shown(NamedTuple):
    """How a page is looked at."""

    size: str
    theme: Theme


PLAIN = Shown("1366", Theme.DARK)


class Room(NamedTuple):
    site: str
    open_page: Callable[..., Page]

    def opened(self, address: str, role: Role, shown: Shown = PLAIN) -> Page:
        session = session_of(User.objects.create_user(f"{role}-{shown.theme}", role=role, theme=shown.theme))
        page = self.open_page(session, viewport=SIZES[shown.size])
        page.goto(f"{self.site}{address}")
        return page


@pytest.fixture
def room(site: str, open_page: Callable[..., Page]) -> Room:
    return Room(site, open_page)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def grid(now: datetime) -> NetworkModel:
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=now).step(now)
    return NetworkModel.objects.current().get()


def one_incident(grid: NetworkModel, now: datetime, n: int = 0, *, minutes: float = 24) -> Incident:
    incident = with_candidates(
        incident_on(
            any_feeder(grid, n),
            began_at=now - timedelta(minutes=minutes),
            number=f"INC-{n + 1}",
            kind=IncidentKind.SUSTAINED,
        )
    )
    estimated(incident, now - timedelta(minutes=minutes - 2))
    return incident


def picture(page: Page, name: str) -> None:
    """For judging by eye, where somebody asks for pictures."""
    if PICTURES:
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=False)


@pytest.mark.parametrize("shown", [Shown("1920", Theme.DARK), Shown("1920", Theme.LIGHT), Shown("1366", Theme.DARK)])
def test_the_queue_is_led_by_the_gravest_and_a_storm_by_what_a_crew_hour_gives(
    shown: Shown, grid: NetworkModel, now: datetime, room: Room
) -> None:
    big, small, critical = (one_incident(grid, now, n, minutes=10 + 7 * n) for n in range(3))
    Incident.objects.filter(pk=big.pk).update(customers=900, customers_without=900)
    Incident.objects.filter(pk=small.pk).update(customers=700, customers_without=400)
    Incident.objects.filter(pk=critical.pk).update(
        customers=300, customers_without=300, critical_customers=14, critical_without=14
    )
    sent(crew("Crew Nord"), small, now - timedelta(minutes=9))
    crew("Crew Süd", area="South")
    restored(one_incident(grid, now, 3, minutes=95), 1.0, now - timedelta(minutes=50))
    page = room.opened("/incidents/", Role.OPERATOR, shown)
    rows = page.locator("#queue tr")
    expect(rows).to_have_count(4)
    numbers = [rows.nth(n).get_attribute("data-number") for n in range(3)]
    assert numbers == [critical.number, big.number, small.number]
    expect(page.locator("#verdict")).to_contain_text("customers have no supply")
    expect(page.locator("#sums")).to_contain_text("Customers without supply1600")
    expect(page.locator("#storm")).to_be_visible()
    first = page.locator("#storm-rows tr").first
    expect(first).to_contain_text(big.number)
    expect(page.locator("#storm-words")).to_contain_text("2 without a crew")
    expect(page.locator("#map")).to_have_attribute("data-suspects", re.compile("[1-9]"))
    assert not page.evaluate(TOO_WIDE)
    picture(page, f"incidents-{shown.size}-{shown.theme}")
    page.get_by_role("button", name=f"Show {big.number} on the map").press("Enter")
    expect(page.locator(f'#queue tr[data-number="{big.number}"]')).to_have_attribute("data-chosen", "")


def test_without_an_incident_the_desk_says_when_it_last_looked(grid: NetworkModel, room: Room) -> None:
    page = room.opened("/incidents/", Role.VIEWER)
    expect(page.locator("#verdict")).to_contain_text("0 incidents are open, last check")
    expect(page.locator("#storm")).to_be_hidden()
    expect(page.locator("#crews-empty")).to_be_visible()
    picture(page, "incidents-empty")


@pytest.mark.parametrize("shown", [Shown("1920", Theme.DARK), Shown("1366", Theme.LIGHT)])
def test_one_incident_tells_what_is_known_and_why(shown: Shown, grid: NetworkModel, now: datetime, room: Room) -> None:
    incident = restored(one_incident(grid, now), 0.6, now - timedelta(minutes=20))
    sent(crew("Crew Nord"), incident, now - timedelta(minutes=18))
    page = room.opened(f"/incidents/{incident.number}/", Role.OPERATOR, shown)
    expect(page.locator("#status")).to_have_text("Partly restored")
    expect(page.locator(".candidate").first).to_contain_text("82 %")
    expect(page.locator(".candidate").first).to_contain_text("The indicator before it showed")
    expect(page.locator("#steps tr")).to_have_count(2)
    expect(page.locator("#crews")).to_contain_text("Crew Nord en route")
    expect(page.locator("#estimate")).to_contain_text("31 past outages of cables")
    expect(page.locator("#timeline li")).to_have_count(incident.facts.count())
    expect(page.locator("#plan")).to_contain_text("0 plans stand, last look")
    assert not page.evaluate(TOO_WIDE)
    picture(page, f"incident-{shown.size}-{shown.theme}")


def test_who_may_only_look_finds_no_form(grid: NetworkModel, now: datetime, room: Room) -> None:
    incident = one_incident(grid, now)
    page = room.opened(f"/incidents/{incident.number}/", Role.VIEWER)
    expect(page.locator(".candidate").first).to_be_visible()
    expect(page.locator(".incident form, .candidate button")).to_have_count(0)


def test_an_operator_confirms_sends_a_crew_and_closes_by_keyboard(
    grid: NetworkModel, now: datetime, room: Room
) -> None:
    incident = one_incident(grid, now)
    crew("Crew Nord")
    page = room.opened(f"/incidents/{incident.number}/", Role.OPERATOR, Shown("1920", Theme.LIGHT))
    page.locator(".candidate").first.get_by_role("button", name="Confirm…").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("customers inside stay without supply until it is repaired")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Confirm").press("Enter")
    expect(page.locator(".candidate").first).to_contain_text("confirmed by a person")
    expect(page.locator("#status")).to_have_text("Located")

    page.fill("#crew-task", "Open the cable box")
    page.get_by_role("button", name="Send the crew…").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Send").press("Enter")
    expect(page.locator("#crews")).to_contain_text("Crew Nord assigned")
    page.get_by_role("button", name="On site").press("Enter")
    expect(page.locator("#crews")).to_contain_text("Crew Nord on site")

    page.fill("#note-text", "A digger stands there.")
    page.press("#note-text", "Enter")
    expect(page.locator("#timeline")).to_contain_text("A digger stands there.")
    picture(page, "incident-acts")

    restored(Incident.objects.get(pk=incident.pk), 1.0, timezone.now())
    page.get_by_role("button", name="Repaired…").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="It is repaired").press("Enter")
    expect(page.locator("#status")).to_have_text("Repaired")
    page.select_option("#damage-cause", OutageCause.PUBLIC)
    page.get_by_role("button", name="Close…").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Close it").press("Enter")
    expect(page.locator("#status")).to_have_text("Closed")
    expect(page.locator("#crew-form")).to_be_hidden()
    incident.refresh_from_db()
    assert incident.cause == OutageCause.PUBLIC


def test_what_the_server_refuses_is_told_beside_the_act(grid: NetworkModel, now: datetime, room: Room) -> None:
    incident = one_incident(grid, now)
    page = room.opened(f"/incidents/{incident.number}/", Role.OPERATOR)
    for name, at in {
        "earliest": "2026-01-31 19:00",
        "likely": "2026-01-31 18:00",
        "latest": "2026-01-31 20:00",
    }.items():
        page.fill(f"#estimate-{name}", at)
    page.fill("#estimate-basis", "The crew says so.")
    page.get_by_role("button", name="Say this estimate…").click()
    page.get_by_role("dialog").get_by_role("button", name="Say it").click()
    expect(page.locator("#crews-outcome")).to_contain_text("put the three in order")


def test_the_report_is_read_and_printed(grid: NetworkModel, now: datetime, room: Room) -> None:
    incident = restored(restored(one_incident(grid, now), 0.5, now - timedelta(minutes=21)), 1.0, now)
    page = room.opened(f"/incidents/{incident.number}/report/", Role.VIEWER)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Report of {incident.number}")
    expect(page.locator("body")).to_contain_text("The last had supply again after 24.0 min.")
    expect(page.locator("body")).to_contain_text("momentary")
    picture(page, "incident-report")


def test_the_public_page_reads_on_a_telephone(grid: NetworkModel, now: datetime, room: Room) -> None:
    cache.clear()
    one_incident(grid, now)
    restored(one_incident(grid, now, 1, minutes=90), 1.0, now - timedelta(minutes=40))
    page = room.open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{room.site}/outages/")
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("article").first).to_contain_text("Supply is expected back between")
    assert not page.evaluate(TOO_WIDE)
    picture(page, "outages-public")
    cache.clear()
