"""What can be done to a network so that fewer customers are without supply for less time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.reliability.analytic import Switched


class Kind(StrEnum):
    SWITCH = "switch"  # one that is operated from afar, new or in place of one by hand
    INDICATORS = "indicators"  # of faults, along the parts
    UNDERGROUND = "underground"  # a cable instead of a line
    TREES = "trees"  # cut along a line
    BATTERY = "battery"  # carries a zone that waits
    GENERATOR = "generator"  # driven to a zone that waits


@dataclass(frozen=True, slots=True)
class Measure:
    """One that may be bought once. What does not concern its kind stays as it is."""

    kind: Kind
    cost: float  # once, with what it costs over its life, as present value; positive
    switch: int = -1
    switch_h: float = np.inf  # until it has been operated
    parts: tuple[int, ...] = ()
    rate_factor: float = 1.0  # on permanent failures of the parts
    repair_factor: float = 1.0
    momentary_factor: float = 1.0
    search_saved_h: float = 0.0  # of the repair, and of switching by hand
    load: int = -1  # beside which it stands
    kw: float = 0.0
    kwh: float = 0.0
    arrives_h: float = 0.0  # of a generator


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every failure that can happen, and every measure. draws: (parts, r) factors on the repair, of mean 1."""

    grid: Switched
    measures: Sequence[Measure]
    draws: FloatArray

    @property
    def costs(self) -> FloatArray:
        return np.array([one.cost for one in self.measures], np.float64)


def repair_draws(rng: np.random.Generator, parts: int, draws: int, variation: float = 0.6) -> FloatArray:
    """(parts, draws) lognormal factors of mean 1; variation: standard deviation by mean. They belong to the failure:
    whatever is bought meets the same repairs."""
    sigma = np.sqrt(np.log1p(variation**2))
    return np.asarray(rng.lognormal(-0.5 * sigma**2, sigma, (parts, draws)), np.float64)


def hardened(catalogue: Catalogue, chosen: BoolArray) -> tuple[Switched, FloatArray]:
    """The network with the chosen measures, and per part the hours of search that are saved (at most, not added)."""
    grid = catalogue.grid
    rate, repair = grid.rate_per_year.copy(), grid.repair_h.copy()
    passing, switch_h, saved = grid.momentary_per_year.copy(), grid.switch_h.copy(), np.zeros(len(grid.repair_h))
    for number in np.flatnonzero(chosen).tolist():
        one = catalogue.measures[number]
        if one.switch >= 0:
            switch_h[one.switch] = min(switch_h[one.switch], one.switch_h)
        if one.parts:
            at = list(one.parts)
            rate[at] *= one.rate_factor
            repair[at] *= one.repair_factor
            passing[at] *= one.momentary_factor
            saved[at] = np.maximum(saved[at], one.search_saved_h)
    return replace(grid, rate_per_year=rate, repair_h=repair, momentary_per_year=passing, switch_h=switch_h), saved
