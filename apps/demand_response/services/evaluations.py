"""What calls came to: asked for when a call is over and when readings come, worked out by a worker, kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.adapters.evaluation_documents import Measured
from apps.demand_response.adapters.event_day import EventDay, called_days, event_day
from apps.demand_response.adapters.measuring import StageMeasure, control_of
from apps.demand_response.choices import DESK, EvaluationStatus
from apps.demand_response.models import DemandProgram, Evaluation, Participation
from apps.demand_response.selectors.asked import Asked, asked_in, days_called, others_of, usage_points
from apps.demand_response.selectors.meter_loads import customer_kw, newest_reading
from apps.demand_response.selectors.worth import outdoor_c
from apps.demand_response.services.evaluation_storing import store
from apps.dispatch.choices.call import CallStatus
from apps.dispatch.models import Call
from apps.dispatch.services.refusal import Refused
from apps.forecasts.selectors.inputs import holidays

AT_ONCE = 500  # customers in memory
MOST_CALLS = 20
LOOKED_BACK = timedelta(days=120)  # readings that come later are asked for by a person
RUN = (CallStatus.COMPLETED, CallStatus.ACTIVE)


@dataclass(frozen=True)
class Scene:
    """All that is the same for every customer of a call."""

    call: Call
    day: EventDay
    temperature: np.ndarray
    as_of: datetime

    @property
    def dates(self) -> tuple[date, date]:
        zone = self.day.zone
        last = self.day.begin + timedelta(seconds=self.day.steps * self.day.clock.step_s)
        return self.day.begin.astimezone(zone).date(), last.astimezone(zone).date()

    def kw(self, points: Sequence[Sequence[int]]) -> np.ndarray:
        return customer_kw(points, starts_at=self.day.begin, steps=self.day.steps, days=self.dates, as_of=self.as_of)


def evaluate_due(*, as_of: datetime) -> int:
    """Calls that are over with their rebound and have no evaluation, or readings since it."""
    due = [call for call in _over(as_of) if _is_due(call)]
    for call in due[:MOST_CALLS]:
        work_out(evaluation_id=_ask(call, by=None, as_of=as_of).pk, as_of=as_of)
    return min(len(due), MOST_CALLS)


def ask_evaluation(*, call: Call, by: User, as_of: datetime) -> Evaluation:
    """By a person, at any time after the call's end. Raises Refused."""
    if call.status not in RUN or call.ends_at > as_of:
        raise Refused("Only a call that was sent and is over can be evaluated.")
    waiting = Evaluation.objects.filter(call=call, status=EvaluationStatus.WAITING).first()
    return waiting or _ask(call, by=by, as_of=as_of)


def work_out(*, evaluation_id: int, as_of: datetime, clock: Callable[[], float] = perf_counter) -> Evaluation:
    """One that waits; a row that is done stays as it is."""
    row = Evaluation.objects.select_related("call", "program").get(pk=evaluation_id)
    if row.status != EvaluationStatus.WAITING:
        return row
    begun = clock()
    asked = asked_in(row.call)
    row.as_of, row.customers = as_of, len(asked)
    if not asked:
        return _void(row, "Nobody was asked in this call, or none of its stages was sent.")
    scene = _scene(row.call, as_of)
    newest = newest_reading(sorted({point for one in asked for point in one.points}), days=scene.dates)
    if newest is None:
        return _void(row, "No reading of these customers has come yet. It is tried again when readings are imported.")
    row.versions = {"readings_until": newest.isoformat(), "holidays": len(scene.day.holidays)}
    measured = _measure(row, scene, asked)
    row.duration_ms = 1000 * (clock() - begun)
    store(row, measured, asked, temperature=_during(scene), as_of=as_of)
    return row


def _over(as_of: datetime) -> list[Call]:
    rows = Call.objects.filter(desk=DESK, status=CallStatus.COMPLETED, settled_at__lte=as_of)
    return list(rows.filter(ends_at__gt=as_of - LOOKED_BACK).order_by("-ends_at"))


def _is_due(call: Call) -> bool:
    newest = Evaluation.objects.filter(call=call).order_by("-id").first()
    if newest is None:
        return True
    if newest.status == EvaluationStatus.WAITING or newest.as_of is None:
        return True
    if newest.status == EvaluationStatus.DONE and newest.settled_customers == newest.customers:
        return False
    told = newest_reading(sorted({point for one in asked_in(call) for point in one.points}), days=_days_of(call))
    return told is not None and told > newest.as_of


def _days_of(call: Call) -> tuple[date, date]:
    zone = ZoneInfo(settings.TIME_ZONE)
    return call.starts_at.astimezone(zone).date(), call.settled_at.astimezone(zone).date()


def _ask(call: Call, *, by: User | None, as_of: datetime) -> Evaluation:
    waiting = Evaluation.objects.filter(call=call, status=EvaluationStatus.WAITING).first()
    if waiting is not None:
        return waiting
    program = DemandProgram.objects.filter(enrolments__participations__stage__call=call).distinct().first()
    if program is None:
        raise Refused("No customer takes part in this call, so there is nothing to be measured.")
    row = Evaluation.objects.create(
        call=call, program=program, asked_at=as_of, asked_by=by, method=program.baseline_method
    )
    if by is not None:
        audit.record(
            actor=by, action="demand.evaluation-asked", target=f"call/{call.pk}", detail={"id": row.pk}, at=as_of
        )
    return row


def _void(row: Evaluation, reason: str) -> Evaluation:
    row.status, row.reason = EvaluationStatus.VOID, reason
    row.save()
    return row


def _scene(call: Call, as_of: datetime) -> Scene:
    day = event_day(call.starts_at, call.ends_at, ZoneInfo(settings.TIME_ZONE), holidays())
    heat = outdoor_c(day.begin, day.steps, day.clock.step_s, as_of=as_of)
    return Scene(call, day, heat, as_of)


def _during(scene: Scene) -> float | None:
    """Mean temperature of the call."""
    first = int((scene.call.starts_at - scene.day.begin).total_seconds() // scene.day.clock.step_s)
    last = int((scene.call.ends_at - scene.day.begin).total_seconds() // scene.day.clock.step_s)
    values = scene.temperature[first : last + 1]
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _measure(row: Evaluation, scene: Scene, asked: Sequence[Asked]) -> Measured:
    others = others_of(scene.call, row.program_id)
    customers = [*(one.customer_id for one in asked), *others]
    zone = scene.day.zone
    called = days_called(customers, before=scene.call.starts_at, since=scene.call.ends_at - scene.day.begin, zone=zone)
    placebo = scene.day.placebo(called_days(called, [one.customer_id for one in asked]), scene.temperature)
    points = usage_points(others, at=scene.call.starts_at)
    apart = scene.day.loads(
        scene.kw([points.get(key, []) for key in others]), called_days(called, others), scene.temperature
    )
    stages: dict[int, StageMeasure] = {}
    whole = scene.day.window(scene.call.starts_at, scene.call.ends_at)
    for stage, members in _by_stage(asked):
        window = scene.day.window(stage.stage.starts_at, stage.stage.ends_at)
        control = control_of(apart, window)
        measure = StageMeasure.of(window, scene.day, placebo, whole=whole, agreed=row.method)
        for first in range(0, len(members), AT_ONCE):
            some = members[first : first + AT_ONCE]
            days = called_days(called, [one.customer_id for one in some])
            kw = scene.kw([one.points for one in some])
            measure.take(scene.day.loads(kw, days, scene.temperature), control)
        stages[stage.stage_id] = measure
    return Measured(scene.day, placebo, row.method, stages)


def _by_stage(asked: Sequence[Asked]) -> list[tuple[Participation, list[Asked]]]:
    found: dict[int, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.participation.stage_id, []).append(one)
    return [(members[0].participation, members) for members in found.values()]
