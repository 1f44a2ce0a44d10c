"""One way in which experiments and their days change: compare and swap, journal and audit in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.audit import services as audit
from apps.efficiency.choices.cvr import EFFICIENCY, LONGEST_CVR_TEXT, OPEN_CVR, CvrDayState, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.live import services as live


@transaction.atomic
def move_experiment(
    experiment: CvrExperiment,
    new: CvrStatus,
    *,
    as_of: datetime,
    by: User | None = None,
    reason: str = "",
    **fields: Any,
) -> bool:
    """False if it stands elsewhere by now; then nothing was changed."""
    told: dict[str, Any] = {"reason": reason[:LONGEST_CVR_TEXT], **fields}
    if new not in OPEN_CVR:
        told["ended_at"] = as_of
    if not CvrExperiment.objects.move(experiment.pk, CvrStatus(experiment.status), new, **told):
        experiment.refresh_from_db()
        return False
    experiment.status = new
    for name, value in told.items():
        setattr(experiment, name, value)
    tell_experiment(experiment, f"cvr.{new.value}", by=by, as_of=as_of)
    return True


def tell_experiment(experiment: CvrExperiment, what: str, *, by: User | None, as_of: datetime) -> None:
    detail = {
        "feeder": experiment.feeder_name,
        "units": [one["name"] for one in experiment.units],
        "steps_down": experiment.steps_down,
        "starts_on": experiment.starts_on.isoformat(),
        "ends_on": experiment.ends_on.isoformat(),
        "guard_pu": experiment.guard_pu,
        "seed": experiment.seed,
        "reason": experiment.reason,
    }
    audit.record(actor=by, action=what, target=f"cvr/{experiment.pk}", detail=detail, at=as_of)
    _journal(experiment, what)


@transaction.atomic
def move_day(day: CvrDay, new: CvrDayState, *, note: str | None = None, **fields: Any) -> bool:
    """False if it stands elsewhere by now."""
    told: dict[str, Any] = {"tries": 0, **fields}
    if note is not None:
        told["note"] = note[:LONGEST_CVR_TEXT]
    if not CvrDay.objects.move(day.pk, CvrDayState(day.state), new, **told):
        day.refresh_from_db()
        return False
    day.state = new
    for name, value in told.items():
        setattr(day, name, value)
    _journal(day.experiment, f"cvr.day-{new.value}")
    return True


def note_day(day: CvrDay, note: str, *, tries: int | None = None) -> None:
    """What keeps a day where it is."""
    told: dict[str, Any] = {"note": note[:LONGEST_CVR_TEXT]} | ({} if tries is None else {"tries": tries})
    if all(getattr(day, name) == value for name, value in told.items()):
        return
    with transaction.atomic():
        CvrDay.objects.filter(pk=day.pk).update(**told)
        for name, value in told.items():
            setattr(day, name, value)
        _journal(day.experiment, "cvr.day-note")


def _journal(experiment: CvrExperiment, what: str) -> None:
    payload = {"id": experiment.pk, "status": experiment.status, "feeder": experiment.feeder_name}
    live.record(stream=EFFICIENCY, kind=what, subject=f"cvr/{experiment.pk}", payload=payload)


def raise_guard_alarm(experiment: CvrExperiment, message: str, *, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=_source(experiment),
        condition=Condition.CVR_GUARD,
        priority=Priority.HIGH,
        equipment_name=experiment.feeder_name,
        equipment_mrid=experiment.feeder_mrid,
        message=f"Voltage experiment {experiment.pk}: {message}"[:200],
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def end_guard_alarm(experiment: CvrExperiment, *, as_of: datetime) -> None:
    """The voltage is where it was before."""
    source = _source(experiment)
    if any(one == source for one, _ in standing_sources([Condition.CVR_GUARD])):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.CVR_GUARD, as_of)])


def _source(experiment: CvrExperiment) -> str:
    return f"cvr/{experiment.pk}"
