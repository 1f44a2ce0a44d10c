"""What a stage delivered by each baseline: customers in pieces, sums kept; a whole town does not fit in memory."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from apps.demand_response.adapters.event_day import AROUND_H, EventDay
from apps.demand_response.adapters.methods import BY_DAYS, CONTROL_GROUP
from apps.demand_response.adapters.packed_days import FloatArray
from gridops.engine.flexibility.control import Control, matched
from gridops.engine.flexibility.days import IntArray, Loads, Window, mean_by_hours
from gridops.engine.flexibility.methods import Baseline, Method
from gridops.engine.flexibility.performance import REBOUND_H, Band, Delivered, band_of_each, band_of_sum, delivered
from gridops.engine.flexibility.placebo import Error, Placebo, error_of_each, error_of_sum, tried

PER_HOUR = 4


@dataclass
class Sums:
    """Of customers whose event is known, all together, over the slots of the day; nothing outside of their stage."""

    baseline: FloatArray
    load: FloatArray
    placebo_baseline: FloatArray  # days x slots
    placebo_load: FloatArray
    customers: int = 0

    @classmethod
    def none(cls, slots: int, days: int) -> "Sums":
        return cls(np.zeros(slots), np.zeros(slots), np.zeros((days, slots)), np.zeros((days, slots)))

    def take(self, window: Window, found: Delivered, placebo: Placebo) -> None:
        whole = found.missing == 0
        self.customers += int(whole.sum())
        self.baseline[window.slots] += np.nan_to_num(found.baseline_kw[whole]).sum(axis=0)
        self.load[window.slots] += np.nan_to_num(found.load_kw[whole]).sum(axis=0)
        self.placebo_baseline[:, window.slots] += np.nansum(placebo.baseline[:, whole], axis=1)
        self.placebo_load[:, window.slots] += np.nansum(placebo.load[:, whole], axis=1)

    def add(self, other: "Sums") -> None:
        self.customers += other.customers
        self.baseline += other.baseline
        self.load += other.load
        self.placebo_baseline += other.placebo_baseline
        self.placebo_load += other.placebo_load

    def of(self, slots: slice, hours: FloatArray, days: IntArray) -> tuple[Delivered, Placebo]:
        """As if they were one customer. hours: days x slots; its last row is the day of the call."""
        found = Delivered(self.baseline[None, slots], self.load[None, slots], hours[-1, slots])
        then = (self.placebo_baseline[:, None, slots], self.placebo_load[:, None, slots])
        return found, Placebo(days, *then, hours[:-1, slots])


@dataclass(frozen=True)
class Customers:
    """Figures of each customer by the method that is settled by; NaN is unknown."""

    baseline_kwh: FloatArray
    load_kwh: FloatArray
    delivered_kwh: FloatArray
    low_kwh: FloatArray
    high_kwh: FloatArray
    missing: IntArray
    baseline_days: IntArray
    bias_percent: FloatArray
    rrmse_percent: FloatArray
    hours_kw: FloatArray
    rebound_kwh: FloatArray

    @classmethod
    def joined(cls, parts: list["Customers"]) -> "Customers":
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


@dataclass
class Course:
    """Load and baseline of all who are known from before the event to the end of the rebound."""

    load: FloatArray
    baseline: FloatArray
    customers: int = 0

    def take(self, loads: Loads, day: int, baseline: Baseline, span: slice) -> None:
        counted = loads.hours[day, span] > 0
        known = loads.known[:, day, span] & ~np.isnan(baseline.kw[:, span])
        whole = (known | ~counted).all(axis=1)
        self.customers += int(whole.sum())
        self.load[span] += loads.filled[whole, day, span].sum(axis=0)
        self.baseline[span] += np.nan_to_num(baseline.kw[whole, span]).sum(axis=0)


@dataclass
class StageMeasure:
    """Filled piece by piece with `take`."""

    window: Window
    span: slice
    day: int
    placebo: IntArray
    agreed: str
    slots: int
    sums: dict[str, Sums] = field(default_factory=dict)
    kwh: dict[str, list[FloatArray]] = field(default_factory=dict)
    parts: list[Customers] = field(default_factory=list)

    @classmethod
    def of(cls, window: Window, day: EventDay, placebo: IntArray, *, whole: Window, agreed: str) -> "StageMeasure":
        """whole: of the call, so that all of its stages show the same time."""
        slots = day.hours.shape[1]
        around = AROUND_H * PER_HOUR
        span = slice(max(whole.first - around, 0), min(whole.end + around, slots))
        return cls(window, span, day.day, placebo, agreed, slots)

    def __post_init__(self) -> None:
        self.course = Course(np.zeros(self.slots), np.zeros(self.slots))

    def take(self, loads: Loads, others: Control) -> None:
        for key, method in (BY_DAYS | {CONTROL_GROUP: _against(others)}).items():
            self._take(key, method, loads)

    def _take(self, key: str, method: Method, loads: Loads) -> None:
        baseline = method(loads, self.day, self.window)
        placebo = tried(loads, self.placebo, self.window, method)
        found = delivered(loads, self.day, self.window, baseline.kw)
        self.sums.setdefault(key, Sums.none(self.slots, len(self.placebo))).take(self.window, found, placebo)
        self.kwh.setdefault(key, []).append(found.kwh())
        if key == self.agreed:
            self.course.take(loads, self.day, baseline, self.span)
            rebound_kwh = _rebound(loads, self.day, self.window, baseline)
            self.parts.append(_customers(baseline, found, placebo, rebound_kwh))

    @cached_property
    def customers(self) -> Customers | None:
        return Customers.joined(self.parts) if self.parts else None

    def kwh_by(self, key: str) -> FloatArray:
        return np.concatenate(self.kwh[key])


def control_of(others: Loads, window: Window) -> Control:
    """What pieces of one stage share."""
    return Control(others, window)


def judged(sums: Sums, slots: slice, hours: FloatArray, days: IntArray) -> tuple[Error, Band, Band]:
    """Placebo error; delivered kW slot by slot and kWh of the whole, with bands."""
    found, placebo = sums.of(slots, hours, days)
    by_slot, whole = band_of_sum(found, placebo)
    return error_of_sum(placebo), by_slot, whole


def _against(others: Control) -> Method:
    return lambda loads, day, _: matched(loads, others, day).baseline


def _customers(baseline: Baseline, found: Delivered, placebo: Placebo, rebound_kwh: FloatArray) -> Customers:
    band, (bias, rrmse) = band_of_each(found, placebo), error_of_each(placebo)
    hours = found.hours
    return Customers(
        baseline_kwh=np.where(hours > 0, found.baseline_kw * hours, 0.0).sum(axis=1),
        load_kwh=np.where(hours > 0, found.load_kw * hours, 0.0).sum(axis=1),
        delivered_kwh=found.kwh(),
        low_kwh=band.p10,
        high_kwh=band.p90,
        missing=found.missing,
        baseline_days=baseline.days,
        bias_percent=bias,
        rrmse_percent=rrmse,
        hours_kw=mean_by_hours(found.kw, hours, PER_HOUR),
        rebound_kwh=rebound_kwh,
    )


def _rebound(loads: Loads, day: int, window: Window, baseline: Baseline) -> FloatArray:
    """kWh above the baseline in the hours after, with its sign: one customer's noise goes both ways."""
    slots = window.after(round(REBOUND_H * loads.per_hour), loads.slots)
    hours = loads.hours[day, slots]
    return np.asarray(np.where(hours > 0, (loads.kw[:, day, slots] - baseline.kw[:, slots]) * hours, 0.0).sum(axis=1))
