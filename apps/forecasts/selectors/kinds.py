"""Scores of all series of a kind together: thousands of series are summed where they lie."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.forecasts.choices import Issuer, Quantity, Subject
from apps.forecasts.models import Series
from apps.forecasts.rules.calibration import Coverage, coverage
from apps.forecasts.selectors.skill import BASELINES, Skill, skill_document

# Beside each issuer's sums those of the model on the same series and days: only like is compared with like.
_SUMS = """
SELECT series.subject, series.quantity, said.issuer, said.day,
       sum(said.steps),
       sum(said.mae_kw * said.steps),
       sum(said.mean_abs_kw * said.steps),
       sum(coalesce(said.pinball_kw, said.mae_kw / 2) * said.steps),
       sum(said.inside_80),
       sum(said.inside_90),
       sum(said.steps) FILTER (WHERE said.inside_80 IS NOT NULL),
       sum(said.steps) FILTER (WHERE model.id IS NOT NULL),
       sum(said.mae_kw * said.steps) FILTER (WHERE model.id IS NOT NULL),
       sum(coalesce(said.pinball_kw, said.mae_kw / 2) * said.steps) FILTER (WHERE model.id IS NOT NULL),
       sum(model.steps),
       sum(model.mae_kw * model.steps),
       sum(coalesce(model.pinball_kw, model.mae_kw / 2) * model.steps)
FROM forecasts_score AS said
JOIN forecasts_series AS series ON series.id = said.series_id
LEFT JOIN forecasts_score AS model
       ON model.series_id = said.series_id AND model.day = said.day AND model.issuer = %s
WHERE said.day >= %s AND said.day < %s AND series.id = ANY(%s)
GROUP BY series.subject, series.quantity, said.issuer, said.day
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one kind, issuer and day."""

    day: date
    steps: int
    error: float
    size: float
    loss: float
    inside_80: int | None
    inside_90: int | None
    banded: int | None
    shared: int | None
    shared_error: float | None
    shared_loss: float | None
    model_steps: int | None
    model_error: float | None
    model_loss: float | None


Kind = tuple[str, str]


def skill_table(series: QuerySet[Series], *, until: date, days: int) -> list[dict[str, Any]]:
    """One row for each kind of series, the whole before its parts, each with all issuers."""
    kinds: dict[Kind, list[int]] = defaultdict(list)
    for key, subject, quantity in series.order_by().values_list("id", "subject", "quantity"):
        kinds[subject, quantity].append(key)
    sums = _sums([key for keys in kinds.values() for key in keys], until=until, days=days)
    order = {name: place for place, name in enumerate((*Subject, *Quantity))}
    ordered = sorted(kinds, key=lambda kind: [order[name] for name in kind])
    return [_kind_row(kind, len(kinds[kind]), sums.get(kind, {})) for kind in ordered]


def _sums(series: list[int], *, until: date, days: int) -> dict[Kind, dict[str, list[Sums]]]:
    found: dict[Kind, dict[str, list[Sums]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [Issuer.MODEL.value, until - timedelta(days), until, series])
        for subject, quantity, issuer, *sums in cursor.fetchall():
            found[subject, quantity][issuer].append(Sums(*sums))
    return found


def _kind_row(kind: Kind, count: int, said: Mapping[str, list[Sums]]) -> dict[str, Any]:
    ratios = {issuer: _ratios(said.get(issuer, [])) for issuer in Issuer}
    return {
        "subject": kind[0],
        "quantity": kind[1],
        "label": f"{Subject(kind[0]).label}: {Quantity(kind[1]).label.lower()}",
        "series": count,
        "days": len({one.day for one in said.get(Issuer.MODEL, [])}),
        "issuers": [
            {
                "issuer": issuer,
                "label": issuer.label,
                "figures": skill_document(_figures(issuer, said.get(issuer, []), ratios)),
                "mae_ratio": ratios[issuer][0],
                "pinball_ratio_to_model": ratios[issuer][1],
            }
            for issuer in Issuer
        ],
    }


def _ratios(rows: Sequence[Sums]) -> tuple[float | None, float | None]:
    """Mean error and mean loss over the model's, where both were scored."""
    steps, model_steps = sum(one.shared or 0 for one in rows), sum(one.model_steps or 0 for one in rows)
    if not (steps and model_steps):
        return None, None

    def ratio(own: str, models: str) -> float | None:
        base = sum(getattr(one, models) or 0.0 for one in rows) / model_steps
        return sum(getattr(one, own) or 0.0 for one in rows) / steps / base if base > 0 else None

    return ratio("shared_error", "model_error"), ratio("shared_loss", "model_loss")


def _figures(
    issuer: Issuer, rows: Sequence[Sums], ratios: Mapping[Issuer, tuple[float | None, float | None]]
) -> Skill | None:
    steps = sum(one.steps for one in rows)
    if not steps:
        return None
    mae, size = sum(one.error for one in rows) / steps, sum(one.size for one in rows) / steps
    losses = {baseline: ratios[baseline][1] for baseline in BASELINES}
    known = {baseline: loss for baseline, loss in losses.items() if loss}
    best = min(known, key=lambda baseline: known[baseline], default=None) if issuer is Issuer.MODEL else None
    week = ratios[Issuer.LAST_WEEK][0] if issuer is Issuer.MODEL else None
    return Skill(
        days=len({one.day for one in rows}),
        mae_kw=mae,
        nmae=mae / size if size else None,
        pinball_kw=sum(one.loss for one in rows) / steps,
        rmae=1 / week if week else None,
        best_baseline=best,
        pinball_ratio=1 / known[best] if best else None,
        coverage_80=_covered(rows, 0.8, "inside_80"),
        coverage_90=_covered(rows, 0.9, "inside_90"),
    )


def _covered(rows: Sequence[Sums], nominal: float, figure: str) -> Coverage | None:
    known = [one for one in rows if getattr(one, figure) is not None]
    return coverage(nominal, [getattr(one, figure) for one in known], [one.banded or 0 for one in known])
