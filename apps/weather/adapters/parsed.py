"""What a file says, before any row exists; every refusal names the place and the remedy."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.weather.choices import AVERAGED, PLAUSIBLE, Variable

FloatArray = npt.NDArray[np.float64]

MOST_BYTES = 32 * 1024 * 1024
MOST_SERIES = 20_000
MOST_STEPS = 20_000
MOST_VALUES = 4_000_000
SHORTEST_STEP_S, LONGEST_STEP_S = 60, 24 * 3600
EARLIEST, LATEST = datetime(1940, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class FileRefused(Exception):
    """`place` is the field or the row, `text` what is wrong with it and what to do."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}")


@dataclass(frozen=True, slots=True)
class Place:
    """By name, by coordinates, or by both."""

    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None


@dataclass(frozen=True, slots=True)
class ParsedSeries:
    place: Place
    variable: Variable
    member: int
    starts_at: datetime
    step_s: int
    values: FloatArray

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.step_s * len(self.values))


@dataclass(slots=True)
class ParsedRun:
    """None: the file does not say."""

    issued_at: datetime | None
    available_at: datetime | None
    series: list[ParsedSeries] = field(default_factory=list)

    @property
    def newest(self) -> datetime:
        return max(one.ends_at for one in self.series)


def checked(variable: Variable, values: FloatArray, place: str) -> FloatArray:
    """Within what the earth can have; nan stays. A little below zero at night is a sensor's zero."""
    low, high = PLAUSIBLE[variable]
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(np.isinf(values) | (values < low) | (values > high))
    if len(wrong):
        value = f"{values[wrong[0]]:g}"
        raise FileRefused(
            f"{place}[{wrong[0]}]",
            f"{value} is no possible value of {variable.label}; see whether the unit is told rightly",
        )
    return np.where(values < 0, 0.0, values) if variable in AVERAGED else values


def step_of(times_s: npt.NDArray[np.int64], place: str) -> int:
    """The step of equidistant, rising instants."""
    if len(times_s) > MOST_STEPS:
        raise FileRefused(place, f"{len(times_s)} instants are more than {MOST_STEPS}; cut the file into shorter ones")
    if len(times_s) < 2:
        return 3600
    gaps = np.diff(times_s)
    if (wrong := np.flatnonzero(gaps <= 0)).size:
        raise FileRefused(
            f"{place}[{wrong[0] + 1}]", "the time does not come after the one before it; give rising times, best in UTC"
        )
    step = int(gaps[0])
    if (wrong := np.flatnonzero(gaps != step)).size:
        raise FileRefused(
            f"{place}[{wrong[0] + 1}]",
            f"the time is not {step} s after the one before it; give equal steps in UTC, with null for what is missing",
        )
    return checked_step(step, place)


def checked_step(step_s: int, place: str) -> int:
    if not SHORTEST_STEP_S <= step_s <= LONGEST_STEP_S:
        raise FileRefused(place, f"a step of {step_s} s is not between one minute and one day")
    return step_s


def checked_instant(moment: datetime, place: str) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise FileRefused(place, f"{moment:%Y-%m-%d} lies outside 1940 to 2200; see whether the time is told rightly")
    return moment


def instant_of(text: object, place: str) -> datetime:
    """An instant that says its offset."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise FileRefused(place, f"{str(text)[:40]!r} is no time; write one like 2026-03-10T06:00Z")
    if moment.tzinfo is None:
        raise FileRefused(place, f"{str(text)[:40]!r} has no offset; write Z behind a time of UTC, or +01:00")
    try:
        return checked_instant(moment.astimezone(UTC), place)
    except OverflowError:
        raise FileRefused(place, f"{str(text)[:40]!r} lies outside 1940 to 2200") from None


def coordinate(value: object, place: str, limit: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        raise FileRefused(place, f"{str(value)[:40]!r} is no coordinate; give degrees from {-limit:g} to {limit:g}")
    return float(value)
