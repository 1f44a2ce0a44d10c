"""False, frozen and replayed readings, told from clean ones by habit, by what meters say of each other and by time.

Nothing is learnt from attacks. Every test turns the readings of all meters into one course in time; the line that the
course must not cross is drawn on clean data, so that all tests together cross theirs as often as is allowed.

What it cannot find: readings forged within the habit and within the noise, slower or smaller than its lines; meters
that were lied to already while it learned; a network that was switched after it learned, until it has learned anew.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from gridops.engine.anomaly.arrays import BoolArray, FloatArray, IntArray
from gridops.engine.anomaly.balance import Balance, fit_balance, unbalanced
from gridops.engine.anomaly.courses import Echo, echo, lasting_mean, lasting_median, step_size, still_for
from gridops.engine.anomaly.habit import Factors, Habit, deviation, fit_factors, fit_habit, unshared
from gridops.engine.anomaly.relations import CurrentLaw, Relations, current_error, fit_relations, unforetold
from gridops.engine.anomaly.thresholds import Line, line_of

AT_LEAST, OF_LAST = 3, 5  # scans
FEW = 10  # of the strongest meters, that count together
MOST_EACH = 12.0
LEAST_STILL = 4  # readings
SURE_ECHO = 0.999
ECHO_SAMPLES = 60
ODD_BEYOND, NEARLY_ALL = 1.2, 0.97
LEAST_NORMAL = 0.5  # of the median meter


class Check(StrEnum):
    """What was looked at."""

    HABIT_NOW = "habit-now"
    HABIT_HALF_HOUR = "habit-half-hour"
    HABIT_HOURS = "habit-hours"
    OTHERS_NOW = "others-now"
    OTHERS_HALF_HOUR = "others-half-hour"
    OTHERS_HOURS = "others-hours"
    BALANCE_NOW = "balance-now"
    BALANCE_HALF_HOUR = "balance-half-hour"
    BALANCE_HOURS = "balance-hours"
    TOGETHER_HABIT = "together-habit"
    TOGETHER_BALANCE = "together-balance"
    STEP = "step"
    CURRENT = "current"
    STILL = "still"
    ECHO = "echo"
    ECHO_TOGETHER = "echo-together"


# Of one meter at a time: what it is called on, and for how many scans it is taken together.
_LASTING = {
    Check.HABIT_HALF_HOUR: 30, Check.HABIT_HOURS: 120, Check.OTHERS_HALF_HOUR: 30, Check.OTHERS_HOURS: 120,
    Check.BALANCE_HALF_HOUR: 30, Check.BALANCE_HOURS: 120,
}  # fmt: skip
_ECHOES = (Check.ECHO, Check.ECHO_TOGETHER)


@dataclass(frozen=True, slots=True)
class Settings:
    """Scans are evenly spaced; windows are numbers of scans."""

    slots: int
    scans_per_day: float = 1440.0
    most_factors: int = 40
    tellers: int = 10
    now_scans: int = 5
    step_scans: int = 6
    echo_scans: int = 30
    echo_least_ago: int = 60
    echo_every: int = 20
    stretch_scans: int = 60
    alarms_per_day: float = 0.25  # of all tests together


@dataclass(frozen=True, slots=True)
class Model:
    settings: Settings
    habit: Habit
    factors: Factors
    relations: Relations
    balance: Balance
    law: CurrentLaw
    normal: dict[Check, FloatArray]  # (M,) how large the meter's course is on clean data
    stands_still: IntArray  # (M,) longest stillness of clean data, scans
    lines: dict[Check, Line] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Per test: the course of the strongest meter over its line (above 1: crossed), and which meter it was."""

    excess: dict[Check, FloatArray]  # (T,)
    meter: dict[Check, IntArray]  # (T,)
    scores: dict[Check, FloatArray]  # (T, M) over the line, for evidence

    def crossed(self) -> BoolArray:
        return np.asarray(np.any([course > 1 for course in self.excess.values()], axis=0))

    def alarmed(self) -> BoolArray:
        """(T,) where a line was crossed in most of the last scans: a single crossing is no alarm."""
        count = np.convolve(self.crossed().astype(int), np.ones(OF_LAST, int))[: len(self.crossed())]
        return np.asarray(count >= AT_LEAST)


def learn(
    values: FloatArray, slot: IntArray, law: CurrentLaw, settings: Settings, near: dict[int, list[int]] | None = None
) -> Model:
    """Habit, factors, relations, normal sizes and lines from clean readings.

    values: (T, M), evenly spaced, nan where unknown, in any unit but for those of `law`; slot: (T,) slot of the day.
    The older half is fitted; it and the third quarter say how large courses normally are; the last one draws the
    lines: what a fit has seen is quieter than what it has not.
    """
    half = len(values) // 2
    habit = fit_habit(values[:half], slot[:half], settings.slots)
    apart = deviation(habit, values, slot)
    every = max(1, half // 6000)
    factors = fit_factors(apart[:half:every], settings.most_factors)
    rest = unshared(factors, apart)
    relations = fit_relations(rest[:half:every], tellers=settings.tellers, near=near)
    balance = fit_balance(values[:half])
    blank = Model(settings, habit, factors, relations, balance, law, {}, np.zeros(values.shape[1], np.int64))
    late = half + (len(values) - half) // 2
    seen, unseen = (_courses(blank, values[part], slot[part]) for part in (slice(half), slice(half, late)))
    normal = {test: np.maximum(_normal(seen[test]), _normal(unseen[test])) for test in seen}
    still = still_for(values[:late]).max(axis=0)
    last = _courses(blank, values[late:], slot[late:])
    roomy = {test: _with_room(normal[test], course) for test, course in last.items()}
    model = Model(settings, habit, factors, relations, balance, law, roomy, still)
    return _with_lines(model, values[late:], slot[late:])


def assess(model: Model, values: FloatArray, slot: IntArray) -> Assessment:
    """All tests but the echo on consecutive scans: (T, M). The first two hours only fill the windows."""
    excess, meter, scores = {}, {}, {}
    for test, course in _scored(model, values, slot).items():
        strongest = np.argmax(course, axis=1)
        line = model.lines[test].threshold
        excess[test] = course[np.arange(len(course)), strongest] / line
        meter[test] = strongest
        scores[test] = course / line
    return Assessment(excess, meter, scores)


def assess_echo(model: Model, values: FloatArray, slot: IntArray) -> tuple[dict[Check, float], Echo]:
    """Whether the newest scans were there before: values (T, M) over the times to compare with, the newest last."""
    found = _echo(model, values, slot)
    told = {Check.ECHO: float(found.likeness.max(initial=0.0)), Check.ECHO_TOGETHER: found.together}
    return {test: value / model.lines[test].threshold for test, value in told.items()}, found


def _echo(model: Model, values: FloatArray, slot: IntArray) -> Echo:
    settings = model.settings
    rest = unshared(model.factors, deviation(model.habit, values, slot))
    return echo(rest, window=settings.echo_scans, least_ago=settings.echo_least_ago)


def _courses(model: Model, values: FloatArray, slot: IntArray) -> dict[Check, FloatArray]:
    """Signed courses of each meter, before they are measured by what is normal."""
    settings = model.settings
    rest = unshared(model.factors, deviation(model.habit, values, slot))
    others = unforetold(model.relations, rest)
    now = lasting_median(rest, settings.now_scans)
    found = {Check.HABIT_NOW: now, Check.OTHERS_NOW: lasting_median(others, settings.now_scans)}
    left = unbalanced(model.balance, values)
    found[Check.BALANCE_NOW] = lasting_median(left, settings.now_scans)
    for test, scans in _LASTING.items():
        found[test] = lasting_mean({"habit": rest, "others": others, "balance": left}[test.split("-")[0]], scans)
    found[Check.STEP] = step_size(now, settings.step_scans)
    if len(model.law.current):
        found[Check.CURRENT] = lasting_median(current_error(model.law, values), settings.now_scans)
    return found


def _scored(model: Model, values: FloatArray, slot: IntArray) -> dict[Check, FloatArray]:
    found = {}
    for test, course in _courses(model, values, slot).items():
        found[test] = np.abs(course) / model.normal[test]
    found[Check.TOGETHER_HABIT] = _together(found[Check.HABIT_NOW])
    found[Check.TOGETHER_BALANCE] = _together(found[Check.BALANCE_NOW])
    still = still_for(values)
    found[Check.STILL] = np.where(still >= LEAST_STILL, still / (1.0 + model.stands_still), 0.0)
    return found


def _together(score: FloatArray) -> FloatArray:
    """The few strongest meters of a scan, added: each of them carries the sum, the others 0."""
    held = np.minimum(score, MOST_EACH)
    few = min(FEW, held.shape[1])
    place = np.argpartition(-held, few - 1, axis=1)[:, :few]
    strongest = np.take_along_axis(held, place, axis=1)
    total = np.zeros_like(held)
    np.put_along_axis(total, place, strongest / strongest.max(axis=1, keepdims=True).clip(1e-9), axis=1)
    return np.asarray(total * strongest.sum(axis=1, keepdims=True))


def _normal(course: FloatArray) -> FloatArray:
    """So large that a normal course would be within three of it in 99.7 % of clean scans, and within five always.

    No meter is believed to be much quieter than most: one that hardly moved would shout at its first move.
    """
    size = np.abs(np.nan_to_num(course))
    own = np.maximum(np.quantile(size, 0.997, axis=0) / 3.0, size.max(axis=0) / 5.0)
    return np.asarray(np.maximum(own, max(LEAST_NORMAL * float(np.median(own)), 1e-9)))


def _with_room(normal: FloatArray, course: FloatArray) -> FloatArray:
    """A meter that was far beyond all others in the days of the lines gets room of its own, not all of them."""
    largest = np.abs(np.nan_to_num(course)).max(axis=0) / normal
    most = ODD_BEYOND * float(np.quantile(largest, NEARLY_ALL))
    return np.asarray(normal * np.maximum(largest / max(most, 1e-9), 1.0))


def _with_lines(model: Model, values: FloatArray, slot: IntArray) -> Model:
    settings = model.settings
    scored = _scored(model, values, slot)
    budget = settings.alarms_per_day / (len(scored) + len(_ECHOES))
    lines = {
        test: line_of(
            course.max(axis=1),
            scans_per_day=settings.scans_per_day,
            stretch_scans=settings.stretch_scans,
            alarms_per_day=budget,
        )
        for test, course in scored.items()
    }
    lines[Check.STILL] = Line(max(lines[Check.STILL].threshold, 2.0), lines[Check.STILL].tail)
    return replace(model, lines=lines | _echo_lines(model, values, slot, budget))


def _echo_lines(model: Model, values: FloatArray, slot: IntArray, budget: float) -> dict[Check, Line]:
    """Clean data compared with its own past, at so many times."""
    settings = model.settings
    back = min(len(values) // 2, int(2 * settings.scans_per_day))
    ends = np.linspace(back, len(values), ECHO_SAMPLES).astype(int)
    found = [_echo(model, values[end - back : end], slot[end - back : end]) for end in np.unique(ends).tolist()]
    per_day = settings.scans_per_day / settings.echo_every
    single = np.array([one.likeness.max(initial=0.0) for one in found])
    together = np.array([one.together for one in found])
    drawn = {
        test: line_of(course, scans_per_day=per_day, stretch_scans=1, alarms_per_day=budget)
        for test, course in ((Check.ECHO, single), (Check.ECHO_TOGETHER, together))
    }
    return drawn | {Check.ECHO: Line(min(drawn[Check.ECHO].threshold, SURE_ECHO), drawn[Check.ECHO].tail)}
