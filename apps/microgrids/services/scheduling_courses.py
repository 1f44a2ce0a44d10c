"""A schedule to dispatch, as courses of set-points: this desk proposes, it sends nothing."""

from datetime import datetime
from typing import Any

import numpy as np

from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.services.courses import CourseDraft, propose_course
from apps.dispatch.services.refusal import Refused
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.choices.schedule import COURSE_KIND, DESK, GOOD_STEPS, STEP, ScheduleOutcome
from apps.microgrids.models import ScheduleRun
from apps.microgrids.rules.situation import MemberNow, Situation
from apps.microgrids.selectors.schedules import terms_of

TENTH_KW = 10.0
REST_KW = 0.0
LONGEST = 300
_FIELD = {MemberKind.STORAGE: "storage_kw", MemberKind.GENERATOR: "generator_kw"}


def propose_schedule(run: ScheduleRun, situation: Situation, *, as_of: datetime) -> None:
    """What dispatch refuses stands with its reason. While the microgrid stands alone, the battery that forms its grid
    gives what is left over: it gets no set-point."""
    if ScheduleOutcome(run.outcome) != ScheduleOutcome.PLANNED or run.starts_at is None:
        return
    if not terms_of(run.microgrid)[1].proposes:
        return
    run.courses = [_offered(run, one, as_of) for one in _devices(run, situation)]
    run.save(update_fields=["courses"])


def _devices(run: ScheduleRun, situation: Situation) -> list[MemberNow]:
    stores = situation.of(MemberKind.STORAGE)
    if situation.is_alone is not False:
        stores = tuple(one for one in stores if one.element_mrid != run.microgrid.forming_mrid)
    return [*stores, *situation.of(MemberKind.GENERATOR)]


def _offered(run: ScheduleRun, device: MemberNow, as_of: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"device": str(device.element_mrid), "name": device.name, "course": None, "reason": ""}
    try:
        course = propose_course(_draft(run, device, as_of), as_of=as_of)
    except Refused as refusal:
        return told | {"reason": str(refusal)[:LONGEST]}
    return told | {"course": course.pk}


def _draft(run: ScheduleRun, device: MemberNow, as_of: datetime) -> CourseDraft:
    steps, ends_at = _steps(run, device, as_of)
    return CourseDraft(
        desk=DESK,
        kind=COURSE_KIND,
        device_mrid=device.element_mrid,
        quantity=StepQuantity.ACTIVE_POWER,
        steps=steps,
        ends_at=ends_at,
        rest=REST_KW,
        title=f"{run.microgrid.name}: {device.name}",
        explanation=_explanation(run, device),
        versions={"schedule": run.pk, "engine": run.engine_version, "as_of": run.as_of.isoformat()},
    )


def _steps(run: ScheduleRun, device: MemberNow, as_of: datetime) -> tuple[list[tuple[datetime, float]], datetime]:
    """As the meter reads: what gives is negative. Begins now, within the period that runs."""
    assert run.starts_at is not None  # noqa: S101  a planned run has one
    field = _FIELD[MemberKind(device.kind)]
    values = [-_tenth(period[field][str(device.element_mrid)]) + 0.0 for period in run.periods[:GOOD_STEPS]]
    kept = [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
    steps = [(max(run.starts_at + n * STEP, as_of), values[n]) for n in kept]
    return steps, run.starts_at + len(values) * STEP


def _tenth(power_kw: float) -> float:
    """To a tenth of a kW, never beyond what was planned."""
    return float(np.trunc(power_kw * TENTH_KW) / TENTH_KW)


def _explanation(run: ScheduleRun, device: MemberNow) -> str:
    """The sentences of the present period about this device."""
    own = [text for text in run.periods[0]["reasons"] if text.startswith(device.name)]
    return " ".join(own) or f"{device.name} rests: nothing that it could do now would pay."
