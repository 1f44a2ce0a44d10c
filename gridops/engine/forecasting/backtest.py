"""Forecasts of the past as they would have been issued then: rolling origin, inputs as known at each issue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.baselines import ERROR_DAYS, with_errors
from gridops.engine.forecasting.calibration import lead_blocks
from gridops.engine.forecasting.combined import (
    CORRECT_DAYS,
    MEMBERS,
    Combined,
    Members,
    Said,
    fit_combination,
    fit_members,
    pairs,
)
from gridops.engine.forecasting.features import Record, rows, sampled
from gridops.engine.forecasting.smoothing import fit_smoothing

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SMOOTHING = "exponential_smoothing"  # is heard beside the members
_WEIGHED_DAYS = 7
_ROWS_AT_ONCE = 5000
_ROWS_WEIGHED, _ROWS_WARMED = 20_000, 100_000


@dataclass(frozen=True, slots=True)
class Gate:
    """`horizon`, `skip`: steps from the issue to the end and to the begin of what counts."""

    horizon: int
    skip: int = 0
    train_days: int = 365
    retrain_days: int = 7


@dataclass(frozen=True)
class Issued:
    """Rows of forecasts: issue, step, value (nan where missing), forecast rows x levels."""

    issue: IntArray
    step: IntArray
    actual: FloatArray
    forecast: FloatArray
    counts: npt.NDArray[np.bool_]  # of all rows of the issues, which are these
    train_s: float
    predict_s: float


@dataclass
class Log:
    """What the members said, with what was issued."""

    issue: list[IntArray] = field(default_factory=list)
    step: list[IntArray] = field(default_factory=list)
    forecast: list[FloatArray] = field(default_factory=list)

    def known(self, now: int, record: Record) -> Said:
        """What was said of the days before `now` from which a combination is made."""
        step, issue = np.concatenate(self.step), np.concatenate(self.issue)
        recent = np.flatnonzero((step < now) & (step >= now - CORRECT_DAYS * record.clock.day))
        kept = recent[sampled(len(recent), _ROWS_WEIGHED)]
        ends = np.cumsum([len(one) for one in self.step])
        parts = zip(self.forecast, np.split(kept, np.searchsorted(kept, ends[:-1])), np.r_[0, ends[:-1]], strict=True)
        forecasts = np.concatenate([said[:, at - begin] for said, at, begin in parts], axis=1)
        return Said(step[kept], record.target[step[kept]], forecasts, (step - issue)[kept])


class Backtest:
    """One series. `issues`: all steps at which forecasts are issued, ascending, training and test.

    What is known ahead is known as far as the horizon goes. `seconds`: what effort is measured with.
    """

    def __init__(
        self, record: Record, issues: IntArray, gate: Gate, levels: FloatArray, seconds: Callable[[], float]
    ) -> None:
        self.record, self.issues = replace(record, reach=gate.horizon), issues
        self.gate, self.levels = gate, levels
        self._seconds = seconds
        self.log = Log()
        self._smoothed: dict[int, FloatArray] = {}
        self.train_s = self.predict_s = 0.0

    def run(self, first: int) -> Issued:
        """Issue all from the step `first` on. Raises NothingToLearn where nothing before it can be learned from."""
        test = self.issues[self.issues >= first]
        self._warm(first)
        found = [forecast for period in self._periods(test) for forecast in self._issued(period)]
        issue, step = pairs(test, self.gate.horizon)
        counts = (step < len(self.record.target)) & (step - issue >= self.gate.skip)
        issue, step = issue[counts], step[counts]
        forecast = np.concatenate(found)[counts]
        return Issued(issue, step, self.record.target[step], forecast, counts, self.train_s, self.predict_s)

    def alone(self, first: int) -> dict[str, FloatArray]:
        """What each member said by itself at the issues from `first` on, rows x levels, sorted."""
        kept = np.concatenate(self.log.issue) >= first
        said = np.sort(np.concatenate(self.log.forecast, axis=1)[:, kept], axis=2)
        return dict(zip((*MEMBERS, SMOOTHING), said, strict=True))

    def _warm(self, first: int) -> None:
        """The last days before the test are forecast too, for the first weights and bands."""
        before = self.issues[self.issues < first]
        there = (first - int(before[0])) // 3 if len(before) else 0
        begin = first - min(min(CORRECT_DAYS, self.gate.train_days // 4) * self.record.clock.day, there)
        self._smooth(begin)
        issues = before[before >= begin]
        self._say(self._members(begin), issues[sampled(len(issues), max(_ROWS_WARMED // self.gate.horizon, 1))])

    def _smooth(self, begin: int) -> None:
        begun, horizon = self._seconds(), self.gate.horizon
        issues = self.issues[self.issues >= begin - ERROR_DAYS * self.record.clock.day - horizon]
        smoothed = fit_smoothing(self.record, issues, horizon=horizon, first=begin)
        said = with_errors(self.record, smoothed, issues, horizon=horizon, first=begin, levels=self.levels)
        self._smoothed = dict(zip(issues[issues >= begin].tolist(), np.split(said, len(said) // horizon), strict=True))
        self.train_s += self._seconds() - begun

    def _periods(self, test: IntArray) -> Iterator[IntArray]:
        """Issues from one training to the next."""
        period = (test - test[0]) // (self.gate.retrain_days * self.record.clock.day)
        for number in np.unique(period):
            yield test[period == number]

    def _issued(self, issues: IntArray) -> Iterator[FloatArray]:
        members = self._members(int(issues[0]))
        said = self._say(members, issues)
        blocks = lead_blocks(np.arange(self.gate.horizon), self.record.clock.day)
        day, weighed_at, made_at = self.record.clock.day, -np.inf, -np.inf
        for number, issue in enumerate(map(int, issues)):
            if issue - weighed_at >= _WEIGHED_DAYS * day:
                combined, weighed_at, made_at = self._combination(issue, None), issue, issue
            elif issue - made_at >= day:
                combined, made_at = self._combination(issue, combined.weights), issue
            of_issue = said[:, number * self.gate.horizon : (number + 1) * self.gate.horizon]
            yield combined.apply(of_issue, members.low, members.high, blocks)

    def _members(self, now: int) -> Members:
        begun = self._seconds()
        begin = now - self.gate.train_days * self.record.clock.day
        known = self.issues[(self.issues >= max(begin, 0)) & (self.issues < now)]
        members = fit_members(self.record, known, horizon=self.gate.horizon, until=now, levels=self.levels)
        self.train_s += self._seconds() - begun
        return members

    def _say(self, members: Members, issues: IntArray) -> FloatArray:
        """Members x rows x levels."""
        begun = self._seconds()
        at_once = max(_ROWS_AT_ONCE // self.gate.horizon, 1)
        said = []
        for begin in range(0, len(issues), at_once):
            at, step = pairs(issues[begin : begin + at_once], self.gate.horizon)
            smoothed = [self._smoothed[issue] for issue in issues[begin : begin + at_once].tolist()]
            heard = np.clip(np.concatenate(smoothed), members.low, members.high)
            said.append(np.concatenate([members.forecast(rows(self.record, at, step)), heard[None]]))
            self.log.issue.append(at)
            self.log.step.append(step)
        self.log.forecast.extend(said)
        self.predict_s += self._seconds() - begun
        return np.concatenate(said, axis=1) if said else np.empty((len(MEMBERS) + 1, 0, len(self.levels)))

    def _combination(self, now: int, weights: FloatArray | None) -> Combined:
        begun = self._seconds()
        known = self.log.known(now, self.record)
        combined = fit_combination(known, self.levels, weights=weights, day=self.record.clock.day, now=now)
        self.train_s += self._seconds() - begun
        return combined
