"""Which limit an addition breaks first, for all buses and branches of a compiled network at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.powerflow.compile import Compiled
from gridops.engine.powerflow.output import Output
from gridops.engine.security.screening import NOTHING, WORSE_LOADING, WORSE_VOLTAGE_PU, Limits
from gridops.engine.units import ROOT_3, VOLT_PER_KV


class HostingLimit(StrEnum):
    NONE = "none"  # nothing breaks up to the most that was asked for
    VOLTAGE_LOW = "voltage-low"
    VOLTAGE_HIGH = "voltage-high"
    OVERLOAD = "overload"
    RISE = "rise"  # the addition by itself raises a voltage by more than it may
    NO_SOLUTION = "no-solution"  # the network cannot carry it
    DEAD = "dead"  # the node has no supply


@dataclass(frozen=True, slots=True)
class BusLimits:
    """Per live bus, then per live branch: from where on a limit counts as broken, and what it is."""

    node: IntArray  # one of each bus
    branch: IntArray  # number in the network
    bus_volt: FloatArray
    low_pu: FloatArray
    high_pu: FloatArray
    low_from: FloatArray
    high_from: FloatArray
    over_from: FloatArray
    allowed: float
    rated_from_a: FloatArray  # nan without a rating
    rated_to_a: FloatArray
    base_pu: FloatArray  # voltages without the addition; nan until they are known
    most_rise_pu: float = np.inf

    @classmethod
    def of(cls, network: Network, c: Compiled, limits: Limits) -> "BusLimits":
        bus = c.live_bus_of_node[c.nodes]
        low, high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
        np.maximum.at(low, bus, limits.low_pu[c.nodes])
        np.minimum.at(high, bus, limits.high_pu[c.nodes])
        node = np.zeros(c.n_buses, np.int32)
        node[bus[::-1]] = c.nodes[::-1]
        t, live_t = network.transformers, c.transformers
        line_a, rated = network.lines.rated_a[c.lines], t.rated_s_kva[live_t] / ROOT_3
        count = len(c.lines) + len(live_t)
        return cls(
            node=node,
            branch=np.concatenate([c.lines, live_t + len(c.live_line)]).astype(np.int32),
            bus_volt=c.bus_kv * VOLT_PER_KV,
            low_pu=low,
            high_pu=high,
            low_from=low,
            high_from=high,
            over_from=np.full(count, limits.loading),
            allowed=limits.loading,
            rated_from_a=_or_nan(np.concatenate([line_a, rated / t.high_kv[live_t]])),
            rated_to_a=_or_nan(np.concatenate([line_a, rated / t.low_kv[live_t]])),
            base_pu=np.full(c.n_buses, np.nan),
            most_rise_pu=limits.rise_pu,
        )

    def relieved(self, voltage: FloatArray, loading: FloatArray) -> "BusLimits":
        """What is beyond its limit in the base counts only where it gets worse."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return BusLimits(
            **fields
            | {
                "low_from": np.where(voltage < self.low_pu, voltage - WORSE_VOLTAGE_PU, self.low_pu),
                "high_from": np.where(voltage > self.high_pu, voltage + WORSE_VOLTAGE_PU, self.high_pu),
                "over_from": np.where(loading > self.allowed, loading + WORSE_LOADING, self.allowed),
                "base_pu": voltage,
            }
        )

    def read(self, output: Output) -> tuple[FloatArray, FloatArray]:
        """Voltages in pu and loadings, of one case or of many."""
        voltage = output["node"]["u"] / self.bus_volt
        ends = [
            np.concatenate([output[name][end] for name in ("line", "transformer") if name in output], axis=-1)
            if "line" in output or "transformer" in output
            else np.zeros((*voltage.shape[:-1], 0))
            for end in ("i_from", "i_to")
        ]
        return voltage, np.fmax(ends[0] / self.rated_from_a, ends[1] / self.rated_to_a)

    def course(
        self, output: Output, bus: IntArray, asked: Sequence[tuple[HostingLimit, int]]
    ) -> tuple[FloatArray, FloatArray]:
        """Of each case: the voltage of its bus, and the value of one element as `worst` tells it."""
        voltage, loading = self.read(output)
        values = [self._value(voltage[row], loading[row], *one) for row, one in enumerate(asked)]
        return voltage[np.arange(len(bus)), bus], np.array(values)

    def _value(self, voltage: FloatArray, loading: FloatArray, limit: HostingLimit, element: int) -> float:
        if element == NOTHING:
            return float("nan")
        if limit == HostingLimit.OVERLOAD:
            return float(loading[np.flatnonzero(self.branch == element)[0]])
        bus = np.flatnonzero(self.node == element)[0]
        return float(voltage[bus] - (self.base_pu[bus] if limit == HostingLimit.RISE else 0.0))

    def worst(self, output: Output, failed: BoolArray) -> list[tuple[HostingLimit, int, float, float]]:
        """Of each case; excesses of both kinds are compared as shares of their limits."""
        voltage, loading = self.read(output)
        excess = [
            (self.low_from - voltage) / self.low_pu,
            (voltage - self.high_from) / self.high_pu,
            (loading - self.over_from) / self.allowed,
            voltage - self.base_pu - self.most_rise_pu,
        ]
        stacked = np.concatenate([np.nan_to_num(e, nan=-np.inf, posinf=-np.inf) for e in excess], axis=1)
        at = np.argmax(stacked, axis=1)
        return [
            (HostingLimit.NO_SOLUTION, NOTHING, float("nan"), float("nan"))
            if failed[row]
            else self._named(int(place), voltage[row], loading[row], is_broken=bool(stacked[row, place] > 0))
            for row, place in enumerate(at.tolist())
        ]

    def _named(
        self, place: int, voltage: FloatArray, loading: FloatArray, *, is_broken: bool
    ) -> tuple[HostingLimit, int, float, float]:
        count = len(self.node)
        if not is_broken:
            return HostingLimit.NONE, NOTHING, float("nan"), float("nan")
        if place < count:
            return HostingLimit.VOLTAGE_LOW, int(self.node[place]), float(voltage[place]), float(self.low_pu[place])
        if place < 2 * count:
            bus = place - count
            return HostingLimit.VOLTAGE_HIGH, int(self.node[bus]), float(voltage[bus]), float(self.high_pu[bus])
        branch = place - 2 * count
        if branch < len(self.branch):
            return HostingLimit.OVERLOAD, int(self.branch[branch]), float(loading[branch]), self.allowed
        bus = branch - len(self.branch)
        rise = float(voltage[bus] - self.base_pu[bus])
        return HostingLimit.RISE, int(self.node[bus]), rise, self.most_rise_pu


def _or_nan(rated: FloatArray) -> FloatArray:
    return np.where(rated > 0, rated, np.nan)
