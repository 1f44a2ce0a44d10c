"""What a trial says of a model: its scores beside those of others, and whether the difference is more than chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.learning import Trial, local_day_steps
from apps.forecasts.adapters.panels import Panel
from apps.forecasts.adapters.scoring import DayScores, repeated, scored, scored_line
from apps.forecasts.choices import Issuer

EVIDENCE = 1.0  # standard errors
LEAST_DAYS = 5


@dataclass(frozen=True)
class Judged:
    """By day: what every issuer scored, per series."""

    days: dict[date, Mapping[Issuer, DayScores]]

    def losses(self, issuer: Issuer) -> FloatArray:
        """Days: the mean over the series of the loss in parts of the series' own size."""
        size = _sizes(self.days)
        rows = [_loss(found[issuer]) / size for found in self.days.values()]
        return np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in rows])


def judged(panel: Panel, trial: Trial) -> Judged:
    days: dict[date, Mapping[Issuer, DayScores]] = {}
    for gate, issued in zip(trial.gates, trial.issued, strict=True):
        steps = local_day_steps(panel, gate)
        if len(steps) and steps[-1] < panel.target.shape[1]:
            days[_local_day(panel, gate)] = _of_day(panel, gate, steps, issued[:, steps - gate])
    return Judged(days)


def _of_day(panel: Panel, gate: int, steps: np.ndarray, issued: np.ndarray) -> Mapping[Issuer, DayScores]:
    actual = panel.target[:, steps].astype(np.float64)
    lines = {issuer: scored_line(actual, line) for issuer, line in repeated(panel, gate, steps).items()}
    return {Issuer.MODEL: scored(actual, issued), **lines}


def _local_day(panel: Panel, gate: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(panel.clock.local_day[gate]) + 1)


def _loss(one: DayScores) -> FloatArray:
    """Pinball; of a single line half its error, which is its pinball at levels that lie even about one half."""
    return np.where(np.isfinite(one.pinball_kw), one.pinball_kw, one.mae_kw / 2)


def _sizes(days: Mapping[date, Mapping[Issuer, DayScores]]) -> FloatArray:
    found = np.stack([one[Issuer.MODEL].mean_abs_kw for one in days.values()])
    known = np.isfinite(found)
    mean = np.where(known, found, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(mean > 0, mean, np.nan)


def figures(judged: Judged) -> dict[str, float]:
    """Flat, for the registry: losses in parts of the series' sizes, shares as fractions."""
    if not judged.days:
        return {}
    own = [one[Issuer.MODEL] for one in judged.days.values()]
    steps = sum(int(one.steps.sum()) for one in own)
    found = {
        issuer.value: _mean(judged.losses(issuer)) for issuer in (Issuer.LAST_WEEK, Issuer.LAST_DAY, Issuer.FOUR_WEEKS)
    }
    return {
        "days": float(len(judged.days)),
        "pinball": _mean(judged.losses(Issuer.MODEL)),
        "rmae": _rmae(judged),
        "coverage_80": sum(int(one.inside_80.sum()) for one in own) / max(steps, 1),
        "coverage_90": sum(int(one.inside_90.sum()) for one in own) / max(steps, 1),
        **found,
    }


def _rmae(judged: Judged) -> float:
    """Mean over the series of the error over last week's."""
    own, week = (
        np.nansum([one[issuer].mae_kw for one in judged.days.values()], axis=0)
        for issuer in (Issuer.MODEL, Issuer.LAST_WEEK)
    )
    usable = week > 0
    return round(float(np.mean(own[usable] / week[usable])), 5) if usable.any() else 0.0


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return round(float(known.mean()), 5) if len(known) else 0.0


def verdict(candidate: Judged, active: Judged | None, active_number: int) -> tuple[bool, str]:
    """Whether the candidate takes the other's place, and why in plain words. Days are paired: one windy day is hard for
    both."""
    if active is None:
        return True, f"This release cannot read model {active_number}." if active_number else "The first model."
    both = [day for day in candidate.days if day in active.days]
    if len(both) < LEAST_DAYS:
        return False, f"Only {len(both)} days to compare on; {LEAST_DAYS} are needed."
    own, other = _on(candidate, both), _on(active, both)
    better = other - own
    error = float(better.std(ddof=1)) / np.sqrt(len(both))
    share, doubt = 100 * float(better.mean()) / float(other.mean()), 100 * error / float(other.mean())
    told = f"{abs(share):.1f} % {'less' if share > 0 else 'more'} loss than model {active_number} on {len(both)} days"
    if better.mean() > EVIDENCE * error:
        return True, f"{told}, beyond chance (standard error {doubt:.1f} %)."
    return False, f"{told}; more than the standard error of {doubt:.1f} % is needed to take its place."


def _on(judged: Judged, days: list[date]) -> FloatArray:
    return Judged({day: judged.days[day] for day in days}).losses(Issuer.MODEL)
