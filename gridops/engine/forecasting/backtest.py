"""Forecasts of the past as they would have been issued then: rolling origin, inputs as known at each issue."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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
from gridops.engine.forecasting.features import Record, rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
        kept = (step < now) & (step >= now - CORRECT_DAYS * record.clock.day)
        forecasts = np.concatenate(self.forecast, axis=1)[:, kept]
        return Said(step[kept], record.target[step[kept]], forecasts, (step - issue)[kept])


class Backtest:
    """One series. `issues`: all steps at which forecasts are issued, ascending, training and test.

    `seconds`: what effort is measured with.
    """

    def __init__(
        self, record: Record, issues: IntArray, gate: Gate, levels: FloatArray, seconds: Callable[[], float]
    ) -> None:
        self.record, self.issues, self.gate, self.levels = record, issues, gate, levels
        self._seconds = seconds
        self.log = Log()
        self.train_s = self.predict_s = 0.0

    def run(self, first: int) -> Issued:
        """Issue all from the step `first` on."""
        day, gate = self.record.clock.day, self.gate
        held = int(min(CORRECT_DAYS, gate.train_days // 4)) * day
        warm = self._members(first - held)
        for issue in self.issues[(self.issues >= first - held) & (self.issues + gate.horizon <= first)]:
            self._say(warm, int(issue))
        test = self.issues[self.issues >= first]
        found, trained_at, members, weights = [], -1, warm, None
        blocks = lead_blocks(np.arange(gate.horizon), day)
        for issue in map(int, test):
            if trained_at < 0 or issue - trained_at >= gate.retrain_days * day:
                members, trained_at, weights = self._members(issue), issue, None
            combined = self._combination(issue, weights)
            weights = combined.weights
            forecasts = self._say(members, issue)
            found.append(combined.apply(forecasts, members.low, members.high, blocks))
        issue, step = pairs(test, gate.horizon)
        counts = (step < len(self.record.target)) & (step - issue >= gate.skip)
        return Issued(
            issue[counts],
            step[counts],
            self.record.target[step[counts]],
            np.concatenate(found)[counts],
            counts,
            self.train_s,
            self.predict_s,
        )

    def alone(self, first: int) -> dict[str, FloatArray]:
        """What each member said by itself at the issues from `first` on, rows x levels, sorted."""
        kept = np.concatenate(self.log.issue) >= first
        said = np.sort(np.concatenate(self.log.forecast, axis=1)[:, kept], axis=2)
        return dict(zip(MEMBERS, said, strict=True))

    def _members(self, now: int) -> Members:
        begun = self._seconds()
        begin = now - self.gate.train_days * self.record.clock.day
        known = self.issues[(self.issues >= max(begin, 0)) & (self.issues < now)]
        members = fit_members(self.record, known, horizon=self.gate.horizon, until=now, levels=self.levels)
        self.train_s += self._seconds() - begun
        return members

    def _say(self, members: Members, issue: int) -> FloatArray:
        begun = self._seconds()
        at, step = pairs(np.array([issue]), self.gate.horizon)
        forecasts = members.forecast(rows(self.record, at, step))
        self.log.issue.append(at)
        self.log.step.append(step)
        self.log.forecast.append(forecasts)
        self.predict_s += self._seconds() - begun
        return forecasts

    def _combination(self, now: int, weights: FloatArray | None) -> Combined:
        begun = self._seconds()
        known = self.log.known(now, self.record)
        combined = fit_combination(known, self.levels, weights=weights, day=self.record.clock.day, now=now)
        self.train_s += self._seconds() - begun
        return combined
