"""Between a stored row and the pure machine."""

from apps.alarms.choices import BaseState
from apps.alarms.models import Alarm
from apps.alarms.rules.machine import Machine


def machine_of(alarm: Alarm) -> Machine:
    return Machine(
        base=BaseState(alarm.base_state),
        is_active=alarm.is_active,
        occurrence=alarm.occurrence,
        is_shelved=alarm.shelved_until is not None,
        is_by_design=alarm.suppressed_rule != "",
        is_out_of_service=alarm.out_of_service_since is not None,
        latches=alarm.latches,
        is_chattering=alarm.is_chattering,
        quality_good=alarm.quality_good,
        raised_at=alarm.raised_at,
        swung_at=alarm.swung_at,
        raises=tuple(alarm.raises),
    )


def set_machine(alarm: Alarm, machine: Machine) -> None:
    """An occurrence that is told anew has been acknowledged by nobody."""
    if machine.occurrence != alarm.occurrence:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.escalated_at = None, "", None
    alarm.base_state, alarm.is_active, alarm.occurrence = machine.base, machine.is_active, machine.occurrence
    alarm.suppression, alarm.latches = machine.suppression, machine.latches
    alarm.is_chattering, alarm.quality_good = machine.is_chattering, machine.quality_good
    alarm.raised_at, alarm.swung_at, alarm.raises = machine.raised_at, machine.swung_at, list(machine.raises)
