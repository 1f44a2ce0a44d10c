"""How much of what sun and wind could give was used, what was lost and why, and what that meant for emissions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Sum

from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import actual, instant_of, step_of
from apps.markets import selectors as markets
from apps.renewables.choices import LONGEST_TEXT, QUARTER_H, STEP, Cause
from apps.renewables.models import Curtailment, IntegrationDay, Portfolio, RenewablePlant
from apps.renewables.selectors.local_days import midnight, steps_of, today
from apps.renewables.selectors.quarters import FloatArray, courses
from apps.renewables.selectors.worth import known_sum, worth

SPANS = (1, 7, 28)  # days, the last of which is today
_SUMS = ("available_kwh", "used_kwh", "curtailed_kwh")
_MAYBE = ("average_kg", "marginal_kg", "lost_average_kg", "lost_marginal_kg", "lost_worth", "demand_kwh", "met_kwh")


def integration_document(portfolio: Portfolio, *, as_of: datetime) -> dict[str, Any]:
    """Today so far, and today with the days before."""
    day = today(as_of)
    first, end = steps_of(day)[0], step_of(as_of)
    told = figures(portfolio, first=first, end=end, as_of=as_of) if end > first else None
    rows = IntegrationDay.objects.filter(
        portfolio=portfolio, day__gte=day - timedelta(days=max(SPANS) - 1), day__lt=day, worked_out_at__lte=as_of
    )
    days = [_of_row(row) for row in rows]
    now = [{"day": day.isoformat(), **told}] if told else []
    return {
        "portfolio": portfolio.pk,
        "today_begins_at": midnight(day).isoformat(),
        "spans": [_span(size, [*now, *(one for one in days if _is_in(one, day, size))]) for size in SPANS],
        "days": [*now, *days],
    }


def _is_in(one: dict[str, Any], day: Any, size: int) -> bool:
    return bool(one["day"] > (day - timedelta(days=size)).isoformat())


def _span(size: int, days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sums over the days that are known; a figure that some of them lack is of the others."""
    sums = {name: sum(one[name] for one in days) for name in _SUMS}
    maybe = {name: _sum_known([one.get(name) for one in days]) for name in _MAYBE}
    causes = {cause.value: sum(one["by_cause"].get(cause, 0.0) for one in days) for cause in Cause}
    currencies = {one.get("currency", "") for one in days} - {""}
    return {
        "days": size,
        "known_days": len(days),
        **sums,
        **maybe,
        "used_share": sums["used_kwh"] / sums["available_kwh"] if sums["available_kwh"] else None,
        "met_share": maybe["met_kwh"] / maybe["demand_kwh"] if maybe["met_kwh"] and maybe["demand_kwh"] else None,
        "by_cause": [
            {"cause": cause, "cause_label": Cause(cause).label, "kwh": kwh} for cause, kwh in causes.items() if kwh
        ],
        "hosted_kw": days[0]["hosted_kw"] if days else None,
        "currency": currencies.pop() if len(currencies) == 1 else "",
        "missing": "; ".join(sorted({one.get("missing", "") for one in days} - {""})),
    }


def _sum_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _of_row(row: IntegrationDay) -> dict[str, Any]:
    names = (*_SUMS, *_MAYBE, "by_cause", "hosted_kw", "known_share", "missing", "currency")
    return {"day": row.day.isoformat(), **{name: getattr(row, name) for name in names}}


def figures(portfolio: Portfolio, *, first: int, end: int, as_of: datetime) -> dict[str, Any] | None:
    """Of the steps since 1970 from `first` to `end`; None where no quarter hour of any plant is known."""
    plants = list(portfolio.plants.filter(is_active=True))
    if not plants:
        return None
    told = courses(plants, first=first, end=end)
    available, produced, curtailed = (told[name] for name in ("available_kw", "produced_kw", "curtailed_kw"))
    known = np.isfinite(available) & np.isfinite(produced)
    if not known.any():
        return None
    used_kw = np.where(known, produced, 0.0).sum(axis=0)
    lost_kw = np.nan_to_num(np.where(known, curtailed, 0.0)).sum(axis=0)
    rated = np.array([plant.rated_kw for plant in plants])
    return {
        "hosted_kw": float(rated.sum()),
        "available_kwh": QUARTER_H * float((used_kw + lost_kw).sum()),
        "used_kwh": QUARTER_H * float(used_kw.sum()),
        "curtailed_kwh": QUARTER_H * float(lost_kw.sum()),
        "by_cause": _by_cause(plants, first, end),
        "known_share": float(rated @ known.mean(axis=1) / rated.sum()),
        **_met(used_kw, known.any(axis=0), first, end, as_of),
        **_spared(portfolio, QUARTER_H * used_kw, QUARTER_H * lost_kw, first, as_of),
    }


def _by_cause(plants: Sequence[RenewablePlant], first: int, end: int) -> dict[str, float]:
    rows = Curtailment.objects.filter(plant__in=plants, starts_at__gte=instant_of(first), starts_at__lt=instant_of(end))
    told = rows.values("cause").annotate(kwh=Sum("kwh")).order_by("cause")
    return {row["cause"]: round(row["kwh"], 3) for row in told}


def _met(used_kw: FloatArray, known: Any, first: int, end: int, as_of: datetime) -> dict[str, float | None]:
    """Of what customers drew, by the quarter hour: what is fed in beyond it meets nobody's demand here."""
    series = Series.objects.in_use().filter(subject=Subject.SYSTEM, quantity=Quantity.LOAD).first()
    if series is None:
        return {"demand_kwh": None, "met_kwh": None}
    drawn = actual([series.pk], start=first, end=end, until=step_of(as_of))[series.pk]
    both = np.isfinite(drawn) & known
    if not both.any():
        return {"demand_kwh": None, "met_kwh": None}
    met = np.minimum(used_kw[both], np.maximum(drawn[both], 0.0))
    return {"demand_kwh": QUARTER_H * float(drawn[both].sum()), "met_kwh": QUARTER_H * float(met.sum())}


def _spared(
    portfolio: Portfolio, used_kwh: FloatArray, lost_kwh: FloatArray, first: int, as_of: datetime
) -> dict[str, Any]:
    starts_at = instant_of(first)
    if portfolio.zone is None:
        return {"missing": "The portfolio has no market zone: neither emissions nor money can be told."}
    code = portfolio.zone.code
    used, lost = (markets.emissions(energy, starts_at, STEP, code, as_of) for energy in (used_kwh, lost_kwh))
    value = worth(portfolio.zone, starts_at=starts_at, steps=len(lost_kwh), as_of=as_of)
    return {
        "average_kg": used.average_kg,
        "marginal_kg": used.marginal_kg,
        "lost_average_kg": lost.average_kg,
        "lost_marginal_kg": lost.marginal_kg,
        "missing": used.missing[:LONGEST_TEXT],
        "lost_worth": known_sum(lost_kwh, value.price),
        "currency": value.currency,
    }
