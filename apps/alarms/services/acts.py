"""What people do with alarms. Every act is one transition, one journal entry and one row of the audit, or none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.choices import Permission
from apps.accounts.models import Area, User
from apps.alarms.choices import STREAM, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.alarms.rules import acts as rules
from apps.alarms.rules import machine as machines
from apps.alarms.rules.machine import Machine
from apps.alarms.rules.rows import machine_of, set_machine
from apps.alarms.selectors import document
from apps.alarms.services.ledger import one_writer, swap
from apps.audit import services as audit
from apps.live import services as live

Change = Callable[[Machine], Machine | None]
Touch = Callable[[Alarm], None]


class ActRefused(Exception):
    """The alarm is no longer what the operator saw, or the act breaks a rule; the text says which."""


class AcknowledgementRefused(ActRefused):
    """The alarm is no longer what the operator saw."""


@dataclass(frozen=True, slots=True)
class Act:
    """One transition by one person: `judge` says whether, `change` where to, `touch` what else is written down."""

    action: str
    happening: Happening
    judge: Callable[[Alarm], rules.Verdict]
    change: Change
    touch: Touch
    refusal: type[ActRefused] = ActRefused


def _unchanged(machine: Machine) -> Machine:
    return machine


@transaction.atomic
def perform(act: Act, *, alarm_id: int, by: User, as_of: datetime) -> Alarm:
    one_writer()
    alarm = Alarm.objects.select_for_update().exclude(condition=Condition.CANARY).get(pk=alarm_id)
    seen_version, seen_state = alarm.version, BaseState(alarm.base_state)
    _check(act, _may_act_in_its_area(alarm, by))
    _check(act, act.judge(alarm))
    machine = act.change(machine_of(alarm))
    if machine is None:
        raise act.refusal("The alarm has changed meanwhile. Look again.")
    act.touch(alarm)
    set_machine(alarm, machine)
    alarm.version += 1
    if not swap(alarm, seen_version=seen_version, seen_state=seen_state):
        raise act.refusal("Somebody else was quicker. Look again.")
    live.record(stream=STREAM, kind=act.happening.value, subject=str(alarm.pk), payload=document(alarm))
    audit.record(
        actor=by,
        action=act.action,
        target=f"alarm/{alarm.pk}/{alarm.occurrence}",
        detail=_detail(alarm),
        at=as_of,
    )
    return alarm


def _check(act: Act, verdict: rules.Verdict) -> None:
    if not verdict.allowed:
        raise act.refusal(verdict.reason)


def _may_act_in_its_area(alarm: Alarm, by: User) -> rules.Verdict:
    """An area that is gone, or none, is the default one."""
    default = people.default_area()
    own = Area.objects.filter(pk=alarm.area_id).first() if alarm.area_id else None
    area = own or default
    return rules.may_act_there(area_name=area.name, is_mine=area.pk in accounts.areas_of(by))


def _detail(alarm: Alarm) -> dict[str, Any]:
    said = {
        "reason": alarm.shelf_reason or alarm.out_of_service_reason,
        "until": alarm.shelved_until,
        "work_order": alarm.work_order,
    }
    facts = {"equipment": alarm.equipment_name, "condition": alarm.condition, "priority": alarm.priority}
    return facts | {name: value for name, value in said.items() if value}


def acknowledge(*, alarm_id: int, occurrence: int, by: User, as_of: datetime) -> Alarm:
    def touch(alarm: Alarm) -> None:
        alarm.acknowledged_at, alarm.acknowledged_by = as_of, by.get_username()

    act = Act(
        "acknowledge-alarm",
        Happening.ACKNOWLEDGED,
        lambda alarm: rules.may_acknowledge(alarm, occurrence=occurrence),
        lambda machine: machines.acknowledged(machine, occurrence=occurrence),
        touch,
        AcknowledgementRefused,
    )
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)


def reset(*, alarm_id: int, occurrence: int, by: User, as_of: datetime) -> Alarm:
    act = Act(
        "reset-alarm",
        Happening.RESET,
        lambda alarm: rules.may_reset(alarm, occurrence=occurrence),
        lambda machine: machines.reset(machine, occurrence=occurrence),
        lambda alarm: None,
    )
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)


def shelve(*, alarm_id: int, reason: str, until: datetime, by: User, as_of: datetime) -> Alarm:
    def touch(alarm: Alarm) -> None:
        alarm.shelved_at, alarm.shelved_until = as_of, until
        alarm.shelved_by, alarm.shelf_reason = by.get_username(), reason

    act = Act(
        "shelve-alarm",
        Happening.SHELVED,
        lambda alarm: rules.may_shelve(alarm, until=until, as_of=as_of),
        machines.shelved,
        touch,
    )
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)


def take_off_the_shelf(alarm: Alarm) -> None:
    alarm.shelved_at = alarm.shelved_until = None
    alarm.shelved_by = alarm.shelf_reason = ""


def unshelve(*, alarm_id: int, by: User, as_of: datetime) -> Alarm:
    act = Act("unshelve-alarm", Happening.UNSHELVED, rules.may_unshelve, machines.unshelved, take_off_the_shelf)
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)


@transaction.atomic
def ask_out_of_service(*, alarm_id: int, work_order: str, reason: str, by: User, as_of: datetime) -> Alarm:
    """Takes effect at once if who asks may approve it; of the first priority somebody else must."""

    def touch(alarm: Alarm) -> None:
        alarm.work_order, alarm.out_of_service_reason = work_order, reason
        alarm.out_of_service_asked_by, alarm.out_of_service_asked_at = by.get_username(), as_of

    act = Act(
        "ask-alarm-out-of-service", Happening.OUT_OF_SERVICE_ASKED, rules.may_ask_out_of_service, _unchanged, touch
    )
    alarm = perform(act, alarm_id=alarm_id, by=by, as_of=as_of)
    if by.may(Permission.APPROVE_OUT_OF_SERVICE) and alarm.priority != Priority.CRITICAL:
        return approve_out_of_service(alarm_id=alarm_id, by=by, as_of=as_of)
    return alarm


def approve_out_of_service(*, alarm_id: int, by: User, as_of: datetime) -> Alarm:
    def touch(alarm: Alarm) -> None:
        alarm.out_of_service_approved_by, alarm.out_of_service_since = by.get_username(), as_of

    act = Act(
        "take-alarm-out-of-service",
        Happening.OUT_OF_SERVICE,
        lambda alarm: rules.may_approve_out_of_service(alarm, by=by.get_username()),
        machines.out_of_service,
        touch,
    )
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)


def return_to_service(*, alarm_id: int, by: User, as_of: datetime) -> Alarm:
    """Also how a request that was not approved is taken back."""

    def touch(alarm: Alarm) -> None:
        alarm.work_order = alarm.out_of_service_reason = alarm.out_of_service_asked_by = ""
        alarm.out_of_service_approved_by = ""
        alarm.out_of_service_asked_at = alarm.out_of_service_since = None

    was_out = Alarm.objects.filter(pk=alarm_id, out_of_service_since__isnull=False).exists()
    act = Act(
        "return-alarm-to-service",
        Happening.IN_SERVICE if was_out else Happening.OUT_OF_SERVICE_REFUSED,
        rules.may_return_to_service,
        machines.in_service if was_out else _unchanged,
        touch,
    )
    return perform(act, alarm_id=alarm_id, by=by, as_of=as_of)
