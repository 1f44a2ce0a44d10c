"""What a schedule is made from, and what it said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from apps.dispatch.models import Course
from apps.markets import selectors as markets
from apps.markets.choices import Product
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import prices
from apps.microgrids.adapters.readiness_courses import FloatArray
from apps.microgrids.choices.readiness import RESERVE_WINDOW, ReserveBasis
from apps.microgrids.choices.schedule import STEP, STEPS, ScheduleOutcome
from apps.microgrids.models import Microgrid, ReadinessRun, ReadinessTerms, ScheduleRun, ScheduleTerms
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.reserve import reserve_now

STEP_S = int(STEP.total_seconds())
KWH_A_MWH, G_A_KG = 1000.0, 1000.0
HISTORY = 50
NOT_YET = "Not worked out yet: it is scheduled every quarter of an hour."


@dataclass(frozen=True, slots=True)
class MoneyAhead:
    """EUR per kWh and kg per kWh; `lacking` says what is missing, empty where nothing is."""

    buy: FloatArray
    sell: FloatArray
    grid_kg_per_kwh: FloatArray
    basis: dict[str, Any]
    lacking: str


def money_ahead(*, starts_at: datetime, as_of: datetime) -> MoneyAhead:
    none = np.zeros(STEPS)
    zone = BiddingZone.objects.order_by("pk").first()
    if zone is None:
        return MoneyAhead(none, none, none, {}, "There is no bidding zone with prices: make a market feed.")
    told = markets.expected(zone=zone.code, starts_at=starts_at, steps=STEPS, step_s=STEP_S, as_of=as_of)
    price = told.values / KWH_A_MWH
    missing = int((~np.isfinite(price)).sum())
    factors = prices(
        zone=zone.code,
        starts_at=starts_at,
        steps=STEPS,
        step_s=STEP_S,
        as_of=as_of,
        product=Product.EMISSION_AVERAGE,
    )
    known = np.isfinite(factors.values)
    basis = {
        "zone": zone.code,
        "prices_known": float(told.is_known.mean()),
        "prices_else": told.basis,
        "emission_factors_known": float(known.mean()),
    }
    reason = f"Prices of {zone} are missing for {missing} of {STEPS} quarter hours: import those of three days."
    emitted = np.where(known, factors.values, 0.0) / G_A_KG
    return MoneyAhead(price, price, emitted, basis, reason if missing else "")


@dataclass(frozen=True, slots=True)
class ReserveAhead:
    kwh: FloatArray  # (STEPS,) usable energy
    document: dict[str, Any]


def reserve_ahead(microgrid: Microgrid, situation: Situation, *, starts_at: datetime, as_of: datetime) -> ReserveAhead:
    """While it stands alone the reserve is there to be used."""
    found = reserve_now(microgrid, as_of=as_of)
    until = found.until or as_of + RESERVE_WINDOW
    ends = np.array([starts_at + (n + 1) * STEP <= until for n in range(STEPS)])
    released = situation.is_alone is True
    kwh = np.where(ends, 0.0 if released else found.reserve_kwh, 0.0)
    reason = "Released: the microgrid stands alone and uses it." if released else found.reason
    document = {
        "reserve_kwh": 0.0 if released else found.reserve_kwh,
        "until": None if found.basis == ReserveBasis.NONE else until.isoformat(),
        "basis": found.basis.value,
        "reason": reason,
    }
    return ReserveAhead(np.asarray(kwh), document)


def away_steps(microgrid: Microgrid, situation: Situation, *, as_of: datetime) -> tuple[int, str]:
    """For how many steps the grid is taken to be away, and why."""
    if situation.is_alone is not True:
        return 0, "The grid is there."
    run = ReadinessRun.objects.filter(microgrid=microgrid, as_of__lte=as_of).first()
    hours = run.outage.get("expected_h") if run else None
    if not hours:
        return STEPS, "It stands alone, and how long outages last is not known: taken as a whole day."
    steps = max(1, round(hours * 3600 / STEP_S))
    return min(steps, STEPS), f"It stands alone; outages last {hours:.1f} h on average."


def terms_of(microgrid: Microgrid) -> tuple[ReadinessTerms, ScheduleTerms]:
    """Those of nobody's making are the defaults."""
    readiness = ReadinessTerms.objects.filter(microgrid=microgrid).first() or ReadinessTerms(microgrid=microgrid)
    schedule = ScheduleTerms.objects.filter(microgrid=microgrid).first() or ScheduleTerms(microgrid=microgrid)
    return readiness, schedule


def schedule_document(microgrid: Microgrid) -> dict[str, Any]:
    """The newest run, and how those before it came out; before the first there is no outcome, and a reason."""
    first = ScheduleRun.objects.filter(microgrid=microgrid).first()
    run = first or ScheduleRun(microgrid=microgrid, reason=NOT_YET)
    return {
        "microgrid": str(microgrid.mrid),
        "as_of": run.as_of,
        "starts_at": run.starts_at,
        "step_s": STEP_S,
        "outcome": run.outcome if first else None,
        "outcome_label": run.get_outcome_display() if first else "Not worked out yet",
        "reason": run.reason,
        "way_out": run.way_out,
        "is_alone": run.is_alone,
        "currency": run.currency,
        "cost": run.cost,
        "parts": run.parts,
        "uncontrolled_cost": run.uncontrolled_cost,
        "uncontrolled_lost_kwh": run.uncontrolled_lost_kwh,
        "saves": _saves(run),
        "stored_gain_eur": run.inputs.get("stored_gain_eur"),
        "emissions_kg": run.emissions_kg,
        "gap": run.gap,
        "periods": run.periods,
        "reserve": run.reserve,
        "inputs": run.inputs,
        "courses": _courses(run),
        "scores": _scores(microgrid),
        "engine_version": run.engine_version,
    }


def _saves(run: ScheduleRun) -> float | None:
    """Against no control, with what the stores then hold more or less than without."""
    if run.cost is None or run.uncontrolled_cost is None:
        return None
    return run.uncontrolled_cost - run.cost + float(run.inputs.get("stored_gain_eur") or 0.0)


def _courses(run: ScheduleRun) -> list[dict[str, Any]]:
    """What was offered, each as dispatch has it now."""
    keys = [one["course"] for one in run.courses if one["course"] is not None]
    now = {course.pk: course for course in Course.objects.filter(pk__in=keys)}
    found = []
    for one in run.courses:
        course = now.get(one["course"])
        found.append({**one, "status": course.get_status_display() if course else ""})
    return found


def _scores(microgrid: Microgrid) -> dict[str, Any]:
    """Of the newest scored runs: what the first period was expected to cost and what it cost by the meters."""
    rows = list(
        ScheduleRun.objects.filter(microgrid=microgrid, measured_first_eur__isnull=False)
        .order_by("-as_of")
        .values_list("as_of", "expected_first_eur", "measured_first_eur")[:HISTORY]
    )
    silent = ScheduleRun.objects.filter(microgrid=microgrid).exclude(score_reason="").first()
    return {
        "count": len(rows),
        "expected_eur": sum(row[1] for row in rows) if rows else None,
        "measured_eur": sum(row[2] for row in rows) if rows else None,
        "newest": [{"as_of": at, "expected_eur": said, "measured_eur": was} for at, said, was in rows[:10]],
        "last_reason": silent.score_reason if silent else "",
    }


def unscored(*, before: datetime, since: datetime) -> list[ScheduleRun]:
    rows = ScheduleRun.objects.filter(outcome=ScheduleOutcome.PLANNED, scored_at__isnull=True)
    return list(rows.filter(starts_at__lte=before, starts_at__gt=since).select_related("microgrid")[:200])
