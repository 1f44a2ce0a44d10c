"""One series: what is forecast, what people changed, what had been said before, and what then was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from apps.forecasts.adapters.packed import FloatArray
from apps.forecasts.choices import Horizon
from apps.forecasts.models import STEP_S, DataFault, Override, Series
from apps.forecasts.selectors.actual import actual, instant_of, newest_known, step_of
from apps.forecasts.selectors.desk import fault_document, issue_document, rounded
from apps.forecasts.selectors.issues import (
    Issue,
    effective,
    issue_at,
    overrides_at,
    said_before,
)
from apps.forecasts.selectors.registry import person_word

LEADS_H = (6, 24, 48)
MOST_DAYS = 400
_MOST_NEAR = 50


def forecast_document(series: Series, *, as_of: datetime, seen_at: datetime, horizon: str) -> dict[str, Any] | None:
    """The issue that was the newest at `as_of`, with the overrides as they were at `seen_at`."""
    issue = issue_at(series, as_of=as_of, horizon=horizon)
    if issue is None:
        return None
    overrides = overrides_at([series.pk], as_of=seen_at, start=issue.first, end=issue.end)
    held = effective(series, issue.first, issue.quantiles, overrides)
    return {
        "series": series.pk,
        "unit": "kW",
        "issue": issue_document(issue),
        "step_s": issue.run.step_s,
        "levels": list(issue.levels),
        "t": [(issue.first + step) * STEP_S for step in range(len(issue.quantiles))],
        "quantiles": quantile_columns(issue, issue.quantiles),
        "effective": quantile_columns(issue, held) if overrides else None,
        "overrides": [override_document(one) for one in overrides],
    }


def quantile_columns(issue: Issue, values: FloatArray) -> dict[str, list[float | None]]:
    return {f"{level:g}": rounded(values[:, column]) for column, level in enumerate(issue.levels)}


def actual_document(
    series: Series, *, start: datetime, end: datetime, as_of: datetime, leads_h: Sequence[int] = LEADS_H
) -> dict[str, Any]:
    """What was by `as_of`, and what the newest forecast of so many hours before had said of it."""
    first, last, until = step_of(start), step_of(end), step_of(as_of)
    values = actual([series.pk], start=first, end=last, until=until)[series.pk]
    said = {
        str(lead): rounded(said_before(series, start=first, end=last, lead_s=lead * 3600, as_of=as_of))
        for lead in leads_h
    }
    return {
        "series": series.pk,
        "unit": "kW",
        "step_s": STEP_S,
        "t": [step * STEP_S for step in range(first, last)],
        "kw": rounded(values),
        "said_before": said,
        "known_until": newest_known(series.pk, as_of=as_of),
    }


def faults_of(series: Series, *, start: datetime, end: datetime, as_of: datetime) -> list[dict[str, Any]]:
    rows = DataFault.objects.filter(series=series, found_at__lte=as_of, begins_at__lt=end, ends_at__gt=start)
    return [fault_document(row) for row in rows.order_by("begins_at")[:500]]


def override_document(override: Override) -> dict[str, Any]:
    return {
        "id": override.pk,
        "series": override.series_id,
        "starts_at": override.starts_at,
        "ends_at": override.ends_at,
        "change_kw": override.change_kw,
        "factor": override.factor,
        "reason": override.reason,
        "made_at": override.made_at,
        "made_by": person_word(override.made_by),
        "withdrawn_at": override.withdrawn_at,
        "withdrawn_by": person_word(override.withdrawn_by),
    }


def overrides_of(series: Series, *, as_of: datetime, most: int = 50) -> list[dict[str, Any]]:
    """Newest first, each with how it did against the forecast that its author saw."""
    rows = Override.objects.filter(series=series, made_at__lte=as_of).select_related("made_by", "withdrawn_by")
    return [override_document(row) | {"score": _score(series, row, as_of)} for row in rows.order_by("-made_at")[:most]]


def overrides_near(series: Series, *, as_of: datetime) -> list[dict[str, Any]]:
    """Those of the series above and right below it that hold or will: they are not contained in its own forecast."""
    relatives = Series.objects.in_use().filter(Q(parent=series) | Q(pk=series.parent_id))
    rows = Override.objects.filter(series__in=relatives, made_at__lte=as_of, ends_at__gt=as_of)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of)).select_related(
        "made_by", "withdrawn_by", "series"
    )
    return [
        override_document(row) | {"series_name": row.series.name, "is_above": row.series_id == series.parent_id}
        for row in rows.order_by("starts_at", "id")[:_MOST_NEAR]
    ]


def _score(series: Series, override: Override, as_of: datetime) -> dict[str, Any] | None:
    """Errors of the medians without and with it, over the quarter hours that are known by now."""
    end = min(override.ends_at, override.withdrawn_at or override.ends_at)
    issue = _seen(series, override)
    if issue is None:
        return None
    first = max(_next_step(override.starts_at), issue.first)
    last = min(_next_step(end), issue.end)
    own = issue.at_level(0.5)[first - issue.first : max(last, first) - issue.first]
    was = actual([series.pk], start=first, end=max(last, first), until=step_of(as_of))[series.pk]
    known = np.isfinite(own) & np.isfinite(was)
    if not known.any():
        return None
    changed = own * override.factor + override.change_kw
    return {
        "steps": int(known.sum()),
        "mae_model_kw": float(np.abs(own - was)[known].mean()),
        "mae_kw": float(np.abs(changed - was)[known].mean()),
    }


def _next_step(at: datetime) -> int:
    return -(-int(at.timestamp()) // STEP_S)


def _seen(series: Series, override: Override) -> Issue | None:
    for horizon in (Horizon.INTRADAY, Horizon.WEEK):
        issue = issue_at(series, as_of=override.made_at, horizon=horizon)
        if issue and override.ends_at <= issue.ends_at:
            return issue
    return None


def horizon_end(series: Series, *, as_of: datetime) -> tuple[datetime, float] | None:
    """Until when something is forecast, and the greatest power of it."""
    issues = [issue_at(series, as_of=as_of, horizon=horizon) for horizon in Horizon]
    found = [issue for issue in issues if issue and np.isfinite(issue.quantiles).any()]
    if not found:
        return None
    return max(issue.ends_at for issue in found), max(float(np.nanmax(np.abs(issue.quantiles))) for issue in found)


def window(as_of: datetime, *, back_h: float) -> tuple[datetime, datetime]:
    return instant_of(step_of(as_of - timedelta(hours=back_h))), instant_of(step_of(as_of) + 1)
