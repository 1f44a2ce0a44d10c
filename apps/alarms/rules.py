from dataclasses import dataclass

from apps.alarms.choices import BaseState
from apps.alarms.models import Alarm


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    reason: str = ""


def may_acknowledge(alarm: Alarm, *, occurrence: int) -> Verdict:
    """An acknowledgement names the occurrence that was seen, so that it never silences a newer one."""
    if occurrence != alarm.occurrence:
        return Verdict(False, f"Occurrence {occurrence} is over; occurrence {alarm.occurrence} is now on. Look again.")
    if alarm.base_state == BaseState.ACKNOWLEDGED:
        return Verdict(False, f"Already acknowledged by {alarm.acknowledged_by}.")
    if alarm.base_state == BaseState.NORMAL:
        return Verdict(False, "The alarm is back to normal; nothing is left to acknowledge.")
    return Verdict(True)
