"""What a choice of measures leaves of the interruptions, by playing every failure of the catalogue."""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
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


Sums = tuple[float, float, float]  # customer hours, customer interruptions, kWh; of a year


@dataclass(slots=True)
class Evaluator:
    """Answers are kept: a choice is played once, what switches do once for each set of switches, and a failing zone
    once for what is done to its parts and for who waits."""

    catalogue: Catalogue
    played: int = 0
    _worth: dict[bytes, Worth] = field(default_factory=dict)
    _effects: dict[bytes, Effects] = field(default_factory=dict)
    _known: Known = field(default_factory=dict)
    _sums: dict[tuple[int, bytes], Sums] = field(default_factory=dict)
    _parts: list[IntArray] = field(default_factory=list)

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
        own = [self.catalogue.measures[n] for n in np.flatnonzero(chosen).tolist()]
        play = _playing(grid, self._effects[by_switch], saved, self.catalogue.draws, own)
        hours, often, kwh = np.sum([self._zone(play, zone) for zone in self._failing(play)], axis=0).tolist()
        return Worth(hours * MINUTES_AN_HOUR, often, kwh, float(sum(one.cost for one in own)))

    def _failing(self, play: "_Play") -> list[int]:
        if not self._parts:
            of_part = play.found.zones.of_part
            self._parts = [np.flatnonzero(of_part == zone).astype(np.int32) for zone in range(play.found.zones.n)]
        return [zone for zone, parts in enumerate(self._parts) if len(parts)]

    def _zone(self, play: "_Play", zone: int) -> Sums:
        grid, parts, row = play.grid, self._parts[zone], play.found.hours[zone]
        done = [grid.rate_per_year[parts], grid.repair_h[parts], play.saved_h[parts]]
        key = (zone, b"".join([row.tobytes(), *(one.tobytes() for one in done), play.carried]))
        if key not in self._sums:
            self._sums[key] = _sums(play, zone, parts)
        return self._sums[key]


@dataclass(frozen=True, slots=True)
class _Play:
    grid: Switched
    found: Effects
    saved_h: FloatArray
    draws: FloatArray
    customers: FloatArray  # per zone
    kw: FloatArray
    batteries: dict[int, float]  # hours by zone
    units: list[Measure]
    carried: bytes  # tells batteries and generators apart


def _playing(grid: Switched, found: Effects, saved: FloatArray, draws: FloatArray, own: list[Measure]) -> _Play:
    kw = _by_zone(found.zones, grid.load_kw)
    batteries = _batteries(found.zones, own, kw)
    units = sorted((one for one in own if one.kind is Kind.GENERATOR), key=lambda one: one.arrives_h)
    told = np.array([value for pair in sorted(batteries.items()) for value in pair] + [np.nan])
    moved = np.array([value for one in units for value in (one.kw, one.arrives_h)])
    customers = _by_zone(found.zones, grid.customers.astype(np.float64))
    return _Play(grid, found, saved, draws, customers, kw, batteries, units, told.tobytes() + moved.tobytes())


def _sums(play: _Play, zone: int, parts: IntArray) -> Sums:
    """What the failures of one zone's parts do in a year."""
    rate, saved = play.grid.rate_per_year[parts], play.saved_h[parts][:, None]
    repair = np.maximum(play.grid.repair_h[parts][:, None] - saved, 0.0) * play.draws[parts]
    row = _with_generators(play.found.hours[zone], zone, play.units, play.kw, play.customers)
    total = np.zeros(3)
    for span in np.unique(row[row > 0]):
        here = row == span
        manual = np.maximum(span - saved, min(span, MOMENTARY_H)) if np.isfinite(span) else span
        out = np.minimum(manual, repair)
        lasting, whole, often = _counted(rate, out)
        total += float(play.customers[here].sum()) * np.array([lasting, often, 0.0])
        total[2] += float(play.kw[here].sum()) * whole
        for at, lasts_h in play.batteries.items():
            if here[at] and at != zone:
                less = _counted(rate, np.maximum(out - lasts_h, 0.0)) - (lasting, whole, often)
                total += [play.customers[at] * less[0], play.customers[at] * less[2], play.kw[at] * less[1]]
    return float(total[0]), float(total[1]), float(total[2])


def _by_zone(zones: Zones, values: FloatArray) -> FloatArray:
    return np.asarray(np.bincount(zones.of_load, weights=values, minlength=zones.n), np.float64)


def _counted(rate: FloatArray, out: FloatArray) -> FloatArray:
    """Hours of sustained interruptions, of all, and how many sustained ones; out: (parts, draws)."""
    lasting = out > MOMENTARY_H
    return np.array(
        [rate @ np.where(lasting, out, 0.0).mean(axis=1), rate @ out.mean(axis=1), rate @ lasting.mean(axis=1)]
    )


def _batteries(zones: Zones, own: list[Measure], kw: FloatArray) -> dict[int, float]:
    """Zones and how long batteries that can carry all of a zone's load do so."""
    power: dict[int, float] = {}
    energy: dict[int, float] = {}
    for one in own:
        if one.kind is Kind.BATTERY:
            zone = int(zones.of_load[one.load])
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
