"""A call that could not be sent is an alarm until its time is over or another of the program was sent."""

from datetime import datetime

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.dispatch.models import Call

_SOURCE = "call/"


def raise_call_alarm(call: Call, what: str, *, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=f"{_SOURCE}{call.pk}",
        condition=Condition.CALL_FAILED,
        priority=Priority.MEDIUM,
        equipment_name=call.program_name[:200],
        equipment_mrid=None,
        message=f"{call.title}: {what}"[:200],
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def end_call_alarms(*, as_of: datetime) -> None:
    """Of calls whose time is over."""
    standing = [source for source, _ in standing_sources([Condition.CALL_FAILED])]
    if not standing:
        return
    over = Call.objects.filter(pk__in=[source.removeprefix(_SOURCE) for source in standing], ends_at__lte=as_of)
    ended = {f"{_SOURCE}{pk}" for pk in over.values_list("pk", flat=True)}
    ends = [alarms.AlarmEnd(source, Condition.CALL_FAILED, as_of) for source in standing if source in ended]
    alarms.end_alarms(ends=ends)
