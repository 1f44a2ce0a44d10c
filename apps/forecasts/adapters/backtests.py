"""How well would we have forecast this series, and how well would repeating the past have done?"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting import (
    REPETITIONS,
    Backtest,
    Gate,
    Issued,
    NothingToLearn,
    Record,
    Scores,
    last_value,
    last_week,
    scores,
    with_errors,
)
from gridops.engine.forecasting.combined import pairs
from gridops.engine.forecasting.features import rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_DAY_S = 86_400
_LEAST_ISSUES = 14
_LEAST_VALUES = 28
_INPUTS_CHECKED = 100
_NAMES = {
    "last_week": "seasonal_naive_week",
    "last_day": "seasonal_naive_day",
    "four_weeks": "mean_of_4_weeks",
}


class TooShort(Exception):
    """Says how much is there and how much is needed."""


class Leaks(Exception):
    """A forecast changed with what came after its issue."""


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


@dataclass(frozen=True)
class Trial:
    """A record with the terms of its backtest, turned into steps. Made by `trial`."""

    record: Record
    issues: IntArray
    first: int
    gate: Gate
    levels: FloatArray
    seconds: Callable[[], float]

    def forecast(self) -> tuple[Backtest, Issued]:
        """Raises TooShort."""
        backtest = Backtest(self.record, self.issues, self.gate, self.levels, self.seconds)
        try:
            return backtest, backtest.run(self.first)
        except NothingToLearn as error:
            raise TooShort(f"{error}: give more rows, a shorter --horizon or fewer --test-days") from None

    def baselines(self, backtest: Backtest) -> dict[str, FloatArray]:
        """Rows of the issues from the first on x levels; what the members of the model say alone is among them."""
        points = {"persistence": last_value, **{_NAMES[name]: one for name, one in REPETITIONS.items()}}
        said = {
            name: with_errors(
                self.record, one, self.issues, horizon=self.gate.horizon, first=self.first, levels=self.levels
            )
            for name, one in points.items()
        }
        return said | backtest.alone(self.first)


def trial(record: Record, terms: Terms, seconds: Callable[[], float]) -> Trial:
    """Raises TooShort. `seconds`: the clock of effort."""
    step_s = record.clock.step_s
    horizon = terms.horizon_s // step_s
    issues = _issues(record, terms, horizon)
    gate = Gate(horizon, terms.skip_s // step_s, terms.train_days, terms.retrain_days)
    return Trial(record, issues, _first(issues, terms, record), gate, np.array(terms.levels), seconds)


@dataclass(frozen=True)
class Tried:
    trial: Trial
    backtest: Backtest
    issued: Issued

    def outcome(self) -> Outcome:
        one, issued = self.trial, self.issued
        reference = last_week(one.record, issued.issue, issued.step)
        baselines = {
            name: scores(issued.actual, forecast[issued.counts], one.levels, reference)
            for name, forecast in one.baselines(self.backtest).items()
        }
        return Outcome(
            model=scores(issued.actual, issued.forecast, one.levels, reference),
            baselines=baselines,
            train_s=issued.train_s,
            predict_s=issued.predict_s,
            rows=int(np.isfinite(issued.actual).sum()),
            issues=len(np.unique(issued.issue)),
        )


def tried(record: Record, terms: Terms, seconds: Callable[[], float]) -> Tried:
    """Raises TooShort. `seconds`: the clock of effort."""
    one = trial(record, terms, seconds)
    return Tried(one, *one.forecast())


@dataclass(frozen=True, slots=True)
class Unchanged:
    """`inputs`: issues whose inputs were formed anew; `quantiles`: that were forecast anew."""

    inputs: int
    quantiles: int


def check_leakage(done: Tried) -> Unchanged:
    """What comes after an issue is shuffled, and not a bit may change: of the inputs at many issues of the test, and of
    all that was trained, weighed and forecast up to the first, a middle and the last one. Raises Leaks."""
    test = np.unique(done.issued.issue)
    chosen = test[np.unique(np.linspace(0, len(test) - 1, _INPUTS_CHECKED).astype(np.int64))]
    for issue in map(int, chosen):
        _check_inputs(done.backtest.record, issue, done.trial.gate.horizon)
    again = sorted({int(test[0]), int(test[len(test) // 2]), int(test[-1])})
    return Unchanged(len(chosen), sum(_forecast_again(done, issue) for issue in again))


def _check_inputs(record: Record, issue: int, horizon: int) -> None:
    at = pairs(np.array([issue]), horizon)
    before, after = rows(record, *at), rows(shuffled(record, issue, horizon), *at)
    if before.values.tobytes() != after.values.tobytes() or before.base.tobytes() != after.base.tobytes():
        changed = [name for k, name in enumerate(before.names) if _differs(before.values[:, k], after.values[:, k])]
        raise Leaks(f"inputs of the issue at step {issue} changed with what came after it: {', '.join(changed)}")


def _differs(one: FloatArray, other: FloatArray) -> bool:
    return not np.array_equal(one, other, equal_nan=True)


def _forecast_again(done: Tried, issue: int) -> int:
    one, issued = done.trial, done.issued
    changed = replace(one, record=shuffled(one.record, issue, one.gate.horizon))
    _, again = replace(changed, issues=one.issues[one.issues <= issue]).forecast()
    if again.forecast.tobytes() != issued.forecast[issued.issue <= issue].tobytes():
        raise Leaks(f"forecasts up to step {issue} changed with what came after it")
    return again.forecast.size


def shuffled(record: Record, issue: int, horizon: int) -> Record:
    """Values in another order from an issue on, and what was known ahead from the end of its horizon on."""
    chance = np.random.default_rng(issue)
    return replace(
        record,
        target=_mixed_up(record.target, issue, chance),
        observed=_mixed_up(record.observed, issue, chance),
        ahead=_mixed_up(record.ahead, issue + horizon, chance),
    )


def _mixed_up(values: FloatArray, since: int, chance: np.random.Generator) -> FloatArray:
    return np.concatenate([values[:since], chance.permutation(values[since:])])


def _issues(record: Record, terms: Terms, horizon: int) -> IntArray:
    """The first steps at or after the local times of issue that have their whole horizon on record."""
    clock = record.clock
    since = (clock.second_of_day - terms.issue_at_s) % _DAY_S
    if terms.every_s >= _DAY_S:
        days = (clock.local_s - terms.issue_at_s) // _DAY_S
        chosen = (since < clock.step_s) & ((days - days[0]) % (terms.every_s // _DAY_S) == 0)
    else:
        chosen = since % terms.every_s < clock.step_s
    return np.flatnonzero(chosen[: max(len(record.target) - horizon + 1, 0)])


def _first(issues: IntArray, terms: Terms, record: Record) -> int:
    days, values = len(record.target) // record.clock.day, int(np.isfinite(record.target).sum())
    if values < _LEAST_VALUES:
        raise TooShort(f"the file holds {values} values of the target; a backtest needs at least {_LEAST_VALUES}")
    if len(issues):
        on = record.clock.local_day[issues]
        test = issues[on > on[-1] - terms.test_days]
        if len(issues) - len(test) >= _LEAST_ISSUES:
            return int(test[0])
    raise TooShort(
        f"the file holds {days} days; {terms.test_days} days of test need at least {_LEAST_ISSUES} issues before them: "
        "give more rows or fewer --test-days"
    )
