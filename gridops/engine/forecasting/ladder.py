"""The rungs of the ladder: which forecast each series can carry, with the plain reason where it is not the full one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.facts import Facts, facts
from gridops.engine.forecasting.fallbacks import borrowed, of_alike, similar_days
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.panel import PanelModel
from gridops.engine.forecasting.sampling import chunks
from gridops.engine.forecasting.standing import Standing, widths

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
_WEEK_DAYS = 7
_LEAST_DAYS = 5.0  # of values in four weeks, to stand on one's own past
_LONGEST_GAP_DAYS = 7.0
_TOLD_GAP_H = 6.0
_TOLD_WEATHER = 0.02  # of the steps
_FULL_DAYS = 2  # a week that has its weather for so long is full until it ends
_DAY_H = 24


class Rung(StrEnum):
    FULL = "full"
    REDUCED = "reduced"
    BORROWED = "borrowed"
    SIMILAR_DAYS = "similar_days"
    CLIMATOLOGY = "climatology"
    REFUSED = "refused"


@dataclass
class Ladder:
    """Filled rung by rung; a series keeps the first forecast that it gets."""

    panel: Panel
    at: int
    horizon: int
    levels: FloatArray
    facts: Facts = field(init=False)
    quantiles: Float32Array = field(init=False)
    rung: list[str] = field(init=False)
    reason: list[str] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.panel)
        self.facts = facts(self.panel, self.at)
        self.quantiles = np.full((count, self.horizon, len(self.levels)), np.nan, np.float32)
        self.rung = [Rung.REFUSED.value] * count
        self.reason = [""] * count

    def by_model(self, model: PanelModel, standings: Sequence[Standing | None]) -> None:
        """Series with a past to stand on, weighed and corrected."""
        said = model.say(self.panel, self.at, self.horizon)
        stands = self.stands & np.isfinite(said).all(axis=(0, 2, 3))
        for chunk in chunks(len(self.panel)):
            combined = combine(said[:, chunk], standings[chunk], self.levels)
            self.quantiles[chunk] = np.where(stands[chunk, None, None], combined, np.nan)
        poor, reach = self._poor_weather(model)
        for series in map(int, np.flatnonzero(stands)):
            self._note(series, *self._of_model(model, series, poor[series], int(reach[series])))

    @property
    def stands(self) -> BoolArray:
        known = self.facts
        return (known.recent_days >= _LEAST_DAYS) & (known.gap_days <= _LONGEST_GAP_DAYS) & (known.size_kw > 0)

    def by_borrowing(self) -> None:
        """Series with a past of days, and plants without one, at the relative course of those that are alike."""
        whole = self._done()
        for series in map(int, np.flatnonzero(~whole & (self._is_new() | np.isfinite(self.panel.rated)))):
            alike = self._alike(series, whole)
            if not len(alike):
                continue
            found = borrowed(self.panel, self.at, self.quantiles, self.facts.size_kw, series=series, alike=alike)
            if found is not None:
                self.quantiles[series] = found
                self._note(series, Rung.BORROWED, f"{self._history(series)}: the course of {len(alike)} alike series")

    def by_short_past(self, model: PanelModel) -> None:
        """A past of days and nobody alike: what the model says of it all the same."""
        fits = ~self._done() & (self.facts.recent_days >= 1.0) & self._is_new() & (self.facts.size_kw > 0)
        index = np.flatnonzero(fits)
        if not len(index):
            return
        said = model.say(self.panel.part(index), self.at, self.horizon)
        combined = combine(said, [None] * len(index), self.levels)
        for number, series in enumerate(map(int, index)):
            if np.isfinite(combined[number]).all():
                self.quantiles[series] = combined[number]
                self._note(series, Rung.REDUCED, f"{self._history(series)}, and nothing alike to borrow from")

    def by_repetition(self) -> None:
        """Similar days of the last six weeks; after a longer gap, of the six weeks before it."""
        index = np.flatnonzero(~self._done() & (self.facts.gap_days < np.inf))
        for chunk in chunks(len(index)):
            some = index[chunk]
            lag = np.where(self.facts.gap_days[some] > 1, np.ceil(self.facts.gap_days[some] / _WEEK_DAYS), 0)
            part = self.panel.part(some)
            found, days = similar_days(part, self.at, self.horizon, self.levels, 7 * lag.astype(np.int64))
            for number, series in enumerate(map(int, some)):
                if np.isfinite(found[number]).all():
                    self.quantiles[series] = found[number]
                    self._note(series, *self._of_days(series, int(days[number])))

    def by_alike(self) -> None:
        """Nothing of its own is known: what those of its kind are."""
        whole = self._done() & np.isfinite(self.facts.size_kw)
        for series in map(int, np.flatnonzero(~self._done())):
            alike = self._alike(series, whole)
            if len(alike):
                self.quantiles[series] = of_alike(self.quantiles, alike, self.levels)
                self._note(
                    series,
                    Rung.CLIMATOLOGY,
                    f"no value yet and its size is not known: the usual course of {len(alike)} alike series",
                )
            else:
                self._note(series, Rung.REFUSED, self._why_refused(series))

    def by_standing_still(self) -> None:
        """What has not moved for a week is forecast not to move."""
        for series in map(
            int, np.flatnonzero(np.isfinite(self.facts.constant_kw) & (self.facts.gap_days <= _LONGEST_GAP_DAYS))
        ):
            value = float(self.facts.constant_kw[series])
            self.quantiles[series] = value
            self._note(series, Rung.CLIMATOLOGY, f"it has stood at {value:g} kW for a week: the same is forecast")

    def keep_limits(self) -> None:
        """What the series was seen to keep to; of plants 0 to rated. Borrowed sizes know no such range of their own."""
        is_own = np.array([rung not in (Rung.BORROWED, Rung.CLIMATOLOGY) for rung in self.rung], np.bool_)
        is_plant = np.isfinite(self.panel.rated)
        low = np.where(is_own | is_plant, self.facts.low_kw, -np.inf)
        high = np.where(is_own | is_plant, self.facts.high_kw, np.inf)
        low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
        np.clip(
            self.quantiles,
            low[:, None, None].astype(np.float32),
            high[:, None, None].astype(np.float32),
            out=self.quantiles,
        )
        self.quantiles.sort(axis=2)

    def _done(self) -> BoolArray:
        return np.isfinite(self.quantiles[:, 0, 0]) if self.horizon else np.zeros(len(self.panel), np.bool_)

    def _is_new(self) -> BoolArray:
        return self.facts.age_days < _WEEK_DAYS * 2

    def _alike(self, series: int, whole: BoolArray) -> IntArray:
        group = self.panel.group
        return np.flatnonzero((group == group[series]) & whole & (self.facts.size_kw > 0))

    def _note(self, series: int, rung: Rung, reason: str) -> None:
        self.rung[series], self.reason[series] = rung.value, reason

    def _poor_weather(self, model: PanelModel) -> tuple[FloatArray, IntArray]:
        """The part of the steps for which a column that the model learned from is missing, and for how many steps all
        are known before they end for good, 0 where there are holes as well; per series."""
        none, all_of_it = np.zeros(len(self.panel)), np.ones(len(self.panel))
        if not model.ahead_names:
            return none, none.astype(np.int64)
        names = [name for name in model.ahead_names if name in self.panel.ahead_names]
        if not self.panel.ahead.size or len(names) < len(model.ahead_names):
            return all_of_it, none.astype(np.int64)
        columns = [self.panel.ahead_names.index(name) for name in names]
        part = self.panel.ahead[:, self.at : self.at + self.horizon][:, :, columns]
        missing = np.asarray((~np.isfinite(part)).any(axis=2), np.bool_)
        first = np.where(missing.any(axis=1), missing.argmax(axis=1), self.horizon)
        reach = np.where(missing.sum(axis=1) == self.horizon - first, first, 0)
        has_place, place = self.panel.place >= 0, np.maximum(self.panel.place, 0)
        return np.where(has_place, missing.mean(axis=1)[place], 1.0), np.where(has_place, reach[place], 0)

    def _of_model(self, model: PanelModel, series: int, poor: float, reach: int) -> tuple[Rung, str]:
        if not model.has_trees:
            return Rung.REDUCED, "the boosted models could not be loaded: the linear model alone"
        if poor > _TOLD_WEATHER and reach >= _FULL_DAYS * self.panel.clock.day:
            hours = reach * _DAY_H // self.panel.clock.day
            return (
                Rung.FULL,
                f"full for {hours} h, as far as the weather is forecast: beyond, the model goes on without it",
            )
        if poor > _TOLD_WEATHER:
            return Rung.REDUCED, f"no weather for {poor:.0%} of the steps: the model goes on without it"
        gap_h = self.facts.gap_days[series] * _DAY_H
        return Rung.FULL, f"no value for {gap_h:.0f} h before the issue" if gap_h >= _TOLD_GAP_H else ""

    def _of_days(self, series: int, days: int) -> tuple[Rung, str]:
        gap, own = self.facts.gap_days[series], self.facts.age_days[series]
        if own - gap < _WEEK_DAYS:
            return Rung.CLIMATOLOGY, f"{self._history(series)}: its own usual course"
        why = f"no value for {gap:.0f} days" if gap > _LONGEST_GAP_DAYS else "no model can speak of it"
        return Rung.SIMILAR_DAYS, f"{why}: {days} similar days of its own"

    def _history(self, series: int) -> str:
        days = self.facts.recent_days[series]
        if days >= 1:
            return f"only {days:.0f} day{'s' if round(days) != 1 else ''} of history"
        return f"only {days * _DAY_H:.0f} h of history" if days > 0 else "no history yet"

    def _why_refused(self, series: int) -> str:
        return f"{self._history(series)}, and no series of its kind has a forecast to borrow from"


def combine(said: Float32Array, standings: Sequence[Standing | None], levels: FloatArray) -> Float32Array:
    """Members x series x horizon x levels to series x horizon x levels: weighed, corrected and sorted."""
    members = said.shape[0]
    even, none = [1 / members] * members, [0.0] * len(levels)
    weights = np.array([even if one is None else one.weights for one in standings], np.float32).reshape(-1, members)
    shift = np.array([none if one is None else one.shift for one in standings], np.float32).reshape(-1, len(levels))
    blend = np.sort(np.einsum("sm,mshl->shl", weights, said), axis=2)
    moved: Float32Array = blend + shift[:, None] * widths(blend).astype(np.float32)
    moved.sort(axis=2)
    return moved
