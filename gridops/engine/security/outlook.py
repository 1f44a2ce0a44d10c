"""How likely each limit is to be broken over the coming steps, by drawing futures and solving each of them.

The network's injections are sums over groups (say consumers, generators, batteries). The total of a group deviates
from what is expected by a first-order autoregression that begins at its present deviation, so that an hour that begins
high stays high for a while; every element follows its group, and each node besides deviates a little by itself.
The power flow of each future is solved in full.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, ComplexArray
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.security.contingency import BLOCK, Contingencies
from gridops.engine.security.zones import Zone

LEAST_PROBABILITY = 0.05
LONGEST_GAP = 1  # steps below it that do not end a period


@dataclass(frozen=True, slots=True)
class Expectation:
    """Totals of the groups, positive into the network. Arrays are groups x steps, or per group."""

    mean_kw: FloatArray
    sd_kw: FloatArray
    persistence: FloatArray  # of a deviation from one step to the next: 0 forgets at once, 1 never
    deviation: FloatArray  # the present one, in standard deviations


@dataclass(frozen=True, slots=True)
class Sharing:
    """Groups x nodes: what a kW of the group's total is at each node, in kW and in kvar."""

    p: FloatArray
    q: FloatArray
    own_sd: float = 0.0  # a node's own deviation, as a share of what it has


@dataclass(frozen=True, slots=True)
class Allowed:
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    loading: float = 1.0


class Breach(StrEnum):
    OVERLOAD = "overload"
    VOLTAGE_LOW = "voltage-low"
    VOLTAGE_HIGH = "voltage-high"
    NO_SOLUTION = "no-solution"


@dataclass(frozen=True, slots=True)
class Period:
    """One limit that may be broken from step `first` up to, not including, step `behind`."""

    breach: Breach
    element: int  # a branch (lines, then transformers), or a node; -1 where there is no solution
    first: int
    behind: int
    probability: float  # that it is broken at some time within
    peak_probability: float  # at the worst single step
    extreme: float  # the loading or voltage that one future in twenty reaches at that step


def draw_totals(expectation: Expectation, *, futures: int, generator: np.random.Generator) -> FloatArray:
    """Futures x groups x steps, kW. Deviations are normal; generator: the only source of chance."""
    groups, steps = expectation.mean_kw.shape
    deviation = np.repeat(expectation.deviation[None], futures, axis=0)
    kept = expectation.persistence
    totals = np.empty((futures, groups, steps))
    for step in range(steps):
        news = generator.standard_normal((futures, groups))
        deviation = kept * deviation + np.sqrt(1 - kept**2) * news
        totals[:, :, step] = expectation.mean_kw[:, step] + expectation.sd_kw[:, step] * deviation
    return totals


def outlook(
    ready: Contingencies, totals: FloatArray, sharing: Sharing, allowed: Allowed, *, generator: np.random.Generator
) -> list[Period]:
    """Periods in which a limit is broken in at least a twentieth of the futures, the likeliest first.

    ready: the network as it is switched now, with its sources' voltages and taps, which are kept.
    totals: futures x groups x steps, as `draw_totals` gives them. The share of futures is the probability: with n
    futures its standard error is sqrt(p (1 - p) / n). A future without a solution is a breach of its own.
    """
    reader = _Tally(ready, allowed, futures=len(totals), steps=totals.shape[2])
    for number, zone in enumerate(ready.zoned.zones):
        own = 1 + sharing.own_sd * generator.standard_normal((len(totals), zone.n_free))
        shares = _shares(ready, zone, sharing)
        for rows in _blocks(len(totals), zone):
            voltage = np.repeat(ready.base[number][None], rows.stop - rows.start, axis=0)
            for step in range(totals.shape[2]):
                power = (totals[rows, :, step] @ shares) * own[rows]
                found, settled = zone.solve(power, voltage)
                reader.take(number, step, rows, found, settled)
                voltage = np.where(settled[:, None], found, voltage)
    return sorted(reader.periods(), key=lambda period: (-period.probability, period.first, period.element))


def _blocks(futures: int, zone: Zone) -> Iterator[slice]:
    size = int(np.clip(BLOCK // max(len(zone.bus), 1), 8, 256))
    for start in range(0, futures, size):
        yield slice(start, min(start + size, futures))


def _shares(ready: Contingencies, zone: Zone, sharing: Sharing) -> ComplexArray:
    """Groups x free positions of the zone, pu."""
    c = ready.zoned.compiled
    bus = c.live_bus_of_node[c.nodes]
    at_bus = np.zeros((len(sharing.p), c.n_buses), np.complex128)
    for group, (p, q) in enumerate(zip(sharing.p, sharing.q, strict=True)):
        at_bus[group] = np.bincount(bus, p[c.nodes], c.n_buses) + 1j * np.bincount(bus, q[c.nodes], c.n_buses)
    return np.asarray(at_bus[:, zone.bus[: zone.n_free]] / BASE_KVA, np.complex128)


_Key = tuple[int, Breach, int]  # zone, breach, place of the element in it


class _Tally:
    """In which futures and steps each limit is broken; only elements that ever break one are kept."""

    def __init__(self, ready: Contingencies, allowed: Allowed, *, futures: int, steps: int) -> None:
        self._zoned, self._allowed, self._shape = ready.zoned, allowed, (steps, futures)
        self._broken: dict[_Key, BoolArray] = {}
        self._extreme: dict[tuple[_Key, int], list[FloatArray]] = {}
        c = self._zoned.compiled
        bus = c.live_bus_of_node[c.nodes]
        self._low, self._high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
        np.maximum.at(self._low, bus, allowed.low_pu[c.nodes])
        np.minimum.at(self._high, bus, allowed.high_pu[c.nodes])
        self._node = np.zeros(c.n_buses, np.int32)
        self._node[bus[::-1]] = c.nodes[::-1]
        self._branch = np.concatenate([c.lines, c.transformers + len(c.live_line)])

    def take(self, number: int, step: int, rows: slice, voltage: ComplexArray, settled: BoolArray) -> None:
        zone = self._zoned.zones[number]
        voltage = np.where(settled[:, None], voltage, np.nan)
        magnitude, loading = np.abs(voltage), zone.loading(voltage)
        for breach, values, broken in (
            (Breach.OVERLOAD, loading, loading > self._allowed.loading),
            (Breach.VOLTAGE_LOW, magnitude, magnitude < self._low[zone.bus]),
            (Breach.VOLTAGE_HIGH, magnitude, magnitude > self._high[zone.bus]),
            (Breach.NO_SOLUTION, np.zeros((len(settled), 1)), ~settled[:, None]),
        ):
            for place in np.flatnonzero(np.any(broken, axis=0)).tolist():
                key = (number, breach, place)
                self._broken.setdefault(key, np.zeros(self._shape, np.bool_))[step, rows] = broken[:, place]
                self._extreme.setdefault((key, step), []).append(values[:, place])

    def periods(self) -> Iterator[Period]:
        for key, broken in self._broken.items():
            share = np.mean(broken, axis=1)
            for first, behind in spans(share >= LEAST_PROBABILITY, longest_gap=LONGEST_GAP):
                worst = first + int(np.argmax(share[first:behind]))
                yield Period(
                    breach=key[1],
                    element=self._element(key),
                    first=first,
                    behind=behind,
                    probability=float(np.mean(np.any(broken[first:behind], axis=0))),
                    peak_probability=float(share[worst]),
                    extreme=self._reached(key, worst),
                )

    def _element(self, key: _Key) -> int:
        number, breach, place = key
        zone = self._zoned.zones[number]
        if breach == Breach.NO_SOLUTION:
            return -1
        return int(self._branch[zone.branch[place]] if breach == Breach.OVERLOAD else self._node[zone.bus[place]])

    def _reached(self, key: _Key, step: int) -> float:
        """Blocks of futures without a breach were not kept: they lie on the safe side, so the quantile is shifted."""
        kept = np.concatenate(self._extreme[key, step])
        beyond = min(1.0, 0.05 * self._shape[1] / len(kept))
        side = beyond if key[1] == Breach.VOLTAGE_LOW else 1 - beyond
        return float(np.nanquantile(kept, side)) if np.isfinite(kept).any() else float("nan")


def spans(marked: BoolArray, *, longest_gap: int) -> list[tuple[int, int]]:
    """First and behind last position of each run of True; gaps of up to `longest_gap` do not end a run."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(marked).tolist():
        if found and place - found[-1][1] <= longest_gap:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def standard_error(probability: float, futures: int) -> float:
    """Of a probability that is a share of so many futures."""
    return float(np.sqrt(probability * (1 - probability) / futures))


def nodes_and_groups(
    group: IntArray,
    node: IntArray,
    p_kw: FloatArray,
    q_kvar: FloatArray,
    *,
    shape: tuple[int, int],
    own_sd: float = 0.0,
) -> Sharing:
    """Sharing by nominal power: each element has its part of its group's total.

    group, node, p_kw, q_kvar: one per element; shape: number of groups and of nodes. A group without any nominal power
    is shared by nobody.
    """
    place = group.astype(np.int64) * shape[1] + node
    size = shape[0] * shape[1]
    p = np.bincount(place, p_kw, size).reshape(shape)
    q = np.bincount(place, q_kvar, size).reshape(shape)
    total = p.sum(axis=1, keepdims=True)
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
    return Sharing(p * scale, q * scale, own_sd)
