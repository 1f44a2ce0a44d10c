"""Factors of the year's profiles at a time, and the small unrest of every element around them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from gridops.cases.case import Generator, GeneratorKind, Load, NetworkCase, Profile, Storage
from gridops.cases.season import profile_time
from gridops.simulator.chance import SealedCourse

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

DAY_S = 86_400
# Built-in days, 24 hourly factors from midnight UTC, for elements whose source names no profile.
# Household and small business demand: trough before dawn, peak in the evening.
DEMAND_DAY = (
    0.45, 0.41, 0.39, 0.38, 0.40, 0.46, 0.58, 0.70, 0.75, 0.76, 0.77, 0.80,
    0.80, 0.76, 0.73, 0.73, 0.77, 0.88, 0.97, 1.00, 0.95, 0.84, 0.68, 0.54,
)  # fmt: skip
SOLAR_DAY = (
    (0.0,) * 5 + (0.02, 0.10, 0.24, 0.40, 0.55, 0.66, 0.73, 0.75, 0.72, 0.64, 0.52, 0.37, 0.21, 0.09, 0.02) + (0.0,) * 4
)
STEADY_DAY = (0.55,) * 24
IDLE_DAY = (0.0,) * 24

BUILT_IN: tuple[Profile, ...] = tuple(
    Profile(name=name, step_s=3600, start="2016-01-01T00:00:00+00:00", p=values, q=values)
    for name, values in (
        (name, np.asarray(day, dtype=np.float32))
        for name, day in (
            ("built-in demand", DEMAND_DAY),
            ("built-in solar", SOLAR_DAY),
            ("built-in steady", STEADY_DAY),
            ("built-in idle", IDLE_DAY),
        )
    )
)
DEMAND, SOLAR, STEADY, IDLE = range(len(BUILT_IN))


@dataclass(frozen=True, slots=True)
class _Track:
    start: float  # unix seconds of the first value
    step_s: int
    p: npt.NDArray[np.float32]
    q: npt.NDArray[np.float32]

    def at(self, moment: float) -> tuple[float, float]:
        position = (moment - self.start) / self.step_s
        lower = math.floor(position)
        share = position - lower
        first, second = lower % len(self.p), (lower + 1) % len(self.p)
        return (
            float(self.p[first]) * (1 - share) + float(self.p[second]) * share,
            float(self.q[first]) * (1 - share) + float(self.q[second]) * share,
        )

    def course(self, unix_s: FloatArray) -> FloatArray:
        """Factors of P at many times."""
        position = (unix_s - self.start) / self.step_s
        lower = np.floor(position).astype(np.int64)
        share = position - lower
        return np.asarray(self.p[lower % len(self.p)] * (1 - share) + self.p[(lower + 1) % len(self.p)] * share)


def _track(profile: Profile) -> _Track:
    start = datetime.fromisoformat(profile.start)
    if start.tzinfo is None:
        start = start.replace(tzinfo=UTC)
    return _Track(start.timestamp(), profile.step_s, profile.p, profile.q)


class Profiles:
    """The case's profiles; loads, generators and storages, in this order, are named by position.

    A time beyond the last value wraps round to the first, so that a year repeats.
    """

    def __init__(self, case: NetworkCase) -> None:
        self._tracks = [_track(profile) for profile in (*BUILT_IN, *case.profiles)]
        names = {profile.name: len(BUILT_IN) + position for position, profile in enumerate(case.profiles)}
        elements: Sequence[Load | Generator | Storage] = [*case.loads, *case.generators, *case.storages]
        self.track_of: IntArray = np.array([_track_of(element, names) for element in elements], dtype=np.int32)
        self._used = np.unique(self.track_of).tolist()
        self.has_own = bool(case.profiles)
        self.year = datetime.fromisoformat(case.profiles[0].start).year if case.profiles else 2016
        self.year_start_s = datetime(self.year, 1, 1, tzinfo=UTC).timestamp()

    def factors(self, at: datetime) -> tuple[FloatArray, FloatArray]:
        """Factors of P and of Q, one per element, linear between the profile's values."""
        moment = at.timestamp()
        table = np.zeros((len(self._tracks), 2))
        for track in self._used:
            table[track] = self._tracks[track].at(moment)
        return table[self.track_of, 0], table[self.track_of, 1]

    def course(self, unix_s: FloatArray, p_kw: FloatArray) -> FloatArray:
        """What elements of these powers at factor 1 do together at many times."""
        size = np.bincount(self.track_of, weights=p_kw, minlength=len(self._tracks))
        total = np.zeros(len(unix_s))
        for track in np.flatnonzero(size).tolist():
            total += size[track] * self._tracks[track].course(unix_s)
        return total

    def same_season(self, wall: datetime) -> datetime:
        """The wall clock's week, weekday and time of day, in the year that the profiles describe."""
        return profile_time(wall, self.year)


def _track_of(element: Load | Generator | Storage, names: dict[str, int]) -> int:
    if element.profile in names:
        return names[element.profile]
    if isinstance(element, Load):
        return DEMAND
    if isinstance(element, Storage):
        return IDLE
    return SOLAR if element.kind is GeneratorKind.PHOTOVOLTAIC else STEADY


class Unrest:
    """A first-order autoregressive factor around 1 for every element, so that something moves in each scan."""

    def __init__(self, sigma: FloatArray, memory_s: float, generator: np.random.Generator) -> None:
        self._sigma = sigma
        self._memory_s = memory_s
        self._generator = generator
        self._state = generator.standard_normal(len(sigma))

    def step(self, dt_s: float, _at_us: int = 0) -> FloatArray:
        keep = math.exp(-max(dt_s, 0.0) / self._memory_s)
        fresh = self._generator.standard_normal(len(self._sigma))
        self._state = keep * self._state + math.sqrt(1 - keep * keep) * fresh
        return np.clip(1 + self._sigma * self._state, 0.0, None)


class SealedUnrest:
    """The same unrest as a course of its own, wherever the steps end."""

    def __init__(self, sigma: FloatArray, memory_s: float, seed: int) -> None:
        self._sigma = sigma
        self._course = SealedCourse(len(sigma), memory_s, seed, 4)

    def step(self, _dt_s: float, at_us: int) -> FloatArray:
        return np.clip(1 + self._sigma * self._course.at(at_us), 0.0, None)
