from datetime import datetime, timedelta

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.pipelines.models import Attempt
from apps.pipelines.rules import MOST_ATTEMPTS, may_begin

_KEPT = timedelta(days=30)
_LONGEST_REASON = 400


@transaction.atomic
def begin(*, task_id: str, name: str, as_of: datetime) -> bool:
    """Count this try before it begins. False: it has taken its worker with it too often, and is given up."""
    attempt, _ = Attempt.objects.select_for_update().get_or_create(
        task_id=task_id, defaults={"name": name, "first_at": as_of, "last_at": as_of}
    )
    if may_begin(attempt):
        attempt.count += 1
        attempt.last_at = as_of
        attempt.save(update_fields=["count", "last_at"])
        return True
    if attempt.given_up_at is None:
        _give_up(attempt, f"It ended its worker {MOST_ATTEMPTS} times.", as_of)
    return False


@transaction.atomic
def succeed(*, task_id: str, name: str, as_of: datetime) -> None:
    Attempt.objects.filter(task_id=task_id).delete()
    alarms.end_alarms(ends=[alarms.AlarmEnd(source=f"task/{name}", condition=Condition.TASK_FAILED, at=as_of)])


@transaction.atomic
def fail(*, task_id: str, name: str, reason: str, as_of: datetime) -> None:
    attempt, _ = Attempt.objects.select_for_update().get_or_create(
        task_id=task_id, defaults={"name": name, "first_at": as_of, "last_at": as_of}
    )
    _give_up(attempt, reason, as_of)


def _give_up(attempt: Attempt, reason: str, as_of: datetime) -> None:
    attempt.reason, attempt.given_up_at = reason[:_LONGEST_REASON], as_of
    attempt.save(update_fields=["reason", "given_up_at"])
    fact = alarms.AlarmFact(
        source=f"task/{attempt.name}",
        condition=Condition.TASK_FAILED,
        priority=Priority.LOW,
        equipment_name=attempt.name.removeprefix("apps."),
        message=f"Background work failed: {reason}"[:_LONGEST_REASON],
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def forget_old_failures(*, as_of: datetime) -> int:
    return Attempt.objects.filter(last_at__lt=as_of - _KEPT).delete()[0]
