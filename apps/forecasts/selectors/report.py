"""The skill report: who forecasts better, on which kind of series, how far ahead, and whether the bands are honest.

Days come from the scores. Leads and the reliability of each level come from the stored forecasts themselves: of some
series with the greatest scores of power, at the issues nearest to every sixth hour.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Avg, QuerySet

from apps.forecasts.adapters.packed import FloatArray
from apps.forecasts.choices import Horizon, Issuer
from apps.forecasts.models import STEP_S, STEPS_A_DAY, Forecast, ForecastRun, Score, Series
from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.issues import opened
from apps.forecasts.selectors.skill import DAYS, DayScore

MOST_SERIES = 8
LEADS_H = ((0, 1), (1, 6), (6, 24), (24, 48))
_EVERY_S = 6 * 3600
_WEEK, _DAY = 7 * STEPS_A_DAY, STEPS_A_DAY


@dataclass(frozen=True, slots=True)
class Said:
    """Rows over series, issues and steps. `repeated`: what repeating the past would have said, by issuer."""

    lead: FloatArray
    actual: FloatArray
    quantiles: FloatArray
    repeated: dict[str, FloatArray]
    levels: tuple[float, ...]


def by_day(rows: Iterable[DayScore]) -> list[dict[str, Any]]:
    """The model's day beside those of the others, all series together, relative to their mean power of all days: a day
    on which a net load is about zero would seem endlessly wrong."""
    by: dict[tuple[date, str], list[DayScore]] = defaultdict(list)
    for row in rows:
        by[row.day, row.issuer].append(row)
    sizes = [row.mean_abs_kw for found in by.values() for row in found]
    size = sum(sizes) / len(sizes) if sizes else 0.0
    days = sorted({day for day, _ in by})
    issuers = sorted({issuer for _, issuer in by})
    return [
        {
            "day": day,
            "nmae": {issuer: _error(by[day, issuer], size) for issuer in issuers if (day, issuer) in by},
            "covered_80": _covered(by.get((day, Issuer.MODEL), [])),
        }
        for day in days
    ]


def _error(rows: Sequence[DayScore], size: float) -> float | None:
    return sum(row.mae_kw for row in rows) / len(rows) / size if size else None


def _covered(rows: Sequence[DayScore]) -> float | None:
    known = [(row.inside_80, row.steps) for row in rows if row.inside_80 is not None and row.steps]
    return sum(inside for inside, _ in known) / sum(steps for _, steps in known) if known else None


def largest(series: QuerySet[Series], *, until: date, days: int = DAYS) -> list[int]:
    rows = Score.objects.filter(series__in=series, issuer=Issuer.MODEL, day__gte=until - timedelta(days), day__lt=until)
    sizes = rows.values("series").annotate(size=Avg("mean_abs_kw")).order_by("-size")
    return [row["series"] for row in sizes[:MOST_SERIES]]


def said(series: Sequence[int], *, as_of: datetime, days: int = DAYS) -> Said | None:
    """Forecasts of 48 hours against what then was."""
    runs = _spaced(as_of, days)
    rows = Forecast.objects.filter(run__in=runs, series__in=series).select_related("run")
    issues = [opened(row) for row in rows.order_by("run", "series")]
    if not issues:
        return None
    start, end = min(one.first for one in issues) - _WEEK - 1, max(one.end for one in issues)
    known = actual(series, start=start, end=end, until=step_of(as_of))
    parts = [_against(known[one.forecast.series_id], one.first - start, one.quantiles) for one in issues]
    return Said(
        lead=np.concatenate([part[0] for part in parts]),
        actual=np.concatenate([part[1] for part in parts]),
        quantiles=np.concatenate([one.quantiles for one in issues]),
        repeated={name: np.concatenate([part[2][name] for part in parts]) for name in _REPEATED},
        levels=issues[0].levels,
    )


def _spaced(as_of: datetime, days: int) -> list[int]:
    """Of every six hours the first issue."""
    rows = ForecastRun.objects.filter(horizon=Horizon.INTRADAY, as_of__gte=as_of - timedelta(days), as_of__lte=as_of)
    chosen: dict[int, int] = {}
    for key, at in rows.order_by("as_of", "id").values_list("id", "as_of"):
        chosen.setdefault(int(at.timestamp()) // _EVERY_S, key)
    return list(chosen.values())


_REPEATED = ("persistence", Issuer.LAST_DAY.value, Issuer.LAST_WEEK.value)


def _against(values: FloatArray, first: int, quantiles: FloatArray) -> tuple[FloatArray, FloatArray, dict[str, Any]]:
    steps = np.arange(len(quantiles))
    days = -(-(steps + 1) // _DAY)  # so many days back that the value had been known
    past = values[first - _WEEK : first]
    known = past[np.isfinite(past)]
    repeated = {
        "persistence": np.full(len(steps), known[-1] if len(known) else np.nan),
        Issuer.LAST_DAY.value: values[first + steps - days * _DAY],
        Issuer.LAST_WEEK.value: values[first + steps - _WEEK],
    }
    return steps * STEP_S / 3600, values[first : first + len(steps)], repeated


_LABELS = {"persistence": "Persistence", Issuer.LAST_DAY.value: "Last day", Issuer.LAST_WEEK.value: "Last week"}


def lead_table(rows: Said) -> list[dict[str, Any]]:
    """Mean absolute error relative to the mean power, by how far ahead."""
    median = np.array(rows.levels).searchsorted(0.5)
    columns = {"model": ("GridOps", rows.quantiles[:, median])}
    columns |= {name: (_LABELS[name], values) for name, values in rows.repeated.items()}
    return [_lead_row(rows, columns, low, high) for low, high in LEADS_H]


def _lead_row(rows: Said, columns: dict[str, tuple[str, FloatArray]], low: int, high: int) -> dict[str, Any]:
    known = (rows.lead >= low) & (rows.lead < high) & np.isfinite(rows.actual)
    for _, values in columns.values():
        known &= np.isfinite(values)
    size = float(np.abs(rows.actual[known]).mean()) if known.any() else 0.0
    return {
        "from_h": low,
        "to_h": high,
        "steps": int(known.sum()),
        "issuers": [
            {
                "issuer": name,
                "label": label,
                "nmae": float(np.abs(values - rows.actual)[known].mean()) / size if size else None,
            }
            for name, (label, values) in columns.items()
        ],
    }


def reliability(rows: Said) -> list[dict[str, Any]]:
    """Of each level: which share of the values lay below it. Honest levels lie on the diagonal."""
    known = np.isfinite(rows.actual) & np.isfinite(rows.quantiles).all(axis=1)
    below = rows.actual[known, None] <= rows.quantiles[known]
    return [
        {
            "nominal": level,
            "observed": float(below[:, column].mean()) if known.any() else None,
            "steps": int(known.sum()),
        }
        for column, level in enumerate(rows.levels)
    ]
