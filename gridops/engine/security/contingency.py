"""N-1: every branch taken out of a state, one at a time.

A branch that closes no ring takes what it alone feeds with it: topology says what is lost, and the rest is solved
without that load. A branch in a ring is taken from the factorised network by a rank-two correction (Woodbury). Both
go through `zones.py`, many outages at once; what does not settle there is left to Newton's method. The results are
those of a full power flow of each outage.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.estimation.admittance import ComplexArray
from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.security.newton import NO_OUTAGE, NewtonOutages
from gridops.engine.security.zones import OperatingPoint, Zone, ZonedNetwork, cut_into_zones

IndexArray = npt.NDArray[np.intp]

# Values at once: more would leave the processor's cache.
BLOCK = 64_000
MOST_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class OutageBlock:
    """Some outages of one zone, solved. Voltages and loadings are nan where supply is lost or nothing was solved."""

    zone: Zone
    which: IndexArray  # branches of the zone that are out, by their place there
    voltage_pu: FloatArray  # outages x positions of the zone
    loading: FloatArray  # outages x branches of the zone; 0 for the branch that is out and those without a rating
    lost: IndexArray  # outages x 2: first and behind last position without supply
    reason: list[str]  # empty where solved


class Contingencies:
    """A state made ready for outages."""

    def __init__(self, point: OperatingPoint) -> None:
        self.zoned: ZonedNetwork = cut_into_zones(point)
        self.base: list[ComplexArray] = []
        self.reason = ""  # why the state itself has no solution
        if self.zoned.compiled.n_buses:
            self._newton = NewtonOutages(point, self.zoned.compiled)
            # By Newton's method, because current iteration from nowhere may settle on another, impossible solution.
            (state,), (self.reason,) = self._newton.solve([NO_OUTAGE])
            self.base = [state[zone.bus] for zone in self.zoned.zones]

    def blocks(self, zone: int, which: IndexArray) -> Iterator[OutageBlock]:
        """Outages of branches of one zone (their places in it), in blocks that hold rings apart from radial parts."""
        place = self.zoned.zones[zone]
        is_bridge = place.hangs[which, 1] > 0
        size = int(np.clip(BLOCK // max(len(place.bus), 1), 8, MOST_AT_ONCE))
        for chosen in (which[is_bridge], which[~is_bridge]):
            for start in range(0, len(chosen), size):
                yield self._block(place, self.base[zone], chosen[start : start + size])

    def _block(self, zone: Zone, base: ComplexArray, which: IndexArray) -> OutageBlock:
        lost = zone.hangs[which]
        power = np.repeat(zone.power[None], len(which), axis=0)
        for row, (first, behind) in enumerate(lost.tolist()):
            power[row, first:behind] = 0.0
        start = np.repeat(base[None], len(which), axis=0)
        if lost[0, 1]:
            voltage, settled = zone.solve(power, start, extra=_Relief(zone, which))
        else:
            voltage, settled = zone.solve(power, start, correct=_RingCorrection(zone, which))
        reason = self._settle(zone, which, voltage, settled)
        return self._read(zone, which, voltage, lost, reason)

    def _settle(self, zone: Zone, which: IndexArray, voltage: ComplexArray, settled: BoolArray) -> list[str]:
        """Newton's voltages for what did not settle. Nothing is tried where the state itself has no solution."""
        reasons = [self.reason] * len(which)
        if self.reason:
            return reasons
        for row in np.flatnonzero(~settled).tolist():
            solved, (reasons[row],) = self._newton.solve([int(zone.branch[which[row]])])
            voltage[row] = solved[0][zone.bus]
        return reasons

    def _read(
        self, zone: Zone, which: IndexArray, voltage: ComplexArray, lost: IndexArray, reason: list[str]
    ) -> OutageBlock:
        magnitude = np.sqrt(np.square(voltage.real) + np.square(voltage.imag))
        loading = zone.loading(voltage)
        loading[np.arange(len(which)), which] = 0.0
        behind = np.searchsorted(zone.deeper, lost)
        for row, (first, last) in enumerate(lost.tolist()):
            magnitude[row, first:last] = np.nan
            if last:
                loading[row, behind[row, 0] : behind[row, 1]] = np.nan
        return OutageBlock(zone, which, magnitude, loading, lost, reason)


class _Relief:
    """A tripped radial branch stays in the matrix with nothing behind it; what it still draws is given back."""

    def __init__(self, zone: Zone, which: IndexArray) -> None:
        b = zone.branches.of(which)
        near_is_below = b.near == zone.hangs[which, 0]
        self._above = np.where(near_is_below, b.far, b.near)
        self._below = np.where(near_is_below, b.near, b.far)
        self._y_own = np.where(near_is_below, b.y_far, b.y_near)
        self._y_mutual = np.where(near_is_below, b.y_far_near, b.y_near_far)
        self._row = np.flatnonzero(self._above < zone.n_free)  # a source needs no relief

    def __call__(self, voltage: ComplexArray, current: ComplexArray) -> None:
        row, above, below = self._row, self._above[self._row], self._below[self._row]
        drawn = self._y_own[row] * voltage[row, above] + self._y_mutual[row] * voltage[row, below]
        current[row, above] += drawn


class _RingCorrection:
    """The network without one branch each, from the solution with it: V' = V + Z E (1 - Yb E'Z E)^-1 Yb E'V."""

    def __init__(self, zone: Zone, which: IndexArray) -> None:
        b = zone.branches.of(which)
        self._ends = np.stack([b.near, b.far], axis=1)
        y = np.stack([np.stack([b.y_near, b.y_near_far], 1), np.stack([b.y_far_near, b.y_far], 1)], 1)
        rows = np.arange(len(which))
        # Z E: the voltages that a unit of current at each end would cause; none at a source.
        self._response = np.zeros((2, len(which), len(zone.bus)), np.complex128)
        for side in range(2):
            unit = np.zeros((zone.n_free, len(which)), np.complex128)
            free = np.flatnonzero(self._ends[:, side] < zone.n_free)
            unit[self._ends[free, side], free] = 1.0
            self._response[side, :, : zone.n_free] = zone.factors.solve(unit).T
        mutual = np.stack([self._response[side][rows[:, None], self._ends] for side in range(2)], axis=2)
        self._gain = np.linalg.solve(np.eye(2) - y @ mutual, y)
        self._rows = rows

    def __call__(self, voltage: ComplexArray) -> None:
        ends = voltage[self._rows[:, None], self._ends]
        weight = np.einsum("mij,mj->mi", self._gain, ends)
        voltage += weight[:, :1] * self._response[0] + weight[:, 1:] * self._response[1]


def places_by_zone(zoned: ZonedNetwork, live_branches: Iterable[int]) -> list[IndexArray]:
    """Of each zone the places of the given live branches in it."""
    wanted = np.zeros(zoned.branches.count, np.bool_)
    wanted[np.fromiter(live_branches, np.intp)] = True
    return [np.flatnonzero(wanted[zone.branch]) for zone in zoned.zones]
