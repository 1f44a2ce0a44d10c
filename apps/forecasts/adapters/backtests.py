"""How well would we have forecast this series, and how well would repeating the past have done?"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting import (
    REPETITIONS,
    Backtest,
    Clock,
    Gate,
    Record,
    Scores,
    last_week,
    scores,
    with_errors,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_DAY_S = 86_400


class TooShort(Exception):
    """Says how much is there and how much is needed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds and days. `issue_at_s`: of the local day. `skip_s`: leads that are not scored."""

    horizon_s: int
    issue_at_s: int
    every_s: int
    train_days: int
    test_days: int
    levels: tuple[float, ...]
    skip_s: int = 0
    retrain_days: int = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    model: Scores
    baselines: Mapping[str, Scores]
    train_s: float
    predict_s: float
    rows: int
    issues: int

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"baselines": {name: asdict(one) for name, one in self.baselines.items()}}


def run(record: Record, terms: Terms, seconds: Callable[[], float]) -> Outcome:
    """Raises TooShort. `seconds`: the clock of effort."""
    step_s = record.clock.step_s
    horizon, levels = terms.horizon_s // step_s, np.array(terms.levels)
    issues = _issues(record, terms, horizon)
    first = _first(issues, terms, record)
    gate = Gate(horizon, terms.skip_s // step_s, terms.train_days, terms.retrain_days)
    backtest = Backtest(record, issues, gate, levels, seconds)
    issued = backtest.run(first)
    reference = last_week(record, issued.issue, issued.step)
    baselines = {
        name: with_errors(record, repetition, issues, horizon=horizon, first=first, levels=levels)
        for name, repetition in REPETITIONS.items()
    } | backtest.alone(first)
    return Outcome(
        model=scores(issued.actual, issued.forecast, levels, reference),
        baselines={
            name: scores(issued.actual, forecast[issued.counts], levels, reference)
            for name, forecast in baselines.items()
        },
        train_s=issued.train_s,
        predict_s=issued.predict_s,
        rows=int(np.isfinite(issued.actual).sum()),
        issues=len(np.unique(issued.issue)),
    )


def _issues(record: Record, terms: Terms, horizon: int) -> IntArray:
    """Steps at the local hour of issue that have their whole horizon on record."""
    clock: Clock = record.clock
    ends = len(record.target) - horizon
    since = clock.second_of_day - terms.issue_at_s
    if terms.every_s >= _DAY_S:
        days = clock.local_day - clock.local_day[0]
        chosen = (since == 0) & (days % (terms.every_s // _DAY_S) == 0)
    else:
        chosen = since % terms.every_s == 0
    return np.flatnonzero(chosen[: ends + 1])


def _first(issues: IntArray, terms: Terms, record: Record) -> int:
    if len(issues):
        begin = issues[-1] - (terms.test_days - 1) * record.clock.day
        test = issues[issues >= max(begin, 0)]
        if len(issues) - len(test) >= _LEAST_ISSUES:
            return int(test[0])
    days = len(record.target) // record.clock.day
    raise TooShort(
        f"the file holds {days} days; {terms.test_days} days of test need at least {_LEAST_ISSUES} issues before them: "
        "give more rows or fewer --test-days"
    )


_LEAST_ISSUES = 14
