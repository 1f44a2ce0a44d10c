"""The list of series, each with its next peak, how far it can be trusted, and what is amiss."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.forecasts.adapters.packed import FloatArray
from apps.forecasts.choices import Horizon, Rung, Subject
from apps.forecasts.models import STEPS_A_DAY, DataFault, Forecast, ForecastRun, Override, Series
from apps.forecasts.selectors.actual import instant_of, step_of
from apps.forecasts.selectors.issues import Issue, at_level, effective, issues_of_run, overrides_at
from apps.forecasts.selectors.skill import DayScore, day_scores, skill_document, skill_of

FALLBACKS = [rung for rung in Rung if rung != Rung.FULL]
FAULT_AGE = timedelta(days=1)
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9
_SPARK_STEPS = 2  # of a series, for one of its small picture
_PARTS = Series.objects.filter(parent=OuterRef("pk")).order_by().values("parent").annotate(n=Count("pk")).values("n")
_ORDER = {subject: place for place, subject in enumerate(Subject)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Empty: all."""

    subject: str = ""
    quantity: str = ""
    parent: int | None = None
    text: str = ""
    subject_mrid: str = ""
    is_fallback: bool = False


def series_list(asked: Asked, *, as_of: datetime) -> QuerySet[Series]:
    """From the whole down to the parts, by name."""
    rows = Series.objects.in_use().select_related("parent").annotate(parts=Coalesce(Subquery(_PARTS), 0))
    exact = {"subject": asked.subject, "quantity": asked.quantity, "subject_mrid": asked.subject_mrid}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.parent is not None:
        rows = rows.filter(parent=asked.parent)
    if asked.text:
        rows = rows.filter(Q(name__icontains=asked.text) | Q(subject_mrid=asked.text))
    if asked.is_fallback:
        newest = newest_run(as_of=as_of)
        low = Forecast.objects.filter(run=newest, rung__in=FALLBACKS) if newest else Forecast.objects.none()
        rows = rows.filter(pk__in=low.values("series"))
    ranks = [When(subject=subject, then=Value(place)) for subject, place in _ORDER.items()]
    rank = Case(*ranks, default=len(_ORDER), output_field=IntegerField())
    return rows.order_by(rank, "name", "quantity", "id")


def newest_run(*, as_of: datetime, horizon: str = Horizon.INTRADAY) -> ForecastRun | None:
    rows = ForecastRun.objects.filter(horizon=horizon, as_of__lte=as_of).select_related("model_version")
    return rows.defer("model_version__content").order_by("-as_of", "-id").first()


def local_day(at: datetime) -> Any:
    return timezone.localtime(at).date()


def rows_of(series: Sequence[Series], *, as_of: datetime) -> list[dict[str, Any]]:
    keys = [one.pk for one in series]
    run = newest_run(as_of=as_of)
    issues = issues_of_run(run, keys) if run else {}
    scores = day_scores(keys, until=local_day(as_of))
    faults, overrides = _faults(keys, as_of), _overrides(issues, as_of)
    return [
        _row(one, issues.get(one.pk), scores.get(one.pk, []), as_of, overrides.get(one.pk, []))
        | {"faults": faults.get(one.pk, [])}
        for one in series
    ]


def _row(
    series: Series, issue: Issue | None, scores: Iterable[DayScore], as_of: datetime, overrides: list[Override]
) -> dict[str, Any]:
    held = effective(series, issue.first, issue.quantiles, overrides) if issue else None
    return identity(series) | {
        "parts": _parts(series),
        "issue": issue_document(issue) if issue else None,
        "peak": _peak(issue, held, step_of(as_of)) if issue and held is not None else None,
        "spark": _spark(issue, held) if issue and held is not None else None,
        "skill": skill_document(skill_of(scores)),
        "overrides": len(overrides),
    }


def _parts(series: Series) -> int:
    counted: int | None = getattr(series, "parts", None)
    return series.children.count() if counted is None else counted


def identity(series: Series) -> dict[str, Any]:
    return {
        "id": series.pk,
        "name": series.name,
        "subject": series.subject,
        "subject_label": series.get_subject_display(),
        "subject_mrid": series.subject_mrid,
        "quantity": series.quantity,
        "quantity_label": series.get_quantity_display(),
        "parent": series.parent_id,
        "parent_name": series.parent.name if series.parent else "",
        "rated_kw": series.rated_kw,
        "group": series.group,
    }


def issue_document(issue: Issue) -> dict[str, Any]:
    model = issue.run.model_version
    return {
        "as_of": issue.run.as_of,
        "horizon": issue.run.horizon,
        "starts_at": issue.run.starts_at,
        "ends_at": issue.ends_at,
        "rung": issue.forecast.rung,
        "rung_label": issue.forecast.get_rung_display(),
        "reason": issue.forecast.reason,
        "model": model.number if model else None,
    }


def _peak(issue: Issue, held: FloatArray, now: int) -> dict[str, Any] | None:
    """Of the next 24 hours that are forecast."""
    begin = min(max(now - issue.first, 0), len(held))
    ahead = held[begin : begin + STEPS_A_DAY]
    median = columns(issue, ahead, (_MIDDLE,))[0]
    if not np.isfinite(median).any():
        return None
    at = int(np.nanargmax(median))
    low, middle, high = columns(issue, ahead[at : at + 1], (_LOW, _MIDDLE, _HIGH))
    values = {"p10": float(low[0]), "p50": float(middle[0]), "p90": float(high[0])}
    return {"at": instant_of(issue.first + begin + at), **values}


def columns(issue: Issue, held: FloatArray, levels: Sequence[float]) -> list[FloatArray]:
    return [at_level(held, issue.levels, level) for level in levels]


def _spark(issue: Issue, held: FloatArray) -> dict[str, Any]:
    """Half-hourly, of all that is forecast: enough for a picture as wide as a finger."""
    low, middle, high = columns(issue, held[::_SPARK_STEPS], (_LOW, _MIDDLE, _HIGH))
    return {"starts_at": issue.run.starts_at, "step_s": issue.run.step_s * _SPARK_STEPS} | {
        name: rounded(values) for name, values in (("p10", low), ("p50", middle), ("p90", high))
    }


def rounded(values: FloatArray) -> list[float | None]:
    """To a watt; null where there is no value: JSON knows no nan."""
    return [round(float(value), 3) if np.isfinite(value) else None for value in values]


def _faults(series: Collection[int], as_of: datetime) -> dict[int, list[dict[str, Any]]]:
    """Of the last day."""
    rows = DataFault.objects.filter(series__in=series, found_at__lte=as_of, ends_at__gte=as_of - FAULT_AGE)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("begins_at"):
        found[row.series_id].append(fault_document(row))
    return found


def fault_document(fault: DataFault) -> dict[str, Any]:
    return {
        "fault": fault.fault,
        "begins_at": fault.begins_at,
        "ends_at": fault.ends_at,
        "size": fault.size,
        "found_at": fault.found_at,
    }


def _overrides(issues: dict[int, Issue], as_of: datetime) -> dict[int, list[Override]]:
    found: dict[int, list[Override]] = defaultdict(list)
    if issues:
        start, end = min(one.first for one in issues.values()), max(one.end for one in issues.values())
        for row in overrides_at(issues, as_of=as_of, start=start, end=end):
            found[row.series_id].append(row)
    return found
