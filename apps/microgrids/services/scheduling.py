"""Each microgrid scheduled anew every quarter of an hour: stored, told, and offered to dispatch."""

import time
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.dispatch.selectors.objectives import objectives_now
from apps.live import services as live
from apps.microgrids.adapters.goals import terms_by_goals
from apps.microgrids.adapters.readiness import energy_lacking
from apps.microgrids.adapters.scheduling import Given, Told, scheduled
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.choices.schedule import KEPT, STREAM, ScheduleOutcome
from apps.microgrids.models import Microgrid, ScheduleRun
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.readiness_courses import CoursesAhead, courses_ahead
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.selectors.schedules import ReserveAhead, away_steps, money_ahead, reserve_ahead, terms_of
from apps.microgrids.services.scheduling_courses import propose_schedule
from apps.state.adapters import ENGINE_VERSION


def schedule_all(*, as_of: datetime) -> int:
    """How many were planned."""
    runs = [schedule(microgrid=one, as_of=as_of) for one in Microgrid.objects.active()]
    return sum(ScheduleOutcome(run.outcome) == ScheduleOutcome.PLANNED for run in runs)


def schedule(*, microgrid: Microgrid, as_of: datetime) -> ScheduleRun:
    """A run is stored whatever came of it, with the reason where nothing was planned."""
    began = time.perf_counter()
    situation = microgrid_now(microgrid, as_of=as_of)
    fields = _worked(microgrid, situation, as_of)
    fields["duration_ms"] = (time.perf_counter() - began) * 1000
    with transaction.atomic():
        run, _ = ScheduleRun.objects.update_or_create(
            microgrid=microgrid,
            as_of=as_of,
            defaults={"is_alone": situation.is_alone, "engine_version": ENGINE_VERSION, **fields},
        )
        propose_schedule(run, situation, as_of=as_of)
        payload = {"microgrid": str(microgrid.mrid), "run": run.pk, "outcome": run.outcome}
        live.record(stream=STREAM, kind="schedule", subject=str(microgrid.mrid), payload=payload)
    return run


def forget_schedules(*, as_of: datetime) -> int:
    return ScheduleRun.objects.filter(as_of__lt=as_of - KEPT).delete()[0]


def _worked(microgrid: Microgrid, situation: Situation, as_of: datetime) -> dict[str, Any]:
    if lacking := energy_lacking(situation):
        return _unknown(lacking)
    courses = courses_ahead(situation, as_of=as_of)
    if courses.lacking:
        names = ", ".join(courses.lacking[:3])
        return _unknown(f"Of {names} neither the power nor a forecast is known: see their meters.")
    money = money_ahead(starts_at=courses.starts_at, as_of=as_of)
    if money.lacking:
        return _unknown(money.lacking)
    reserve = reserve_ahead(microgrid, situation, starts_at=courses.starts_at, as_of=as_of)
    away, why = away_steps(microgrid, situation, as_of=as_of)
    objectives = objectives_now()
    readiness_terms, terms = terms_by_goals(*terms_of(microgrid), objectives)
    told = scheduled(
        Given(
            situation=situation,
            members={one.element_mrid: one for one in microgrid.members.all()},
            readiness_terms=readiness_terms,
            terms=terms,
            load=courses.load,
            renewable=courses.renewable,
            load_now_kw=courses.load_now_kw,
            renewable_now_kw=courses.renewable_now_kw,
            buy=money.buy,
            sell=money.sell,
            grid_kg_per_kwh=money.grid_kg_per_kwh,
            away_steps=away,
            reserve_kwh=reserve.kwh,
        )
    )
    inputs = _inputs(situation, courses) | {"money": money.basis, "grid": why, "stored_gain_eur": told.stored_gain}
    inputs["objectives"] = objectives.version
    return _fields(told, courses, reserve) | {"inputs": inputs}


def _unknown(reason: str) -> dict[str, Any]:
    return {"outcome": ScheduleOutcome.UNKNOWN, "reason": reason[:300]}


def _inputs(situation: Situation, courses: CoursesAhead) -> dict[str, Any]:
    silent = [one.name for one in situation.of(MemberKind.GENERATOR) if one.fuel_kwh.value is None]
    return {
        "soc_kwh": situation.soc_kwh,
        "capacity_kwh": situation.capacity_kwh,
        "fuel_kwh": situation.fuel_kwh,
        "fuel_unknown": silent,
        "load_kw": courses.load_now_kw,
        "renewable_kw": courses.renewable_now_kw,
        "exchange_kw": situation.exchange_kw.value,
        "sources": dict(courses.basis),
    }


def _fields(told: Told, courses: CoursesAhead, reserve: ReserveAhead) -> dict[str, Any]:
    without = told.uncontrolled
    return {
        "starts_at": courses.starts_at,
        "outcome": told.outcome,
        "reason": told.reason,
        "way_out": list(told.way_out),
        "cost": told.cost,
        "parts": told.parts,
        "uncontrolled_cost": without.cost if without else None,
        "uncontrolled_lost_kwh": without.lost_kwh if without else None,
        "emissions_kg": told.emissions_kg,
        "gap": told.gap,
        "periods": told.periods,
        "reserve": reserve.document,
        "expected_first_eur": told.expected_first,
    }
