"""Samples of racks to the filter of their charge, and its state to what is stored.

Direct current is positive for discharge, in the field as in the engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from apps.storage.choices import Chemistry
from apps.storage.models import Rack
from gridops.engine.storage.arrays import BoolArray, FloatArray
from gridops.engine.storage.cells import LFP, NMC
from gridops.engine.storage.charge import Charge, Trust, begin, cells_of, follow

STEP_S = 10.0
CORRECT_EVERY = 6
# Usual of large cells, per cell at 1 C; the filter trusts them as little as `Trust.drop` says.
RESISTANCE_V, POLARISATION_V, TIME_CONSTANT_S = 0.03, 0.02, 300.0
HELD_S = 60.0  # a reading stands for so long
FULL_SOC, REST_C = 0.99, 0.06  # as a rack tells it, at nearly no current
GUESS, GUESS_SIGMA, TOLD_SIGMA = 0.5, 0.3, 0.05
CURVES = {Chemistry.LFP: LFP, Chemistry.NMC: NMC}


@dataclass(frozen=True, slots=True)
class Course:
    """Samples of one reading: seconds since 1970, rising, and values."""

    t: FloatArray
    value: FloatArray

    def on(self, grid: FloatArray) -> FloatArray:
        """At each instant the newest that is not older than a minute; nan where there is none."""
        if not len(self.t):
            return np.full(len(grid), np.nan)
        at = np.searchsorted(self.t, grid, side="right") - 1
        known = (at >= 0) & (grid - self.t[np.maximum(at, 0)] <= HELD_S)
        return np.where(known, self.value[np.maximum(at, 0)], np.nan)


NOTHING = Course(np.zeros(0), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one rack since its charge was followed last."""

    rack: Rack
    state: Mapping[str, float]  # of the filter; empty to begin anew
    readings: Mapping[str, Course]

    def course(self, name: str) -> Course:
        return self.readings.get(name, NOTHING)


@dataclass(frozen=True, slots=True)
class Followed:
    soc: float
    sigma: float
    bias_c: float
    state: dict[str, float]
    was_full: bool


def rated_ah(rack: Rack) -> float:
    return float(1000.0 * rack.energy_kwh / rack.plant.nominal_dc_v)


def started(told_soc: float | None) -> tuple[float, float]:
    """What a rack is taken to hold before anything was followed, and how surely."""
    return (GUESS, GUESS_SIGMA) if told_soc is None else (min(max(told_soc, 0.0), 1.0), TOLD_SIGMA)


def begun(soc: float, sigma: float) -> dict[str, float]:
    return _state(begin(np.array([soc]), np.array([sigma]), Trust()), 0)


def follow_racks(heard: Sequence[Heard], *, start_s: float, steps: int) -> list[Followed]:
    """Through steps of ten seconds after `start_s`. A step without a current is counted as none flowing, and makes the
    charge as uncertain as the current that may have flown."""
    grid = np.asarray(start_s + STEP_S * np.arange(1, steps + 1), np.float64)
    ampere_hours = np.array([rated_ah(one.rack) for one in heard])
    current = _columns(heard, "dc_current_a", grid) / ampere_hours
    voltage = _columns(heard, "cell_voltage_v", grid)
    told = _columns(heard, "told_soc", grid)
    silent = np.isnan(current)
    full = (told >= FULL_SOC) & (np.abs(current) <= REST_C)
    track = follow(
        _unsure(_together([one.state for one in heard]), silent),
        cells_of(
            [CURVES[Chemistry(one.rack.plant.chemistry)] for one in heard],
            resistance_v=RESISTANCE_V,
            polarisation_v=POLARISATION_V,
            time_constant_s=TIME_CONSTANT_S,
        ),
        Trust(),
        current_c=np.where(silent, 0.0, current),
        voltage_v=np.where(silent, np.nan, voltage),
        full=np.asarray(full),
        step_s=STEP_S,
        correct_every=CORRECT_EVERY,
    )
    return [_followed(track.last, number, bool(full[:, number].any())) for number in range(len(heard))]


def _columns(heard: Sequence[Heard], name: str, grid: FloatArray) -> FloatArray:
    return np.array([one.course(name).on(grid) for one in heard]).T


def _unsure(charge: Charge, silent: BoolArray) -> Charge:
    """In an hour of silence up to 1 C may have flown, either way."""
    hours = silent.sum(axis=0) * STEP_S / 3600.0
    return Charge(**{**_parts(charge), "variance": charge.variance + np.square(hours)})


def _together(states: Sequence[Mapping[str, float]]) -> Charge:
    return Charge(**{one.name: np.array([state[one.name] for state in states]) for one in fields(Charge)})


def _parts(charge: Charge) -> dict[str, Any]:
    return {one.name: getattr(charge, one.name) for one in fields(Charge)}


def _state(charge: Charge, number: int) -> dict[str, float]:
    return {name: float(values[number]) for name, values in _parts(charge).items()}


def _followed(charge: Charge, number: int, was_full: bool) -> Followed:
    state = _state(charge, number)
    return Followed(state["soc"], float(charge.sigma[number]), state["bias_c"], state, was_full)
