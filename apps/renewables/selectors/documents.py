"""The desk as people and scripts read it, now or as it was at an instant. kW fed in; net load is drawn."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max, Q, Sum

from apps.forecasts.adapters.packed import unpacked, unpacked_quantiles
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.desk import rounded
from apps.renewables.choices import STEP_S, Basis, Cause
from apps.renewables.models import (
    AvoidanceRun,
    Curtailment,
    FirmingRun,
    Portfolio,
    PortfolioForecast,
    RenewablePlant,
    ReserveDay,
    ReserveRun,
)
from apps.renewables.selectors.quarters import courses, day_sums, newest_known

FloatArray = npt.NDArray[np.float64]
BACK_STEPS = 96  # of what was, on the chart of what will be
SHOWN_DAYS = 28


def portfolio_documents() -> list[dict[str, Any]]:
    rows = Portfolio.objects.select_related("zone").annotate(
        rated_kw=Sum("plants__rated_kw", filter=Q(plants__is_active=True))
    )
    return [
        {
            "id": row.pk,
            "name": row.name,
            "zone": row.zone.code if row.zone else None,
            "rated_kw": row.rated_kw or 0.0,
        }
        for row in rows
    ]


def band_document(portfolio: Portfolio, *, as_of: datetime) -> dict[str, Any]:
    """The newest band that was known then, and the day before it: what was fed in and what was held back."""
    row = PortfolioForecast.objects.filter(portfolio=portfolio, as_of__lte=as_of).order_by("-as_of", "-pk").first()
    end = step_of(as_of)
    plants = list(portfolio.plants.filter(is_active=True))
    told = courses(plants, first=end - BACK_STEPS, end=end)
    return {
        "portfolio": portfolio.pk,
        "step_s": STEP_S,
        "forecast": None if row is None else _forecast(row),
        "t": [step * STEP_S for step in range(end - BACK_STEPS, end)],
        "fed_in_kw": rounded(_total(told["produced_kw"])),
        "curtailed_kw": rounded(_total(told["curtailed_kw"])),
    }


def _total(values: FloatArray) -> FloatArray:
    """Of those that are known; nan where none is."""
    known = np.isfinite(values)
    return np.where(known.any(axis=0), np.where(known, values, 0.0).sum(axis=0), np.nan)


def _forecast(row: PortfolioForecast) -> dict[str, Any]:
    quantiles, first = unpacked_quantiles(row.quantiles_kw, levels=len(row.levels)), step_of(row.starts_at)
    return {
        "as_of": row.as_of.isoformat(),
        "plants": row.plants,
        "missing": row.missing,
        "pairs": row.pairs,
        "t": [(first + step) * STEP_S for step in range(len(quantiles))],
        "quantiles": {f"{level:g}": rounded(quantiles[:, n]) for n, level in enumerate(row.levels)},
    }


def plant_documents(portfolio: Portfolio, *, as_of: datetime) -> list[dict[str, Any]]:
    """The newest quarter hour of each, and its day so far by the clock on the wall. Four queries."""
    plants = list(portfolio.plants.filter(is_active=True))
    newest, sums = newest_known(plants, as_of=as_of), day_sums(plants, as_of=as_of)
    return [_plant(plant, newest.get(plant.pk), sums.get(plant.pk)) for plant in plants]


def _plant(plant: RenewablePlant, newest: dict[str, Any] | None, sums: dict[str, Any] | None) -> dict[str, Any]:
    blank = {"at": None, "available_kw": None, "sigma_kw": None, "fed_in_kw": None, "curtailed_kw": None}
    cause = (newest or {}).get("cause")
    basis = Basis((newest or {}).get("basis", Basis.NOTHING))
    return {
        "mrid": str(plant.mrid),
        "name": plant.name,
        "kind": plant.kind,
        "kind_label": plant.get_kind_display(),
        "series": plant.series_id,
        "rated_kw": plant.rated_kw,
        "feeder_mrid": str(plant.feeder_mrid) if plant.feeder_mrid else None,
        "feeder": plant.feeder_name,
        "reduces_from_pu": plant.reduces_from_pu,
        "stops_below_price": plant.stops_below_price,
        **{name: (newest or {}).get(name, nothing) for name, nothing in blank.items()},
        "basis": basis,
        "basis_label": basis.label,
        "cause": cause,
        "cause_label": Cause(cause).label if cause else "",
        "words": (newest or {}).get("words", ""),
        "today_fed_in_kwh": sums["used_kwh"] if sums else None,
        "today_curtailed_kwh": sums["curtailed_kwh"] if sums else None,
    }


def curtailment_documents(portfolio: Portfolio, *, start: datetime, end: datetime, most: int) -> dict[str, Any]:
    """Newest first; `total_kwh` is of all of the time."""
    rows = Curtailment.objects.filter(plant__portfolio=portfolio, starts_at__gte=start, starts_at__lt=end)
    told = rows.select_related("plant", "order").order_by("-starts_at", "plant__name")[:most]
    total = rows.aggregate(kwh=Sum("kwh"), newest=Max("found_at"))
    return {
        "starts_at": start.isoformat(),
        "ends_at": end.isoformat(),
        "total_kwh": total["kwh"] or 0.0,
        "count": rows.count(),
        "curtailments": [_curtailment(row) for row in told],
    }


def _curtailment(row: Curtailment) -> dict[str, Any]:
    return {
        "plant": row.plant.name,
        "mrid": str(row.plant.mrid),
        "starts_at": row.starts_at.isoformat(),
        "kwh": row.kwh,
        "sigma_kwh": row.sigma_kwh,
        "cause": row.cause,
        "cause_label": row.get_cause_display(),
        "words": row.words,
        "order": row.order_id,
        "course": row.course_id,
        "worth": row.worth,
        "currency": row.currency,
        "average_kg": row.average_kg,
        "marginal_kg": row.marginal_kg,
    }


def reserve_document(*, as_of: datetime) -> dict[str, Any]:
    """The newest run that was known then, and how the runs before it held."""
    row = ReserveRun.objects.filter(as_of__lte=as_of).order_by("-as_of").first()
    days = ReserveDay.objects.filter(worked_out_at__lte=as_of, day__gte=(as_of - timedelta(days=SHOWN_DAYS)).date())
    return {"run": None if row is None else _reserve(row), "days": [_reserve_day(day) for day in days]}


def _reserve(row: ReserveRun) -> dict[str, Any]:
    first, spans = step_of(row.starts_at), len(row.ramp_minutes)
    ramps = unpacked(row.ramps_kw).reshape(spans, 2, row.steps)
    return {
        "as_of": row.as_of.isoformat(),
        "level": row.level,
        "step_s": STEP_S,
        "t": [(first + step) * STEP_S for step in range(row.steps)],
        "planned_kw": rounded(unpacked(row.planned_kw)),
        "up_kw": rounded(unpacked(row.up_kw)),
        "down_kw": rounded(unpacked(row.down_kw)),
        "ramps": [
            {"minutes": minutes, "up_kw": rounded(ramps[n, 0]), "down_kw": rounded(ramps[n, 1])}
            for n, minutes in enumerate(row.ramp_minutes)
        ],
        "components": row.components,
        "correlation": row.correlation,
        "pairs": row.pairs,
        "held_up_kw": row.held_up_kw,
        "held_down_kw": row.held_down_kw,
        "held_words": row.held_words,
        "duration_ms": row.duration_ms,
    }


def _reserve_day(row: ReserveDay) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "lead_h": row.lead_h,
        "level": row.level,
        "quarters": row.quarters,
        "within": row.within,
        "above": row.above,
        "below": row.below,
        "mean_up_kw": row.mean_up_kw,
        "mean_down_kw": row.mean_down_kw,
    }


def avoidance_document(*, as_of: datetime) -> dict[str, Any]:
    row = AvoidanceRun.objects.filter(as_of__lte=as_of).order_by("-as_of").first()
    return {"run": None if row is None else _avoidance(row)}


def _avoidance(row: AvoidanceRun) -> dict[str, Any]:
    return {
        "as_of": row.as_of.isoformat(),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "expected_kwh": row.expected_kwh,
        "plants": row.plants,
        "places": row.places,
        "words": row.words,
    }


def firming_documents(*, as_of: datetime, most: int = 20) -> list[dict[str, Any]]:
    rows = FirmingRun.objects.filter(asked_at__lte=as_of).select_related("portfolio", "plant", "asked_by")
    return [firming_document(row) for row in rows[:most]]


def firming_document(row: FirmingRun) -> dict[str, Any]:
    return {
        "id": row.pk,
        "of": row.plant.name if row.plant else str(row.portfolio),
        "portfolio": row.portfolio_id,
        "plant": str(row.plant.mrid) if row.plant else None,
        "days": row.days,
        "tolerance": row.tolerance,
        "share": row.share,
        "round_trip": row.round_trip,
        "per_kw": row.per_kw,
        "per_kwh": row.per_kwh,
        "currency": row.currency,
        "rates_from": row.source,
        "status": row.status,
        "status_label": row.get_status_display(),
        "reason": row.reason,
        "result": row.result or None,
        "asked_at": row.asked_at.isoformat(),
        "asked_by": row.asked_by.get_username(),
    }
