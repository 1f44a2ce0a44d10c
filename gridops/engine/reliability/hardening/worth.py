"""What a choice of measures leaves of the interruptions, by playing every failure of the catalogue."""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.reliability.analytic import MOMENTARY_H, Effects, Known, Switched, Zones, effects
from gridops.engine.reliability.hardening.measures import Catalogue, Kind, Measure, hardened

MINUTES_AN_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class Worth:
    """Expected in a year; interruptions of at most five minutes are not counted in minutes and interruptions."""

    customer_minutes: float
    customer_interruptions: float
    ens_kwh: float
    cost: float


@dataclass(slots=True)
class Evaluator:
    """Answers are kept: a choice is played once, and what switches do once for each set of switches."""

    catalogue: Catalogue
    played: int = 0
    _worth: dict[bytes, Worth] = field(default_factory=dict)
    _effects: dict[bytes, Effects] = field(default_factory=dict)
    _known: Known = field(default_factory=dict)

    def worth(self, chosen: BoolArray) -> Worth:
        key = chosen.tobytes()
        if key not in self._worth:
            self.played += 1
            self._worth[key] = self._play(chosen)
        return self._worth[key]

    def _play(self, chosen: BoolArray) -> Worth:
        grid, saved = hardened(self.catalogue, chosen)
        by_switch = grid.switch_h.tobytes()
        if by_switch not in self._effects:
            self._effects[by_switch] = effects(grid, known=self._known)
        found = self._effects[by_switch]
        own = [self.catalogue.measures[n] for n in np.flatnonzero(chosen).tolist()]
        hours, often = _zone_hours(_Play(grid, found, saved, self.catalogue.draws, own))
        at = found.zones.of_load
        return Worth(
            customer_minutes=float(grid.customers @ hours[0][at]) * MINUTES_AN_HOUR,
            customer_interruptions=float(grid.customers @ often[at]),
            ens_kwh=float(grid.load_kw @ hours[1][at]),
            cost=float(sum(one.cost for one in own)),
        )


@dataclass(frozen=True, slots=True)
class _Play:
    grid: Switched
    found: Effects
    saved_h: FloatArray
    draws: FloatArray
    own: list[Measure]


def _zone_hours(play: _Play) -> tuple[FloatArray, FloatArray]:
    """(2, zones) hours a year without supply, sustained and all; (zones,) sustained interruptions a year."""
    zones, grid = play.found.zones, play.grid
    kw = _by_zone(zones, grid.load_kw)
    customers = _by_zone(zones, grid.customers.astype(np.float64))
    hours, often = np.zeros((2, zones.n)), np.zeros(zones.n)
    batteries = _batteries(play, kw)
    units = sorted((one for one in play.own if one.kind is Kind.GENERATOR), key=lambda one: one.arrives_h)
    for zone in np.unique(zones.of_part).tolist():
        parts = np.flatnonzero(zones.of_part == zone)
        rate = grid.rate_per_year[parts]
        saved = play.saved_h[parts][:, None]
        repair = np.maximum(grid.repair_h[parts][:, None] - saved, 0.0) * play.draws[parts]
        row = _with_generators(play.found.hours[zone], zone, units, kw, customers)
        for span in np.unique(row[row > 0]):
            here = row == span
            manual = np.maximum(span - saved, min(span, MOMENTARY_H)) if np.isfinite(span) else span
            out = np.minimum(manual, repair)
            hours[:, here] += _counted(rate, out)[:2, None]
            often[here] += _counted(rate, out)[2]
            for at, lasts_h in batteries.items():
                if here[at] and at != zone:
                    left = np.maximum(out - lasts_h, 0.0)
                    hours[:, at] += (_counted(rate, left) - _counted(rate, out))[:2]
                    often[at] += _counted(rate, left)[2] - _counted(rate, out)[2]
    return hours, often


def _by_zone(zones: Zones, values: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(zones.of_load, weights=values, minlength=zones.n), np.float64)


def _counted(rate: FloatArray, out: FloatArray) -> FloatArray:
    """Hours of sustained interruptions, of all, and how many sustained ones; out: (parts, draws)."""
    lasting = out > MOMENTARY_H
    return np.array(
        [rate @ np.where(lasting, out, 0.0).mean(axis=1), rate @ out.mean(axis=1), rate @ lasting.mean(axis=1)]
    )


def _batteries(play: _Play, kw: FloatArray) -> dict[int, float]:
    """Zones and how long batteries that can carry all of a zone's load do so."""
    power: dict[int, float] = {}
    energy: dict[int, float] = {}
    for one in play.own:
        if one.kind is Kind.BATTERY:
            zone = int(play.found.zones.of_load[one.load])
            power[zone] = power.get(zone, 0.0) + one.kw
            energy[zone] = energy.get(zone, 0.0) + one.kwh
    return {zone: energy[zone] / kw[zone] for zone in power if power[zone] >= kw[zone] > 0}


def _with_generators(
    row: FloatArray, zone: int, units: list[Measure], kw: FloatArray, customers: FloatArray
) -> FloatArray:
    """Each generator, the earliest first, goes to the waiting zone with most customers that it can carry."""
    if not units:
        return row
    row = row.copy()
    for unit in units:
        waits = np.isinf(row) & (kw <= unit.kw) & (kw > 0)
        waits[zone] = False
        if waits.any():
            row[int(np.argmax(np.where(waits, customers, -1.0)))] = unit.arrives_h
    return row
