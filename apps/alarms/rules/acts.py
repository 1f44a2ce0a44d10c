"""What an operator may do with an alarm, with the reason in words when it may not be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.alarms.choices import BaseState, Priority
from apps.alarms.models import Alarm

SHELF_DEFAULT = timedelta(hours=1)
SHELF_LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    reason: str = ""


_YES = Verdict(True)


def _same_occurrence(alarm: Alarm, occurrence: int) -> Verdict:
    if occurrence != alarm.occurrence:
        return Verdict(False, f"Occurrence {occurrence} is over; occurrence {alarm.occurrence} is now on. Look again.")
    return _YES


def may_act_there(*, area_name: str, is_mine: bool) -> Verdict:
    return _YES if is_mine else Verdict(False, f"{area_name} is not your area. Take it over first.")


def may_acknowledge(alarm: Alarm, *, occurrence: int) -> Verdict:
    """An acknowledgement names the occurrence that was seen, so that it never silences a newer one."""
    if not (same := _same_occurrence(alarm, occurrence)).allowed:
        return same
    if alarm.base_state in (BaseState.ACKNOWLEDGED, BaseState.LATCHED_ACKNOWLEDGED):
        return Verdict(False, f"Already acknowledged by {alarm.acknowledged_by}.")
    if alarm.base_state == BaseState.NORMAL:
        by = f" It was acknowledged by {alarm.acknowledged_by}." if alarm.acknowledged_by else ""
        return Verdict(False, f"The alarm is back to normal; nothing is left to acknowledge.{by}")
    return _YES


def may_reset(alarm: Alarm, *, occurrence: int) -> Verdict:
    if not (same := _same_occurrence(alarm, occurrence)).allowed:
        return same
    if alarm.base_state == BaseState.LATCHED_UNACKNOWLEDGED:
        return Verdict(False, "Acknowledge the alarm first; then reset it.")
    if alarm.base_state != BaseState.LATCHED_ACKNOWLEDGED:
        return Verdict(False, "Only an alarm that is latched, and whose condition is over, can be reset.")
    return _YES


def may_shelve(alarm: Alarm, *, until: datetime, as_of: datetime) -> Verdict:
    if alarm.shelved_until is not None:
        when = f"{alarm.shelved_until:%H:%M} UTC"
        return Verdict(False, f"Already shelved by {alarm.shelved_by} until {when}. Unshelve it first.")
    if not as_of < until <= as_of + SHELF_LONGEST:
        return Verdict(False, "An alarm can be shelved for at most 12 hours from now.")
    return _YES


def may_unshelve(alarm: Alarm) -> Verdict:
    return _YES if alarm.shelved_until is not None else Verdict(False, "The alarm is not shelved.")


def may_ask_out_of_service(alarm: Alarm) -> Verdict:
    if alarm.out_of_service_since is not None:
        return Verdict(False, f"Already out of service under work order {alarm.work_order}.")
    if alarm.work_order:
        asker = alarm.out_of_service_asked_by
        return Verdict(False, f"{asker} has asked for this already, under work order {alarm.work_order}.")
    return _YES


def may_approve_out_of_service(alarm: Alarm, *, by: str) -> Verdict:
    if not alarm.work_order or alarm.out_of_service_since is not None:
        return Verdict(False, "Nobody asks to take this alarm out of service.")
    if alarm.priority == Priority.CRITICAL and by == alarm.out_of_service_asked_by:
        return Verdict(False, "An alarm of priority 1 needs the approval of somebody else than who asks.")
    return _YES


def may_return_to_service(alarm: Alarm) -> Verdict:
    if alarm.work_order:
        return _YES
    return Verdict(False, "The alarm is in service.")
