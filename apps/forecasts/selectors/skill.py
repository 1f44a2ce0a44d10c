"""How well forecasts did, against repeating the past: from the scores of days."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.forecasts.choices import Issuer
from apps.forecasts.models import Score
from apps.forecasts.rules.calibration import Coverage, coverage

DAYS = 28
BASELINES = (Issuer.LAST_WEEK, Issuer.LAST_DAY, Issuer.FOUR_WEEKS)
_FIELDS = ("series", "issuer", "day", "steps", "mae_kw", "mean_abs_kw", "pinball_kw", "inside_80", "inside_90")


@dataclass(frozen=True, slots=True)
class DayScore:
    """One issuer, one series, one day."""

    series: int
    issuer: str
    day: date
    steps: int
    mae_kw: float
    mean_abs_kw: float
    pinball_kw: float | None
    inside_80: int | None
    inside_90: int | None

    @property
    def loss_kw(self) -> float:
        """Pinball; of a single line, said of every level, half its error (levels that lie even about one half)."""
        return self.mae_kw / 2 if self.pinball_kw is None else self.pinball_kw


@dataclass(frozen=True, slots=True)
class Skill:
    """Relative figures are fractions, over the days on which both were scored. None: cannot be told."""

    days: int
    mae_kw: float
    nmae: float | None
    pinball_kw: float
    rmae: float | None  # against last week
    best_baseline: Issuer | None
    pinball_ratio: float | None  # against the best repetition of the past
    coverage_80: Coverage | None
    coverage_90: Coverage | None


def day_scores(series: Collection[int], *, until: date, days: int = DAYS) -> dict[int, list[DayScore]]:
    """Days before `until`, oldest first."""
    rows = Score.objects.filter(series__in=series, day__gte=until - timedelta(days), day__lt=until).order_by("day")
    found: dict[int, list[DayScore]] = defaultdict(list)
    for row in rows.values_list(*_FIELDS):
        found[row[0]].append(DayScore(*row))
    return found


def by_issuer(rows: Iterable[DayScore]) -> dict[str, list[DayScore]]:
    found: dict[str, list[DayScore]] = defaultdict(list)
    for row in rows:
        found[row.issuer].append(row)
    return found


def skill_of(rows: Iterable[DayScore], issuer: str = Issuer.MODEL) -> Skill | None:
    said = by_issuer(rows)
    own = said.get(issuer, [])
    if not own:
        return None
    mae, size = _mean(own, "mae_kw"), _mean(own, "mean_abs_kw")
    best, ratio = _against_best(own, said)
    return Skill(
        days=len({row.day for row in own}),
        mae_kw=mae,
        nmae=mae / size if size else None,
        pinball_kw=_mean(own, "loss_kw"),
        rmae=compared(own, said.get(Issuer.LAST_WEEK, []), "mae_kw"),
        best_baseline=best,
        pinball_ratio=ratio,
        coverage_80=_covered(own, 0.8, "inside_80"),
        coverage_90=_covered(own, 0.9, "inside_90"),
    )


def compared(own: Sequence[DayScore], others: Sequence[DayScore], figure: str) -> float | None:
    """Own over others', on the same series and days."""
    theirs = {(row.series, row.day): row for row in others}
    both = [(row, theirs[row.series, row.day]) for row in own if (row.series, row.day) in theirs]
    base = _mean([other for _, other in both], figure) if both else math.nan
    return _mean([row for row, _ in both], figure) / base if both and base > 0 else None


def _against_best(own: Sequence[DayScore], said: Mapping[str, list[DayScore]]) -> tuple[Issuer | None, float | None]:
    ratios = {issuer: compared(own, said.get(issuer, []), "loss_kw") for issuer in BASELINES}
    known = {issuer: ratio for issuer, ratio in ratios.items() if ratio is not None}
    best = max(known, key=lambda issuer: known[issuer], default=None)
    return best, known[best] if best else None


def _mean(rows: Sequence[DayScore], figure: str) -> float:
    steps = sum(row.steps for row in rows)
    return sum(getattr(row, figure) * row.steps for row in rows) / steps if steps else 0.0


def _covered(rows: Sequence[DayScore], nominal: float, figure: str) -> Coverage | None:
    """By day, over all series: they err together on a cloudy day, so that days are what is counted."""
    inside: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        found = getattr(row, figure)
        if found is not None:
            inside[row.day][0] += found
            inside[row.day][1] += row.steps
    return coverage(nominal, [found for found, _ in inside.values()], [of for _, of in inside.values()])


def skill_document(skill: Skill | None) -> dict[str, Any] | None:
    if skill is None:
        return None
    return {
        "days": skill.days,
        "mae_kw": skill.mae_kw,
        "nmae": skill.nmae,
        "pinball_kw": skill.pinball_kw,
        "rmae": skill.rmae,
        "best_baseline": skill.best_baseline,
        "best_baseline_label": skill.best_baseline.label if skill.best_baseline else "",
        "pinball_ratio": skill.pinball_ratio,
        "coverage_80": coverage_document(skill.coverage_80),
        "coverage_90": coverage_document(skill.coverage_90),
    }


def coverage_document(held: Coverage | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {
        "nominal": held.nominal,
        "share": held.share,
        "low": held.low,
        "high": held.high,
        "days": held.days,
        "verdict": held.verdict,
        "verdict_label": held.verdict.label,
    }
