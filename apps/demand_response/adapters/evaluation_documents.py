"""Measures of stages as the figures of an evaluation; NaN becomes None, so that unknown stays unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from apps.demand_response.adapters.event_day import AROUND_H, EventDay
from apps.demand_response.adapters.measuring import PER_HOUR, StageMeasure, Sums, judged
from apps.demand_response.adapters.methods import LABELS
from apps.demand_response.adapters.packed_days import FloatArray
from gridops.engine.flexibility.days import IntArray, Window
from gridops.engine.flexibility.performance import Rebound, band_of_sum, rebound


def number(value: float | None, digits: int = 3) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def numbers(values: FloatArray, digits: int = 3) -> list[float | None]:
    return [number(value, digits) for value in values]


@dataclass(frozen=True)
class Measured:
    """A whole call: its stages by number, on one day."""

    day: EventDay
    placebo: IntArray
    agreed: str
    stages: Mapping[int, StageMeasure]

    @property
    def window(self) -> Window:
        windows = [stage.window for stage in self.stages.values()]
        return Window(min(one.first for one in windows), max(one.end for one in windows))

    @property
    def hours(self) -> FloatArray:
        """Days of placebo and, last, the day of the call, by slots."""
        return self.day.hours[[*self.placebo, self.day.day]]

    def sums(self, key: str) -> Sums:
        total = Sums.none(self.hours.shape[1], len(self.placebo))
        for stage in self.stages.values():
            if key in stage.sums:
                total.add(stage.sums[key])
        return total

    def methods(self) -> list[dict[str, Any]]:
        keys = {key for stage in self.stages.values() for key in stage.sums}
        return [self._method(key) for key in LABELS if key in keys]

    def _method(self, key: str) -> dict[str, Any]:
        sums = self.sums(key)
        error, _, whole = judged(sums, self.window.slots, self.hours, self.placebo)
        found, _ = sums.of(self.window.slots, self.hours, self.placebo)
        saved = float((found.kw * found.hours).sum()) if sums.customers else float("nan")
        return {
            "key": key,
            "name": LABELS[key],
            "is_agreed": key == self.agreed,
            "customers": sums.customers,
            "delivered_kwh": number(saved),
            "low_kwh": number(float(whole.p10)),
            "middle_kwh": number(float(whole.p50)),
            "high_kwh": number(float(whole.p90)),
            "placebo_days": error.days,
            "bias_percent": number(error.bias_percent, 2),
            "rrmse_percent": number(error.rrmse_percent, 2),
        }

    def by_hour(self) -> list[dict[str, Any]]:
        return _by_hour(self.sums(self.agreed), self.window, self)

    def stage(self, key: int) -> dict[str, Any]:
        """By the agreed method."""
        measure = self.stages[key]
        sums = measure.sums.get(self.agreed, Sums.none(self.hours.shape[1], len(self.placebo)))
        _, _, whole = judged(sums, measure.window.slots, self.hours, self.placebo)
        found, _ = sums.of(measure.window.slots, self.hours, self.placebo)
        return {
            "customers": sums.customers,
            "delivered_kwh": number(float((found.kw * found.hours).sum())) if sums.customers else None,
            "low_kwh": number(float(whole.p10)),
            "high_kwh": number(float(whole.p90)),
            "hours": _by_hour(sums, measure.window, self),
        }

    def course(self) -> dict[str, Any]:
        """Quarters of an hour from before the call to the end of its rebound, of those who are known throughout."""
        window, around = self.window, AROUND_H * PER_HOUR
        slots = slice(max(window.first - around, 0), min(window.end + around, self.hours.shape[1]))
        load = sum((stage.course.load for stage in self.stages.values()), np.zeros(self.hours.shape[1]))
        baseline = sum((stage.course.baseline for stage in self.stages.values()), np.zeros(self.hours.shape[1]))
        found, placebo = self.sums(self.agreed).of(window.slots, self.hours, self.placebo)
        by_slot, _ = band_of_sum(found, placebo)
        low, high = (np.full(self.hours.shape[1], np.nan) for _ in range(2))
        low[window.slots], high[window.slots] = load[window.slots] + by_slot.p10, load[window.slots] + by_slot.p90
        instants = self.day.instants(slots)
        return {
            "customers": sum(stage.course.customers for stage in self.stages.values()),
            "starts_at": [at.isoformat() for at in instants],
            "load_kw": numbers(load[slots])[: len(instants)],
            "baseline_kw": numbers(baseline[slots])[: len(instants)],
            "baseline_low_kw": numbers(low[slots])[: len(instants)],
            "baseline_high_kw": numbers(high[slots])[: len(instants)],
        }

    def rebound(self) -> dict[str, Any]:
        """Of each stage's own customers after its own end, added up by the clock."""
        found = [(stage.window, self._rebound(stage)) for stage in self.stages.values() if stage.course.customers]
        if not found:
            return {"kwh": None, "share": None, "highest_kw": None, "customers": 0}
        total = np.zeros(self.hours.shape[1])
        for window, one in found:
            total[window.end : window.end + len(one.kw)] += one.kw
        kwh = float(np.nansum([one.kwh for _, one in found]))
        saved = sum(self._saved(stage) for stage in self.stages.values())
        return {
            "kwh": number(kwh),
            "share": number(kwh / saved) if saved > 0 else None,
            "highest_kw": number(float(total.max())),
            "customers": sum(stage.course.customers for stage in self.stages.values()),
        }

    def _rebound(self, stage: StageMeasure) -> Rebound:
        saved = self._saved(stage)
        course = stage.course
        return rebound(course.load[None], course.baseline[None], self.hours[-1], stage.window, saved_kwh=saved)

    def _saved(self, stage: StageMeasure) -> float:
        """Of those of whom the rebound is known too."""
        slots = stage.window.slots
        return float(((stage.course.baseline - stage.course.load)[slots] * self.hours[-1, slots]).sum())


def _by_hour(sums: Sums, window: Window, measured: Measured) -> list[dict[str, Any]]:
    """Delivered kW of each hour from the begin on, with its band."""
    if not sums.customers:
        return []
    found, placebo = sums.of(window.slots, measured.hours, measured.placebo)
    hours = found.hourly(PER_HOUR)
    band, _ = band_of_sum(hours, placebo.hourly(PER_HOUR))
    begins: Sequence[datetime] = measured.day.instants(window.slots)[::PER_HOUR]
    return [
        {
            "starts_at": at.isoformat(),
            "delivered_kw": number(hours.kw[0, n]),
            "low_kw": number(band.p10[n]),
            "high_kw": number(band.p90[n]),
        }
        for n, at in enumerate(begins)
    ]
