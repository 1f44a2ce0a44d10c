"""A switch that moves because it was told to is no alarm."""

from collections.abc import Sequence
from datetime import timedelta

from apps.alarms.choices import Condition
from apps.alarms.services import AlarmFact
from apps.telemetry.choices import ControlKind, RequestState
from apps.telemetry.models import ControlRequest

_MOVES_WITHIN = timedelta(seconds=60)
_CLOCKS_DIFFER_BY = timedelta(seconds=5)
_GIVEN = (RequestState.SENDING, RequestState.ACCEPTED)


def without_commanded(facts: Sequence[AlarmFact]) -> list[AlarmFact]:
    """Those that nobody has asked for."""
    moved = [fact for fact in facts if fact.condition is Condition.OFF_NORMAL]
    if not moved:
        return list(facts)
    asked = {id(fact) for fact in moved if _was_asked_for(fact)}
    return [fact for fact in facts if id(fact) not in asked]


def _was_asked_for(fact: AlarmFact) -> bool:
    if fact.equipment_mrid is None or fact.value is None:
        return False
    return ControlRequest.objects.filter(
        control__kind=ControlKind.POSITION,
        control__point__equipment_mrid=fact.equipment_mrid,
        value=fact.value,
        state__in=_GIVEN,
        taken_at__gte=fact.at - _MOVES_WITHIN,
        taken_at__lte=fact.at + _CLOCKS_DIFFER_BY,
    ).exists()
