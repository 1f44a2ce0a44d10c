"""How long each microgrid could stand alone from now on: worked out, stored, told, alarmed where it is too short."""

import time
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from apps.live import services as live
from apps.microgrids.adapters.readiness import Ahead, Setting, Worked, energy_lacking, setting_of, worked_out
from apps.microgrids.adapters.reserve import Wanted, factor_of_gusts, reserve_wanted, risk_of
from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.choices.readiness import KEPT, RESERVE_WINDOW, STEP, STEPS, STREAM, ReadinessOutcome
from apps.microgrids.models import Microgrid, ReadinessRun, ReadinessTerms
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.readiness_courses import CoursesAhead, courses_ahead
from apps.microgrids.selectors.reserve_inputs import gusts_ahead, outages_on_record, prices_ahead
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.services.readiness_alarms import watch_readiness
from apps.state.adapters import ENGINE_VERSION

SEED = 20_260  # draws are the same for the same instant, so that a run can be repeated


def assess_all(*, as_of: datetime) -> int:
    """How many were worked out."""
    runs = [assess_readiness(microgrid=one, as_of=as_of) for one in Microgrid.objects.active()]
    watch_readiness(runs, as_of=as_of)
    return sum(ReadinessOutcome(run.outcome) == ReadinessOutcome.WORKED_OUT for run in runs)


def assess_readiness(*, microgrid: Microgrid, as_of: datetime) -> ReadinessRun:
    """A run is stored whatever came of it, with the reason where nothing could be said."""
    began = time.perf_counter()
    situation = microgrid_now(microgrid, as_of=as_of)
    fields = _worked(microgrid, situation, as_of)
    fields["duration_ms"] = (time.perf_counter() - began) * 1000
    with transaction.atomic():
        run, _ = ReadinessRun.objects.update_or_create(
            microgrid=microgrid,
            as_of=as_of,
            defaults={"is_alone": situation.is_alone, "engine_version": ENGINE_VERSION, **fields},
        )
        payload = {"microgrid": str(microgrid.mrid), "run": run.pk, "hours": run.hours.get("1")}
        live.record(stream=STREAM, kind="readiness", subject=str(microgrid.mrid), payload=payload)
    return run


def forget_readiness(*, as_of: datetime) -> int:
    """Of old runs one an hour would be enough, of very old ones none."""
    return ReadinessRun.objects.filter(as_of__lt=as_of - KEPT).delete()[0]


def _worked(microgrid: Microgrid, situation: Situation, as_of: datetime) -> dict[str, Any]:
    if lacking := energy_lacking(situation):
        return _unknown(lacking)
    courses = courses_ahead(situation, as_of=as_of)
    if courses.lacking:
        names = ", ".join(courses.lacking[:3])
        return _unknown(f"Neither power nor forecast is known of {names}: see their meters.")
    terms = ReadinessTerms.objects.filter(microgrid=microgrid).first() or ReadinessTerms(microgrid=microgrid)
    members = {one.element_mrid: one for one in microgrid.members.all()}
    rng = np.random.default_rng([SEED, microgrid.pk, int(as_of.timestamp())])
    setting = setting_of(situation, terms, _ahead(courses), members, rng)
    found = worked_out(setting, situation)
    told: dict[str, Any] = {"setting": setting, "terms": terms, "starts_at": courses.starts_at}
    outage, wanted = _reserve(microgrid, **told, as_of=as_of, rng=rng)
    return _fields(found, situation, courses, setting) | outage | _of_reserve(wanted, as_of)


def _unknown(reason: str) -> dict[str, Any]:
    return {"outcome": ReadinessOutcome.UNKNOWN, "reason": reason[:300]}


def _ahead(courses: CoursesAhead) -> Ahead:
    return Ahead(**{name: getattr(courses, name) for name in Ahead.__slots__})


def _fields(found: Worked, situation: Situation, courses: CoursesAhead, setting: Setting) -> dict[str, Any]:
    return {
        "outcome": ReadinessOutcome.WORKED_OUT,
        "reason": "",
        "horizon_h": STEPS * STEP.total_seconds() / 3600,
        "scenarios": setting.scenarios.energy_kwh.size,
        "hours": found.hours,
        "curve": found.curve,
        "gains": found.gains,
        "unserved_kwh": found.unserved_kwh,
        "inputs": _inputs(situation, courses),
    }


def _inputs(situation: Situation, courses: CoursesAhead) -> dict[str, Any]:
    tanks = [one.fuel_kwh.value for one in situation.of(MemberKind.GENERATOR)]
    return {
        "soc_kwh": situation.soc_kwh,
        "capacity_kwh": situation.capacity_kwh,
        "fuel_kwh": sum(one for one in tanks if one is not None),
        "fuel_unknown": sum(one is None for one in tanks),
        "load_kw": {str(int(one)): situation.load_kw(one) for one in LoadPriority},
        "cut_kw": courses.cut_kw,
        "renewable_kw": courses.renewable_now_kw,
        "sources": dict(courses.basis),
    }


def _reserve(
    microgrid: Microgrid,
    *,
    setting: Setting,
    terms: ReadinessTerms,
    starts_at: datetime,
    as_of: datetime,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], Wanted | None]:
    record = outages_on_record(microgrid, terms, as_of=as_of)
    gusts, weather_basis = gusts_ahead(microgrid, as_of=as_of)
    told: dict[str, Any] = {
        "per_year": record.per_year,
        "expected_h": record.expected_h,
        "rate_basis": record.rate_basis,
        "duration_basis": record.duration_basis,
        "weather_basis": weather_basis,
        "weather_factor": round(float(factor_of_gusts(gusts).max()), 2),
        "probability": None,
    }
    if record.per_year is None or not record.durations_h:
        return {"outage": told}, None
    risk = risk_of(record.per_year, gusts, record.durations_h)
    prices = prices_ahead(starts_at=starts_at, as_of=as_of)
    told["probability"] = risk.probability
    return {"outage": told}, reserve_wanted(setting, terms, risk, prices, rng)


def _of_reserve(wanted: Wanted | None, as_of: datetime) -> dict[str, Any]:
    if wanted is None:
        reason = "How often and how long the grid fails is not known, so no reserve was worked out."
        return {"reserve_kwh": None, "reserve_until": None, "reserve_cost_eur": None, "reserve": {"reason": reason}}
    return {
        "reserve_kwh": wanted.reserve_kwh,
        "reserve_until": as_of + RESERVE_WINDOW,
        "reserve_cost_eur": wanted.cost_eur,
        "reserve": wanted.document,
    }
