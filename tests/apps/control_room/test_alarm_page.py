"""The alarm page in a real browser: causes that open, acts that ask for a reason, a path that gives signs of life."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority, Suppression
from apps.alarms.models import Alarm
from apps.assets.models import Feeder
from tests.apps.control_room.desk import overload
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db(transaction=True)


def session(role: Role) -> str:
    client = Client()
    client.force_login(User.objects.create_user(role.value, password="a long enough password", role=role))
    return client.cookies["sessionid"].value


def storm(count: int) -> None:
    feeder = Feeder.objects.filter(model=imported(MEDIUM_VOLTAGE), nodes__isnull=False).earliest("index")
    nodes = list(feeder.nodes.values_list("mrid", "name"))
    breaker = overload(
        "Breaker F01",
        condition=Condition.OFF_NORMAL,
        priority=Priority.CRITICAL,
        equipment_mrid=feeder.mrid,
        message="Breaker F01 opened",
        value=0,
        limit=0.5,
        unit="",
    )
    rest = [
        overload(
            f"n{n}", condition=Condition.LOW, equipment_mrid=mrid, equipment_name=name, message=f"{name}: voltage low"
        )
        for n in range(count - 1)
        for mrid, name in [nodes[n % len(nodes)]]
    ]
    alarms.raise_alarms(facts=[breaker, *rest])


def test_a_storm_is_one_row_that_opens(open_page: Callable[..., Page], live_server: object) -> None:
    storm(200)
    page = open_page(session(Role.OPERATOR), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server}/alarms/")
    group = page.locator("#list tr.group")
    expect(group).to_have_count(1)
    expect(group).to_contain_text("200 alarms")
    expect(page.locator("#list tr[data-alarm]")).to_have_count(1)  # the cause, of the first priority, is never hidden
    expect(page.locator("#list-flood")).to_be_visible()
    group.locator("button").press("Enter")  # a banner that comes moves the list away from under a mouse
    expect(page.locator("#list tr[data-alarm]")).to_have_count(200)


def test_shelving_is_asked_with_a_reason_and_moves_the_alarm_to_its_tab(
    open_page: Callable[..., Page], live_server: object
) -> None:
    alarms.raise_alarms(facts=[overload("Line 1")])
    page = open_page(session(Role.OPERATOR), viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server}/alarms/")
    page.get_by_role("button", name="Shelve", exact=True).click()
    dialog = page.locator("#alarm-act")
    expect(dialog).to_contain_text("Line 1 is loaded to 127 %")
    expect(page.locator("#alarm-act-cancel")).to_be_focused()
    page.locator("#alarm-act-do").click()
    expect(page.locator("#alarm-act-fault")).to_contain_text("Fill in")
    assert Alarm.objects.get().suppression == Suppression.NONE
    dialog.locator("input[name=reason]").fill("known, crew is there")
    page.locator("#alarm-act-do").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#list tr[data-alarm]")).to_have_count(0)
    page.get_by_role("button", name="Shelved 1").click()
    expect(page.locator("#list")).to_contain_text("known, crew is there")
    assert Alarm.objects.get().shelved_by == "operator"


def test_without_a_sign_of_life_for_a_minute_the_page_says_that_alarms_are_not_processed(
    open_page: Callable[..., Page], live_server: object
) -> None:
    page = open_page(session(Role.OPERATOR))
    page.clock.install()
    page.goto(f"{live_server}/alarms/")
    expect(page.locator("#alarms-silent")).to_be_hidden()
    page.clock.run_for(70_000)
    expect(page.locator("#alarms-silent")).to_contain_text("ALARMS NOT PROCESSED")
