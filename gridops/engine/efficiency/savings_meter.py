"""Readings of one meter with the weather beside them, by hour and by day, and whether they suffice for a baseline."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray

WholeArray = npt.NDArray[np.signedinteger[Any]]

HOURS_A_WEEK: Final = 168
MOST_BASELINE_DAYS: Final = 366  # CalTRACK 2.2.1: the 12 months before the measure; a leap year has 366 days
LEAST_BASELINE_DAYS: Final = 365
LEAST_SHARE: Final = 0.9  # CalTRACK 2.2.1.2: of the days of the baseline
HALF: Final = 0.5  # CalTRACK 2.2.2: of the hours of a day
EXTREME_IQR: Final = 3.0  # CalTRACK 2.3.6: above the median by so many interquartile ranges


@dataclass(frozen=True, slots=True)
class MeterHours:
    """One row an hour of the local clock, in order. Arrays of length h; nan where not known.

    kwh: what the customer took in the hour; temperature_c: mean outside; day: number of the local day since 1970;
    hour_of_week: 0 is Monday 0 to 1 h; month: 1 to 12.
    """

    kwh: FloatArray
    temperature_c: FloatArray
    day: WholeArray
    hour_of_week: WholeArray
    month: WholeArray

    def within(self, first_day: int, end_day: int) -> "MeterHours":
        inside = (self.day >= first_day) & (self.day < end_day)
        return MeterHours(*(getattr(self, name)[inside] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class MeterDays:
    """One row a day. kwh and temperature_c: (d,), nan where not known; day: number of the local day since 1970."""

    kwh: FloatArray
    temperature_c: FloatArray
    day: WholeArray

    @property
    def known(self) -> BoolArray:
        return np.asarray(np.isfinite(self.kwh) & np.isfinite(self.temperature_c))

    def within(self, first_day: int, end_day: int) -> "MeterDays":
        inside = (self.day >= first_day) & (self.day < end_day)
        return MeterDays(self.kwh[inside], self.temperature_c[inside], self.day[inside])


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether a baseline may be learnt by the rules of CalTRACK 2.2 and 2.3; `failures` forbid it, `notes` do not."""

    days: int
    days_with_meter: int
    days_with_temperature: int
    days_with_both: int
    failures: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def passes(self) -> bool:
        return not self.failures


def to_days(hours: MeterHours) -> MeterDays:
    """Sums of energy (kWh) and means of temperature (degC) by local day.

    A day with more than half of its hours is filled up with the mean of those it has, one with less is not known
    (CalTRACK 2.2.2.1, 2.2.2.3).
    """
    day, place = np.unique(hours.day, return_inverse=True)
    total = np.bincount(place, minlength=len(day)).astype(float)
    return MeterDays(
        _filled(hours.kwh, place, total) * total, _filled(hours.temperature_c, place, total), day.astype(np.int64)
    )


def _filled(values: FloatArray, place: WholeArray, total: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    count = np.bincount(place, weights=known, minlength=len(total))
    mean = np.bincount(place, weights=np.where(known, values, 0.0), minlength=len(total)) / np.maximum(count, 1)
    return np.where(count > HALF * total, mean, np.nan)


def sufficiency(days: MeterDays, first_day: int, end_day: int) -> Sufficiency:
    """Judge the baseline from first_day to end_day (excluded); `days` may hold fewer rows than that."""
    asked = end_day - first_day
    with_meter, with_temperature = int(np.isfinite(days.kwh).sum()), int(np.isfinite(days.temperature_c).sum())
    both = int(days.known.sum())
    failures = [*_length(asked), *_coverage(asked, with_meter, with_temperature, both)]
    negative = int((days.kwh < 0).sum())
    if negative:
        failures.append(
            f"{negative} days are below 0 kWh: the meter has generation behind it; give the consumption alone."
        )
    return Sufficiency(asked, with_meter, with_temperature, both, tuple(failures), _extremes(days.kwh))


def _length(asked: int) -> list[str]:
    if LEAST_BASELINE_DAYS <= asked <= MOST_BASELINE_DAYS:
        return []
    return [f"The baseline has {asked} days; CalTRACK asks for the 12 months before the measure (365 or 366 days)."]


def _coverage(asked: int, with_meter: int, with_temperature: int, both: int) -> list[str]:
    least = LEAST_SHARE * asked
    shares = (("meter readings", with_meter), ("temperatures", with_temperature), ("both", both))
    return [
        f"{count} of {asked} days of the baseline have {name}; at least {LEAST_SHARE:.0%} must."
        for name, count in shares
        if count < least
    ]


def _extremes(kwh: FloatArray) -> tuple[str, ...]:
    known = kwh[np.isfinite(kwh)]
    if not known.size:
        return ()
    low, median, high = np.quantile(known, (0.25, 0.5, 0.75))
    limit = float(median + EXTREME_IQR * (high - low))
    count = int((known > limit).sum())
    return (f"{count} days are above {limit:.4g} kWh (median and 3 interquartile ranges): look at them.",) * (count > 0)
