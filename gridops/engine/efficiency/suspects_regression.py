"""What lacks in the balance, explained by the courses of single meters.

Each hour counts less what is usual at its month and hour of day, so that homes that live alike are told apart by what
is their own. Meters are taken in one by one, each time the one that explains most of what is left (orthogonal matching
pursuit, Pati et al. 1993), with the pattern in time and the week of the begin that fit best.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.efficiency.suspects_readings import Calendar, without_usual
from gridops.engine.network.model import BoolArray, FloatArray

LASTING = 1.5  # what is lacking in an hour lacks in the next: errors are larger than independent hours would have
SYSTEMATIC = 0.02  # a meter of its class and a loss model that is a few per cent off come to such a share
LEAST_SCORE = 2.6
MOST_TAKEN = 20
LEAST_WEEKS = 6  # that a begin must leave, and have before it
BEGIN_COSTS = 6.0  # a begin, chosen among many weeks, must explain so much more (squared score)
PATTERN_COSTS = 6.0
LEADS = (1, 2, 3, -1, -2, -3)

PATTERNS = ("always", "night", "winter", "summer", "shown")
SHOWN = PATTERNS.index("shown")  # a constant that is drawn whenever the meter shows anything: past it, before the rest


@dataclass(frozen=True, slots=True)
class Taken:
    """A meter's course that explains part of what lacks."""

    meter: int
    pattern: int  # position in `PATTERNS`
    since_week: int  # 0: from the first
    share: float  # lacking per kWh shown; of `SHOWN` kW
    sigma: float
    halves: tuple[float, float]  # scores in even and in odd weeks

    @property
    def score(self) -> float:
        systematic = 0.0 if self.pattern == SHOWN else SYSTEMATIC
        return self.share / float(np.hypot(self.sigma, systematic))


@dataclass(frozen=True, slots=True)
class Courses:
    taken: tuple[Taken, ...]  # a meter once
    columns: FloatArray  # hours x taken, as they lack per unit of the share
    left: FloatArray  # hours: what none of them explains, less what is usual; 0 where not used


def explained_by(kwh: FloatArray, residual_kwh: FloatArray, calendar: Calendar, used: BoolArray) -> Courses:
    """kwh: hours x meters, filled; residual_kwh: hours, positive where energy is lacking; used: hours that count.

    With fewer than `LEAST_WEEKS` twice over, or fewer than three hours a meter, nothing is taken.
    """
    week = calendar.day // 7
    enough = used.sum() >= max(3 * kwh.shape[1], 2 * LEAST_WEEKS * 7 * 24)
    weight = _weights(kwh)
    scan = _Scan(kwh, calendar, used, weight)
    taken: list[tuple[int, int, int]] = []
    columns = np.zeros((len(kwh), 0))
    rest = np.where(used, without_usual(np.where(used, residual_kwh, 0.0), calendar.bins, used), 0.0)
    left, beta, sigma, halves = rest, np.zeros(0), np.zeros(0), np.zeros((2, 0))
    while enough and len(taken) < MOST_TAKEN:
        best = scan.best(left, {one[0] for one in taken})
        if best is None:
            break
        taken.append(best)
        columns = np.column_stack([columns, column_of(kwh, calendar, *best)])
        own = np.where(used[:, None], without_usual(columns, calendar.bins, used), 0.0)
        beta, sigma = fitted(own[used] * weight[used, None], rest[used] * weight[used])
        left = np.where(used, rest - own @ beta, 0.0)
        halves = np.stack(
            [
                _score(*fitted(own[mine] * weight[mine, None], rest[mine] * weight[mine]))
                for mine in (used & (week % 2 == 0), used & (week % 2 == 1))
            ]
        )
    told = [
        Taken(*one, float(beta[n]), float(sigma[n]), (float(halves[0, n]), float(halves[1, n])))
        for n, one in enumerate(taken)
    ]
    return Courses(tuple(told), columns, left)


def _weights(kwh: FloatArray) -> FloatArray:
    """Hours: meters err by a share of what they read, so an hour in which little is drawn tells more."""
    level = kwh.sum(axis=1)
    mean = max(float(level.mean()), 1e-9)
    return np.asarray(mean / np.maximum(level, 0.3 * mean), np.float64)


def column_of(kwh: FloatArray, calendar: Calendar, meter: int, pattern: int, since_week: int) -> FloatArray:
    """Hours: what lacks per unit of the share."""
    shape = _shown(kwh)[:, meter] if pattern == SHOWN else kwh[:, meter]
    return np.asarray(shape * _on(calendar)[pattern] * (calendar.day // 7 >= since_week), np.float64)


def _on(calendar: Calendar) -> BoolArray:
    every = np.ones(len(calendar.day), np.bool_)
    return np.stack([every, calendar.is_night, calendar.is_winter, ~calendar.is_winter, every])


def _shown(kwh: FloatArray) -> FloatArray:
    typical = np.nan_to_num(np.median(kwh, axis=0))
    return np.asarray(kwh > 0.01 * typical, np.float64)


class _Scan:
    """Sums by week, so that every begin of every pattern is tried at once."""

    def __init__(self, kwh: FloatArray, calendar: Calendar, used: BoolArray, weight: FloatArray) -> None:
        week = calendar.day // 7
        self._used, self._on = used, _on(calendar)
        self._starts = np.flatnonzero(np.concatenate([[True], np.diff(week) != 0]))
        self._week = week[self._starts]
        own = without_usual(kwh, calendar.bins, used)
        shown = without_usual(_shown(kwh), calendar.bins, used)
        self._own = [np.where(used[:, None], one * weight[:, None], 0.0) for one in (own, shown)]
        self._weight = weight
        self._squares = [self._from_week(self._of(pattern) ** 2, pattern) for pattern in range(len(PATTERNS))]
        weeks = len(self._week)
        late = (np.arange(weeks) < LEAST_WEEKS) | (np.arange(weeks) > weeks - LEAST_WEEKS)
        self._cost = np.where(np.arange(weeks) == 0, 0.0, np.where(late, np.inf, BEGIN_COSTS))

    def best(self, left: FloatArray, without: set[int]) -> tuple[int, int, int] | None:
        """Meter, pattern and week that explain most of what is left; None where nothing is clear."""
        left = left * self._weight
        variance = LASTING**2 * float(np.mean(left[self._used] ** 2)) if self._used.any() else 0.0
        found: tuple[float, int, int, int] | None = None
        for pattern in range(len(PATTERNS)):
            product = self._from_week(self._of(pattern) * left[:, None], pattern)
            gain = self._gain(product, pattern, variance)
            gain[:, list(without)] = -np.inf
            week, meter = np.unravel_index(int(np.argmax(gain)), gain.shape)
            value = float(gain[week, meter])
            if found is None or value > found[0]:
                found = (value, int(meter), pattern, int(self._week[week]) if week else 0)
        return found[1:] if found is not None and found[0] > LEAST_SCORE**2 else None

    def _gain(self, product: FloatArray, pattern: int, variance: float) -> FloatArray:
        square = self._squares[pattern]
        share = np.divide(product, square, out=np.zeros_like(product), where=square > 1e-9)
        error = np.divide(variance, square, out=np.full_like(product, np.inf), where=square > 1e-9)
        gain = share**2 / (error + (0.0 if pattern == SHOWN else SYSTEMATIC**2))
        always = (np.arange(len(gain)) == 0)[:, None] & (pattern == 0)
        gain = np.where((share < 0) & ~always, -np.inf, gain)  # a meter that shows too much does so always
        return np.asarray(gain - self._cost[:, None] - (PATTERN_COSTS if pattern else 0.0), np.float64)

    def _of(self, pattern: int) -> FloatArray:
        return self._own[1 if pattern == SHOWN else 0]

    def _from_week(self, values: FloatArray, pattern: int) -> FloatArray:
        """Weeks x meters: sums from each week to the end."""
        by_week = np.add.reduceat(values * self._on[pattern][:, None], self._starts, axis=0)
        return np.asarray(np.cumsum(by_week[::-1], axis=0)[::-1], np.float64)


def fitted(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares: coefficients and their standard deviations; inf where nothing moves."""
    count = x.shape[1]
    if len(x) <= count or not count:
        return np.zeros(count), np.full(count, np.inf)
    gram = x.T @ x
    empty = np.diag(gram) < 1e-12
    gram[np.diag_indices(count)] += 1e-9 * max(float(np.trace(gram)) / count, 1e-9)
    inverse = np.linalg.inv(gram)
    beta = inverse @ (x.T @ y)
    spread = float(np.sum((y - x @ beta) ** 2)) / (len(x) - count)
    sigma = LASTING * np.sqrt(np.maximum(spread * np.diag(inverse), 0.0))
    return np.where(empty, 0.0, beta), np.where(empty, np.inf, np.maximum(sigma, 1e-9))


def _score(beta: FloatArray, sigma: FloatArray) -> FloatArray:
    return np.asarray(beta / sigma, np.float64)


@dataclass(frozen=True, slots=True)
class Lead:
    hours: int  # by which the meter's clock is behind; negative: ahead
    weight: float  # of the shifted course; 1 where the clock alone explains it
    score: float


def clock_lead(kwh: FloatArray, target: FloatArray, calendar: Calendar, used: BoolArray) -> Lead:
    """Of one meter: is what lacks its own course some hours later, less what it shows?

    target: hours, its own part of what lacks, less what is usual.
    """
    own = without_usual(kwh, calendar.bins, used)
    best = Lead(0, 0.0, 0.0)
    for shift in LEADS:
        moved = without_usual(np.roll(kwh, -shift), calendar.bins, used)
        beta, sigma = fitted(np.stack([own, moved], axis=1)[used], target[used])
        score = float(beta[1] / sigma[1])
        if score > best.score:
            best = Lead(shift, float(beta[1]), score)
    return best
