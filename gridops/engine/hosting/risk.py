"""How likely a limit breaks as plants are added in places and sizes that nobody knows beforehand.

Many seeded deployments: in each, plants of random sizes go to random places of every feeder, one after the other, until
the feeder has what the greatest penetration asks for; a smaller penetration has the first of them. Every deployment is
solved in full at every penetration and hour. Source of the notion: M. Rylander, J. Smith, Stochastic Analysis to
Determine Feeder Hosting Capacity for Distributed Solar PV, EPRI 1026640 (2012).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, ComplexArray
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.security.contingency import BLOCK, Contingencies
from gridops.engine.security.screening import WORSE_LOADING, WORSE_VOLTAGE_PU, Limits
from gridops.engine.security.volt_var import VoltVar
from gridops.engine.security.zones import OperatingPoint, Zone

MOST_AT_ONCE = 256
LEAST_SHARE = 0.05  # of the usual size: a plant is not smaller
NO_FEEDER = -1


@dataclass(frozen=True, slots=True)
class Sites:
    """Where plants may come: one row per place. feeder: its number; a place without one takes nothing."""

    node: IntArray
    feeder: IntArray
    weight: FloatArray  # how likely a plant comes there, against the other places of its feeder
    feeder_of_node: IntArray  # per node of the network
    reference_kw: FloatArray  # per feeder: what a penetration of 1 is


@dataclass(frozen=True, slots=True)
class Growth:
    deployments: int
    penetration: FloatArray  # rising
    usual_kw: float  # the median size of a plant
    spread: float  # standard deviation of the logarithm of the size
    q_per_kw: float = 0.0
    volt_var: VoltVar | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """Shares of the deployments that break a limit at, or already below, each penetration."""

    penetration: FloatArray
    added_kw: FloatArray  # by all feeders together
    network: FloatArray
    feeder: FloatArray  # (feeders, penetrations): a limit of the feeder's own nodes and branches
    by_voltage: FloatArray  # (penetrations,) of the network's, those that break a voltage
    by_loading: FloatArray


def hosting_risk(
    hours: Sequence[OperatingPoint],
    limits: Limits,
    sites: Sites,
    growth: Growth,
    *,
    generator: np.random.Generator,
    progress: Callable[[float], None] | None = None,
) -> Risk:
    """What an hour has beyond its limits before anything is added counts only where it gets worse.

    Raises ValueError where an hour has no solution.
    """
    feeders, levels = len(sites.reference_kw), len(growth.penetration)
    tally = np.zeros((_COLUMNS + feeders, growth.deployments, levels), np.bool_)
    plants = [_plants(sites, growth, generator) for _ in range(growth.deployments)]
    for number, point in enumerate(hours):
        ready = Contingencies(point)
        if ready.reason:
            raise ValueError(f"Hour {number + 1} of {len(hours)}: {ready.reason}")
        for zone, base in zip(ready.zoned.zones, ready.base, strict=True):
            _Judge(ready, zone, base, limits, sites).judge(plants, growth, tally)
        if progress is not None:
            progress((number + 1) / len(hours))
    share = np.maximum.accumulate(tally, axis=2).mean(axis=1)
    return Risk(
        penetration=growth.penetration,
        added_kw=growth.penetration * float(sites.reference_kw.sum()),
        network=share[0],
        feeder=share[_COLUMNS:],
        by_voltage=share[1],
        by_loading=share[2],
    )


_COLUMNS = 3  # of the tally before the feeders: any, voltage, loading


def penetration_at(risk: float, penetration: FloatArray, share: FloatArray) -> float:
    """Where so large a share of the deployments breaks a limit, between the levels by a straight line.

    Nothing added breaks nothing: below the first level the line begins there. nan where it is not reached.
    """
    reached = np.flatnonzero(share >= risk)
    if not len(reached):
        return float("nan")
    levels, shares = np.concatenate([[0.0], penetration]), np.concatenate([[0.0], share])
    behind = int(reached[0]) + 1
    part = (risk - shares[behind - 1]) / (shares[behind] - shares[behind - 1])
    return float(levels[behind - 1] + part * (levels[behind] - levels[behind - 1]))


@dataclass(frozen=True, slots=True)
class _Plants:
    """Of one deployment, in the order in which they come to their feeders."""

    node: IntArray
    kw: FloatArray
    before_kw: FloatArray  # what the feeder has had until then
    reference_kw: FloatArray

    def installed(self, penetration: float) -> FloatArray:
        return np.clip(penetration * self.reference_kw - self.before_kw, 0.0, self.kw)


def _plants(sites: Sites, growth: Growth, generator: np.random.Generator) -> _Plants:
    most = float(growth.penetration[-1])
    parts = []
    for feeder, reference in enumerate(sites.reference_kw.tolist()):
        own = np.flatnonzero(sites.feeder == feeder)
        if not len(own) or reference <= 0:
            continue
        size = _sizes(most * reference, growth, generator)
        weight = sites.weight[own] / sites.weight[own].sum()
        place = generator.choice(own, len(size), p=weight)
        before = np.concatenate([[0.0], np.cumsum(size)[:-1]])
        parts.append((sites.node[place], size, before, np.full(len(size), reference)))
    if not parts:
        return _Plants(np.zeros(0, np.int32), *np.zeros((3, 0)))
    node, *rest = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return _Plants(node.astype(np.int32), *rest)


def _sizes(total_kw: float, growth: Growth, generator: np.random.Generator) -> FloatArray:
    """As many as together are at least the total."""
    found: list[FloatArray] = []
    left = total_kw
    while left > 0:
        count = max(8, int(1.2 * left / growth.usual_kw))
        drawn = growth.usual_kw * np.exp(growth.spread * generator.standard_normal(count))
        found.append(np.maximum(drawn, LEAST_SHARE * growth.usual_kw))
        left -= float(found[-1].sum())
    sizes = np.concatenate(found)
    return np.asarray(sizes[: int(np.searchsorted(np.cumsum(sizes), total_kw)) + 1], np.float64)


class _Judge:
    """One zone of one hour: solves blocks of deployments and notes what they break."""

    def __init__(self, ready: Contingencies, zone: Zone, base: ComplexArray, limits: Limits, sites: Sites) -> None:
        c = ready.zoned.compiled
        self._zone, self._base = zone, base
        self._position = np.full(c.n_buses, -1, np.int32)
        self._position[zone.bus[: zone.n_free]] = np.arange(zone.n_free)
        self._live_bus = c.live_bus_of_node
        bus = c.live_bus_of_node[c.nodes]
        low, high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
        np.maximum.at(low, bus, limits.low_pu[c.nodes])
        np.minimum.at(high, bus, limits.high_pu[c.nodes])
        size, loading = np.abs(base), zone.loading(base[None])[0]
        low, high = low[zone.bus], high[zone.bus]
        self._low = np.where(size < low, size - WORSE_VOLTAGE_PU, low)
        high = np.where(size > high, size + WORSE_VOLTAGE_PU, high)
        self._high = np.minimum(high, size + limits.rise_pu)
        self._over = np.where(loading > limits.loading, loading + WORSE_LOADING, limits.loading)
        feeder = np.full(c.n_buses, NO_FEEDER, np.int32)
        np.maximum.at(feeder, bus, sites.feeder_of_node[c.nodes])
        of_bus = feeder[zone.bus]
        of_branch = np.maximum(of_bus[zone.branches.near], of_bus[zone.branches.far])
        self._own = [
            (number, np.flatnonzero(of_bus == number), np.flatnonzero(of_branch == number))
            for number in np.unique(of_bus[of_bus >= 0]).tolist()
        ]

    def judge(self, plants: Sequence[_Plants], growth: Growth, tally: BoolArray) -> None:
        levels = len(growth.penetration)
        for rows in _blocks(len(plants) * levels, len(self._zone.bus)):
            kw = self._added(plants, growth, rows)
            voltage, settled = self._solve(kw, growth)
            size = np.abs(voltage)
            volts = ((size < self._low) | (size > self._high)) | ~settled[:, None]
            loads = (self._zone.loading(voltage) > self._over) | ~settled[:, None]
            at = np.divmod(np.arange(rows.start, rows.stop), levels)
            tally[1][at] |= volts.any(axis=1)
            tally[2][at] |= loads.any(axis=1)
            tally[0][at] |= volts.any(axis=1) | loads.any(axis=1)
            for number, buses, branches in self._own:
                tally[_COLUMNS + number][at] |= volts[:, buses].any(axis=1) | loads[:, branches].any(axis=1)

    def _added(self, plants: Sequence[_Plants], growth: Growth, rows: slice) -> FloatArray:
        """(rows, free positions) kW."""
        n = self._zone.n_free
        kw = np.zeros((rows.stop - rows.start, n))
        for row, number in enumerate(range(rows.start, rows.stop)):
            which, level = divmod(number, len(growth.penetration))
            one = plants[which]
            position = self._position[self._live_bus[one.node]]
            here = (position >= 0) & (self._live_bus[one.node] >= 0)
            kw[row] = np.bincount(position[here], one.installed(float(growth.penetration[level]))[here], n)
        return kw

    def _solve(self, kw: FloatArray, growth: Growth) -> tuple[ComplexArray, BoolArray]:
        start = np.repeat(self._base[None], len(kw), axis=0)
        power = self._zone.power[None] + kw * (1 + 1j * growth.q_per_kw) / BASE_KVA
        if growth.volt_var is None:
            return self._zone.solve(power, start)
        power = self._zone.power[None] + kw / BASE_KVA + 0j
        return self._zone.solve(power, start, extra=_Following(growth.volt_var, kw / BASE_KVA, self._zone.n_free))


class _Following:
    """What inverters give by their voltages, as a current beside those of constant powers; half a step at a time."""

    def __init__(self, curve: VoltVar, size: FloatArray, n_free: int) -> None:
        self._curve, self._size, self._n = curve, size, n_free
        self._share = np.zeros(size.shape)

    def __call__(self, voltage: ComplexArray, current: ComplexArray) -> None:
        last = voltage[:, : self._n]
        self._share += (self._curve.at(np.abs(last)) - self._share) / 2
        current += np.conj(1j * self._share * self._size / last)


def _blocks(count: int, buses: int) -> Iterator[slice]:
    size = int(np.clip(BLOCK // max(buses, 1), 8, MOST_AT_ONCE))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
