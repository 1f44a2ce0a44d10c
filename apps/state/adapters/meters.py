"""From the newest values of all points to switch positions, taps and measurements of the engine.

Telemetry counts power positive from the node into the equipment; the engine counts injections positive into the
network. The sign changes here, for meters of nodes and of sources.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.drift import Drift
from apps.state.adapters.measured_rows import MeasuredRows
from apps.telemetry.choices import DISCRETE, Quantity, Side
from apps.telemetry.selectors import GatewayValues
from gridops.engine.estimation.currents import Currents, as_read
from gridops.engine.estimation.measurements import Flows, Injections, Measurements, Sources, Voltages
from gridops.engine.timeseries.quality import VALIDITY_MASK, Quality

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SIDES = {Side.FROM: 0, Side.TO: 1, Side.HIGH: 0, Side.LOW: 1}
_LEAST_SIGMA_PU = 1e-4
_LEAST_SIGMA_KW = 0.1
_LEAST_SIGMA_A = 0.01
_POSSIBLE_PU = (0.5, 1.5)
_NOTHING_PU = 0.05


@dataclass(frozen=True, slots=True)
class MeterRow:
    gateway_id: int
    slot: int
    equipment_mrid: str
    side: str
    quantity: str
    sigma: float
    deadband: float
    max_silence_s: float
    mrid: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Readings:
    """The newest value of every point, in the plan's order."""

    value: FloatArray
    sigma: FloatArray  # of the meter, its deadband and the value's age together
    quality: IntArray
    at_us: IntArray
    is_known: BoolArray  # heard at least once, and valid
    is_fresh: BoolArray  # known, and not older than its point may be silent, over a link that is up

    @property
    def counts(self) -> dict[str, int]:
        good = self.is_fresh & ((self.quality & VALIDITY_MASK) == Quality.GOOD)
        return {
            "points": len(self.value),
            "points_good": int(good.sum()),
            "points_stale": int((~self.is_fresh).sum()),
        }


@dataclass(frozen=True, slots=True)
class Single:
    """Points of one quantity, each with the element that it measures."""

    row: IntArray
    element: IntArray


@dataclass(frozen=True, slots=True)
class Paired:
    """Points of active and reactive power of the same terminal; one without the other tells the estimator nothing."""

    row_p: IntArray
    row_q: IntArray
    element: IntArray
    side: IntArray


@dataclass(frozen=True, slots=True)
class Ammeters:
    """Points of current, each with its line, its end and the node there."""

    row: IntArray
    element: IntArray
    side: IntArray
    node: IntArray


@dataclass(frozen=True, slots=True)
class MeterPlan:
    rows: Sequence[MeterRow]
    gateway: IntArray
    slot: IntArray
    sigma: FloatArray
    max_silence_us: IntArray
    is_discrete: BoolArray
    switches: Single
    taps: Single
    voltages: Single
    injections: Paired
    line_flows: Paired
    transformer_flows: Paired
    sources: Paired
    currents: Ammeters
    nominal_kv: FloatArray  # per node
    n_switches: int
    drift: Drift

    @classmethod
    def build(cls, rows: Sequence[MeterRow], network: AssembledNetwork) -> "MeterPlan":
        sigma = np.array([_sigma(row) for row in rows], float)
        return cls(
            rows=rows,
            gateway=np.array([row.gateway_id for row in rows], np.int64),
            slot=np.array([row.slot for row in rows], np.int64),
            sigma=sigma,
            max_silence_us=np.array([row.max_silence_s * 1e6 for row in rows]).astype(np.int64),
            is_discrete=np.array([row.quantity in DISCRETE for row in rows], bool),
            switches=_single(rows, Quantity.SWITCH_STATE, network.switches.position),
            taps=_single(rows, Quantity.TAP_POSITION, network.transformers.position),
            voltages=_single(rows, Quantity.VOLTAGE, network.nodes.position),
            injections=_paired(rows, network.nodes.position),
            line_flows=_paired(rows, network.lines.position),
            transformer_flows=_paired(rows, network.transformers.position),
            sources=_paired(rows, network.sources.position),
            currents=_ammeters(rows, network),
            nominal_kv=network.network.nominal_kv,
            n_switches=len(network.switches),
            drift=Drift(sigma),
        )

    def read(self, blocks: Sequence[GatewayValues], as_of: datetime) -> Readings:
        count = len(self.rows)
        value, at_us = np.full(count, np.nan), np.zeros(count, np.int64)
        quality, heard = np.full(count, int(Quality.INVALID)), np.zeros(count, bool)
        for block in blocks:
            mine = np.flatnonzero((self.gateway == block.gateway_id) & (self.slot < len(block.latest.at_us)))
            slot = self.slot[mine]
            value[mine], at_us[mine] = block.latest.value[slot], block.latest.at_us[slot]
            quality[mine], heard[mine] = block.latest.quality[slot], not block.is_silent(as_of)
        known = (at_us > 0) & ((quality & VALIDITY_MASK) != Quality.INVALID) & np.isfinite(value)
        now_us = (as_of - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        young = self.is_discrete | (now_us - at_us <= self.max_silence_us)
        wandered = self.drift.variance(value=value, at_us=at_us, now_us=now_us)
        sigma = np.sqrt(self.sigma**2 + wandered)
        return Readings(value, sigma, quality, at_us, known, known & heard & young)

    def switch_closed(self, readings: Readings, before: BoolArray) -> BoolArray:
        """A switch that reports neither open nor closed keeps the position it was last known to have."""
        value = readings.value[self.switches.row]
        clear = readings.is_known[self.switches.row] & np.isin(value, (0.0, 1.0))
        closed = before.copy()
        closed[self.switches.element[clear]] = value[clear] == 1.0
        return closed

    def tap_position(self, readings: Readings, before: IntArray) -> IntArray:
        known = readings.is_known[self.taps.row]
        taps = before.copy()
        taps[self.taps.element[known]] = np.rint(readings.value[self.taps.row[known]])
        return taps

    def measurements(self, readings: Readings, metered: Injections, pseudo: Injections) -> Measurements:
        return Measurements(
            voltages=self._voltages(readings),
            injections=_joined(metered, pseudo),
            line_flows=_flows(self.line_flows, readings),
            transformer_flows=_flows(self.transformer_flows, readings),
            sources=self._sources(readings),
            line_currents=self._currents(readings),
            zero_voltages=self._zero_voltages(readings),
        )

    def _voltages(self, readings: Readings) -> Voltages:
        fresh = self._fresh_voltages(readings)
        node = self.voltages.element[fresh]
        kv = self.nominal_kv[node]
        sigma = np.maximum(readings.sigma[self.voltages.row[fresh]] / kv, _LEAST_SIGMA_PU)
        return Voltages(node.astype(np.int32), readings.value[self.voltages.row[fresh]] / kv, sigma)

    def _fresh_voltages(self, readings: Readings) -> BoolArray:
        """Those in a range in which a network can be. A dead busbar reads 0 kV: true, but no news for the solver."""
        return readings.is_fresh[self.voltages.row] & ~self.out_of_range(readings)

    def _zero_voltages(self, readings: Readings) -> npt.NDArray[np.int32]:
        node = self.voltages.element
        nothing = np.abs(readings.value[self.voltages.row]) < _NOTHING_PU * self.nominal_kv[node]
        return node[readings.is_fresh[self.voltages.row] & nothing].astype(np.int32)

    def out_of_range(self, readings: Readings) -> BoolArray:
        """Per voltage meter: what it reads is no voltage of a live node."""
        low, high = _POSSIBLE_PU
        pu = readings.value[self.voltages.row] / self.nominal_kv[self.voltages.element]
        return np.asarray(~((pu >= low) & (pu <= high)))

    def injections_now(self, readings: Readings) -> Injections:
        fresh = _fresh_pairs(self.injections, readings)
        p, q, sigma_p, sigma_q = _values(self.injections, readings, fresh)
        node = self.injections.element[fresh].astype(np.int32)
        return Injections(node, -p, -q, sigma_p, sigma_q, np.zeros(len(node), bool))

    def _sources(self, readings: Readings) -> Sources:
        fresh = _fresh_pairs(self.sources, readings)
        p, q, sigma_p, sigma_q = _values(self.sources, readings, fresh)
        return Sources(self.sources.element[fresh].astype(np.int32), -p, -q, sigma_p, sigma_q)

    def _currents(self, readings: Readings) -> Currents:
        meters = self.currents
        fresh = readings.is_fresh[meters.row]
        branch, side, node = (part[fresh].astype(np.int32) for part in (meters.element, meters.side, meters.node))
        sigma = np.maximum(readings.sigma[meters.row[fresh]], _LEAST_SIGMA_A)
        return as_read(branch, side, node, np.abs(readings.value[meters.row[fresh]]), sigma)

    def point_rows(self, readings: Readings) -> MeasuredRows:
        """Which points stand behind each row of the measurements, so that bad data can be named."""
        voltage = self.voltages.row[self._fresh_voltages(readings)]
        pairs = {
            name: (paired.row_p[fresh], paired.row_q[fresh])
            for name, paired in (
                ("injection", self.injections),
                ("line_flow", self.line_flows),
                ("transformer_flow", self.transformer_flows),
                ("source", self.sources),
            )
            for fresh in [_fresh_pairs(paired, readings)]
        }
        return MeasuredRows(voltage, self.currents.row[readings.is_fresh[self.currents.row]], pairs)


def _sigma(row: MeterRow) -> float:
    """A meter that reports by exception is off by its noise and by what its deadband holds back (uniform)."""
    return float(np.hypot(row.sigma, row.deadband / np.sqrt(3)))


def _single(rows: Sequence[MeterRow], quantity: Quantity, index_of: Mapping[str, int]) -> Single:
    found = [n for n, row in enumerate(rows) if row.quantity == quantity and row.equipment_mrid in index_of]
    return Single(
        row=np.array(found, np.int64),
        element=np.array([index_of[rows[n].equipment_mrid] for n in found], np.int64),
    )


def _paired(rows: Sequence[MeterRow], index_of: Mapping[str, int]) -> Paired:
    places: dict[tuple[int, int], dict[str, int]] = {}
    for n, row in enumerate(rows):
        if row.quantity in (Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER) and row.equipment_mrid in index_of:
            terminal = (index_of[row.equipment_mrid], _SIDES.get(Side(row.side), 0))
            places.setdefault(terminal, {})[row.quantity] = n
    whole = [(place, both) for place, both in places.items() if len(both) == 2]
    row_p = np.array([both[Quantity.ACTIVE_POWER] for _, both in whole], np.int64)
    row_q = np.array([both[Quantity.REACTIVE_POWER] for _, both in whole], np.int64)
    return Paired(
        row_p=row_p,
        row_q=row_q,
        element=np.array([place[0] for place, _ in whole], np.int64),
        side=np.array([place[1] for place, _ in whole], np.int64),
    )


def _ammeters(rows: Sequence[MeterRow], network: AssembledNetwork) -> Ammeters:
    ends = _single(rows, Quantity.CURRENT, network.lines.position)
    side = np.array([_SIDES.get(Side(rows[n].side), 0) for n in ends.row.tolist()], np.int64)
    lines = network.network.lines
    node = np.where(side == 0, lines.from_node[ends.element], lines.to_node[ends.element])
    return Ammeters(ends.row, ends.element, side, node)


def _fresh_pairs(paired: Paired, readings: Readings) -> BoolArray:
    return np.asarray(readings.is_fresh[paired.row_p] & readings.is_fresh[paired.row_q])


def _values(
    paired: Paired, readings: Readings, fresh: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    rows = paired.row_p[fresh], paired.row_q[fresh]
    p, q = (readings.value[row] for row in rows)
    sigma_p, sigma_q = (np.maximum(readings.sigma[row], _LEAST_SIGMA_KW) for row in rows)
    return p, q, sigma_p, sigma_q


def _flows(paired: Paired, readings: Readings) -> Flows:
    fresh = _fresh_pairs(paired, readings)
    return Flows(
        paired.element[fresh].astype(np.int32), paired.side[fresh].astype(np.int32), *_values(paired, readings, fresh)
    )


def _joined(first: Injections, second: Injections) -> Injections:
    names = ("node", "p_kw", "q_kvar", "sigma_p_kw", "sigma_q_kvar", "is_pseudo")
    return Injections(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))
