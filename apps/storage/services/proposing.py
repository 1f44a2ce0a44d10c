"""A schedule to dispatch, as a course of set-points: this desk proposes, it sends nothing."""

from datetime import datetime

import numpy as np

from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course
from apps.dispatch.services.courses import CourseDraft, propose_course
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.choices import DESK, INTRADAY_GOOD_FOR, STEP, Horizon, PlanOutcome
from apps.storage.models import StorageSchedule
from apps.storage.selectors.room import setpoint_bounds

TENTH_KW = 10.0
REST_KW = 0.0


def propose_schedule(row: StorageSchedule, *, as_of: datetime) -> Course | None:
    """None where the field takes no set-point of the plant, or nothing was planned.

    Where dispatch refuses, the schedule says why.
    """
    if PlanOutcome(row.outcome) != PlanOutcome.PLANNED or not _is_ordered_by_us(row):
        return None
    try:
        course = propose_course(_draft(row), as_of=as_of)
    except Refused as refusal:
        StorageSchedule.objects.filter(pk=row.pk).update(reason=f"Not proposed: {refusal}"[:400])
        return None
    StorageSchedule.objects.filter(pk=row.pk).update(course=course)
    return course


def _is_ordered_by_us(row: StorageSchedule) -> bool:
    mrid = row.plant.mrid
    return bool(np.isfinite(setpoint_bounds([mrid])[mrid]).all())


def _draft(row: StorageSchedule) -> CourseDraft:
    steps, ends_at = _steps(row)
    return CourseDraft(
        desk=DESK,
        kind=row.horizon,
        device_mrid=row.plant.mrid,
        quantity=StepQuantity.ACTIVE_POWER,
        steps=steps,
        ends_at=ends_at,
        rest=REST_KW,
        title=f"{row.plant.name}: {row.get_horizon_display().lower()}",
        explanation=_explanation(row),
        versions={"schedule": row.pk, "engine": row.engine_version, **row.inputs},
    )


def _steps(row: StorageSchedule) -> tuple[list[tuple[datetime, float]], datetime]:
    """Where the power changes. A rolling one reaches until the one after the next is there."""
    good = row.steps if Horizon(row.horizon) is Horizon.DAY_AHEAD else INTRADAY_GOOD_FOR // STEP + 1
    values = towards_zero(unpacked(row.power_kw)[:good])
    kept = [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
    steps = [(row.starts_at + n * STEP, float(values[n])) for n in kept]
    return steps, row.starts_at + len(values) * STEP


def towards_zero(power_kw: FloatArray) -> FloatArray:
    """To a tenth of a kW; never beyond what was planned."""
    return np.asarray(np.trunc(power_kw * TENTH_KW) / TENTH_KW + 0.0)


def _explanation(row: StorageSchedule) -> str:
    earns = -(row.cost or 0.0)
    told = [f"{'Earns' if earns >= 0 else 'Costs'} {abs(earns):.2f} {row.currency} with {row.cycles or 0:.2f} cycles."]
    return " ".join([*told, *row.words, *row.inputs.get("room", [])])
