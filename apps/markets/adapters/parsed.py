"""What a file says, before any row exists; every problem names the place and the remedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.markets.choices import (
    EMISSION_UNIT,
    EMISSIONS,
    FUNDAMENTALS,
    PLAUSIBLE_EMISSION,
    PLAUSIBLE_POWER,
    PLAUSIBLE_PRICE,
    POWER_UNIT,
    Product,
)

FloatArray = npt.NDArray[np.float64]

MOST_BYTES = 32 * 1024 * 1024
MOST_VALUES = 1_000_000
MOST_TOLD = 20
STEPS_S = (300, 600, 900, 1800, 3600)
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class FileRefused(Exception):
    """`problems`: each names its row or element, what is wrong there and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a file does not say. `clock`: the time zone of a bidding zone."""

    clock: Callable[[str], ZoneInfo]
    zone: str = ""
    product: Product = Product.DAY_AHEAD


@dataclass(frozen=True, slots=True)
class SeriesKey:
    zone: str
    product: Product
    auction: str
    step_s: int
    unit: str

    @property
    def label(self) -> str:
        auction = f", auction {self.auction}" if self.auction else ""
        return f"{self.zone}, {self.product.label}{auction}, {self.step_s // 60} min"


@dataclass(frozen=True, slots=True)
class ParsedSeries:
    """On a regular grid; nan where the file says nothing. known_at: since when it was known, as the file says."""

    key: SeriesKey
    starts_at: datetime
    values: FloatArray
    known_at: datetime | None = None
    published_at: datetime | None = None

    @property
    def step(self) -> timedelta:
        return timedelta(seconds=self.key.step_s)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + len(self.values) * self.step


@dataclass(slots=True)
class ParsedFile:
    """`notes`: what was found and taken as it is, in words."""

    series: list[ParsedSeries] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Stretch = tuple[int, FloatArray, str]  # unix seconds of its begin, values, where the file says it


def laid(key: SeriesKey, stretches: Sequence[Stretch], problems: list[str]) -> tuple[int, FloatArray]:
    """Stretches of one series on one grid, and the second at which it begins. Two that contradict are a problem."""
    first = min(begin for begin, _, _ in stretches)
    end = max(begin + key.step_s * len(values) for begin, values, _ in stretches)
    if (end - first) // key.step_s > MOST_VALUES:
        problems.append(f"{key.label}: it spans more than {MOST_VALUES} steps; cut the file or mend a wrong year")
        return first, np.full(1, np.nan)
    whole = np.full((end - first) // key.step_s, np.nan)
    for begin, values, where in stretches:
        if (begin - first) % key.step_s:
            problems.append(f"{where}: its steps do not lie on those of {key.label}; give times on one grid")
            continue
        place = (begin - first) // key.step_s
        target = whole[place : place + len(values)]
        both = np.isfinite(target) & np.isfinite(values)
        if (wrong := np.flatnonzero(both & (target != values))).size:
            at = datetime.fromtimestamp(begin + int(wrong[0]) * key.step_s, UTC)
            problems.append(
                f"{where}: {at:%Y-%m-%d %H:%M} UTC is told twice, {target[wrong[0]]:g} and {values[wrong[0]]:g}; "
                "leave one of them out"
            )
            continue
        target[:] = np.where(np.isfinite(values), values, target)
    return first, whole


def implausible(product: Product, value: float) -> str:
    """Why a value cannot be; empty if it can."""
    low, high = _plausible(product)
    if low <= value <= high:
        return ""
    return f"{value:g} is no possible value of a {product.label.lower()}; see whether the unit is told rightly"


def _plausible(product: Product) -> tuple[float, float]:
    if product in FUNDAMENTALS:
        return PLAUSIBLE_POWER
    return PLAUSIBLE_EMISSION if product in EMISSIONS else PLAUSIBLE_PRICE


def unit_of(product: Product, currency: str) -> str:
    if product in FUNDAMENTALS:
        return POWER_UNIT
    return EMISSION_UNIT if product in EMISSIONS else f"{currency}/MWh"


def instant(moment: datetime) -> datetime:
    """In UTC. Raises ValueError if it cannot be one of a market."""
    try:
        found = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it lies outside 1990 to 2200") from None
    if not EARLIEST <= found <= LATEST:
        raise ValueError("it lies outside 1990 to 2200")
    return found
