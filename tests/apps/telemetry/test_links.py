from datetime import datetime, timedelta

import pytest

from apps.alarms.choices import BaseState, Condition
from apps.alarms.models import Alarm
from apps.telemetry import selectors
from apps.telemetry.choices import LinkState, Protocol
from apps.telemetry.models import Gateway, LatestBlock
from apps.telemetry.services.links import check_links, report_link
from tests.apps.telemetry.history import NOW, after
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db


def heard(name: str, at: datetime | None, **changes: object) -> Gateway:
    gateway = Gateway.objects.filter(name=name).first() or make_gateway(500, name=name)
    Gateway.objects.filter(pk=gateway.pk).update(silence_limit_s=10, **changes)
    LatestBlock.objects.filter(gateway=gateway).update(last_heard_at=at)
    return gateway


def check(at: datetime = NOW) -> list[str]:
    return check_links(selectors.latest_values(), as_of=at)


def alarms() -> list[tuple[str, str]]:
    return list(Alarm.objects.order_by("id").values_list("equipment_name", "base_state"))


def test_a_silent_gateway_of_many_points_is_one_alarm() -> None:
    heard("north", after(-11))
    heard("south", after(-9))

    assert check() == ["north"]

    alarm = Alarm.objects.get()
    assert (alarm.condition, alarm.equipment_name) == (Condition.COMM_FAIL, "Gateway north")
    assert f"{after(-11):%H:%M:%S}" in alarm.message


def test_a_gateway_that_was_never_heard_is_silent() -> None:
    heard("north", None)

    assert check() == ["north"]
    assert "since the start" in Alarm.objects.get().message


def test_a_silence_that_goes_on_is_told_once() -> None:
    heard("north", after(-11))

    for second in range(3):
        check(after(second))

    assert Alarm.objects.get().occurrence == 1


def test_the_alarm_ends_when_the_gateway_is_heard_again_and_a_second_silence_is_a_second_one() -> None:
    heard("north", after(-11))
    check()

    heard("north", after(1))
    assert check(after(2)) == []
    assert alarms() == [("Gateway north", BaseState.RETURNED)]
    check(after(60))
    assert alarms() == [("Gateway north", BaseState.UNACKNOWLEDGED)]
    assert Alarm.objects.get().occurrence == 2


def test_one_that_is_heard_again_does_not_end_the_alarm_of_another() -> None:
    heard("north", after(-11))
    heard("south", after(-11))
    check()

    heard("south", NOW)
    check(after(1))

    assert alarms() == [("Gateway north", BaseState.UNACKNOWLEDGED), ("Gateway south", BaseState.RETURNED)]


@pytest.mark.parametrize("changes", [{"protocol": Protocol.HTTP}, {"is_enabled": False}])
def test_nobody_waits_for_pushed_samples_nor_for_a_disabled_gateway(changes: dict[str, object]) -> None:
    heard("north", after(-600), **changes)

    assert check() == []
    assert alarms() == []


def test_a_link_is_reported_from_the_moment_it_changed() -> None:
    gateway = heard("north", NOW)

    for seconds, state in ((0, LinkState.UP), (5, LinkState.UP), (9, LinkState.DOWN)):
        report_link(gateway_id=gateway.pk, state=state, reason="r" * 300, at=after(seconds))
        gateway.refresh_from_db()
        since = after(9 if state is LinkState.DOWN else 0)
        assert (gateway.link_state, gateway.link_since, len(gateway.link_reason)) == (state, since, 200)


def test_a_link_that_says_up_but_is_silent_is_shown_as_down() -> None:
    heard("north", NOW, link_state=LinkState.UP)
    values = selectors.latest_values()

    states = [selectors.links(values, as_of=NOW + timedelta(seconds=s))[0]["state"] for s in (9, 11)]

    assert states == [LinkState.UP, LinkState.DOWN]
