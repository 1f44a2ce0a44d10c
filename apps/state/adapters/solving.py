"""One scan through the engine: topology, pseudo-measurements, estimate, and where each value comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.known_bad import KnownBad
from apps.state.adapters.measured_rows import MeasuredRows
from apps.state.adapters.meters import MeterPlan, Readings
from apps.state.adapters.misleading import without_misleading
from apps.state.adapters.plants import PlantMeters
from apps.state.adapters.pseudo import Allocated, Allocator
from apps.state.adapters.switch_doubts import DoubtfulSwitch, SwitchDoubts
from apps.state.choices import Outcome, Position, Provenance, Supply
from gridops.engine.estimation.angles import Angles
from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.examination import Examination
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.observability import Basis
from gridops.engine.estimation.plausibility import least_plausible
from gridops.engine.network.model import IntArray as EngineInts
from gridops.engine.network.model import Network
from gridops.engine.network.topology import resolve

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.integer]

ENGINE_VERSION = "0.1.0"
_MODEL_ERROR = 0.01  # share of a flow: impedances are known to a few per cent
_MOST_IMPLAUSIBLE = 5


@dataclass(frozen=True, slots=True)
class BadMeter:
    """A meter that the others contradict."""

    row: int  # in the plan
    at_us: int
    measured: float  # in the unit and sign of the meter
    estimated: float
    normalised_residual: float


@dataclass(frozen=True, slots=True)
class Solved:
    """The state of everything on display; powers in kW. Values of what is not known are nan."""

    outcome: Outcome
    reason: str
    node_voltage_pu: FloatArray
    node_supply: IntArray
    node_provenance: IntArray
    line_loading: FloatArray
    line_p_kw: FloatArray
    line_supply: IntArray
    line_provenance: IntArray
    transformer_loading: FloatArray
    transformer_p_kw: FloatArray
    transformer_supply: IntArray
    transformer_provenance: IntArray
    switch_position: IntArray
    switch_is_fresh: BoolArray
    switch_is_off_normal: BoolArray
    load_kw: float
    generation_kw: float
    storage_kw: float
    losses_kw: float
    import_kw: float
    line_losses_kw: FloatArray
    transformer_losses_kw: FloatArray
    source_p_kw: FloatArray
    bad: Sequence[BadMeter]
    doubtful_switches: Sequence[DoubtfulSwitch]  # the estimate has them in the other position
    oldest_at: datetime | None = None  # of the estimates it was put together from

    @property
    def is_solved(self) -> bool:
        return self.outcome == Outcome.SOLVED

    @property
    def supply_is_known(self) -> bool:
        return self.outcome != Outcome.BLIND

    @property
    def node_is_dead(self) -> BoolArray:
        return np.asarray(self.node_supply == Supply.DEAD)


class Solver:
    """Warm from scan to scan; built anew only where switches have moved."""

    def __init__(self, network: AssembledNetwork, plan: MeterPlan) -> None:
        self._assembled, self._network, self._plan = network, network.network, plan
        self._shown = network.n_display_nodes
        self._allocator, self._plants = Allocator(network), PlantMeters(plan.rows, network)
        self._last: Solved | None = None
        self._taps = network.normal_tap.astype(np.int64)
        self._reported = resolve(self._network, network.normal_closed)
        self._believed = self._reported
        self._estimator = Estimator(self._network, self._reported)
        self._doubts, self._known_bad = SwitchDoubts(self._network), KnownBad()
        self._angles = Angles(self._network)

    @property
    def network(self) -> Network:
        return self._network

    def solve(self, readings: Readings) -> Solved:
        if not readings.is_fresh.any() and self._last is not None:
            return stale(self._last)
        self._take_switches(readings)
        self._taps = self._plan.tap_position(readings, self._taps)
        metered = self._plan.injections_now(readings)
        allocated = self._allocator.allocate(metered, self._plants.told(readings))
        told = self._plan.measurements(readings, metered, allocated.pseudo)
        measurements = self._angles.lend(told, self._believed)
        rows = self._plan.point_rows(readings)
        estimate = self._doubting(measurements.with_model_error(_MODEL_ERROR), rows)
        self._known_bad.learn(estimate.bad, rows)
        self._angles.learn(estimate, self._believed)
        solved = self._read(readings, estimate, allocated)
        self._last = solved if solved.is_solved else self._last
        return solved

    def _doubting(self, measurements: Measurements, rows: MeasuredRows) -> Estimate:
        """The estimate; with a switch in the other position where the meters insist."""
        estimate = self._estimate(measurements, rows)
        finding = self._doubts.look(self._reported, measurements, self._taps.astype(np.int32), estimate)
        before, self._believed = self._believed, finding.topology if finding else self._reported
        if self._believed is before:
            return estimate
        self._estimator.set_topology(self._believed)
        return self._estimate(measurements, rows)

    def examine(self, measurements: Measurements) -> Examination | None:
        """What an estimate of these measurements is worth, at the positions of the last scan."""
        return self._estimator.examine(measurements, self._taps.astype(np.int32))

    def _estimate(self, measurements: Measurements, rows: MeasuredRows) -> Estimate:
        """Without the meters that are known to be bad; those that still are, are told again."""
        estimate = self.estimate(measurements, self._known_bad.left_out(rows))
        standing = self._known_bad.still_bad(estimate, measurements, rows)
        return replace(estimate, bad=[*standing, *estimate.bad])

    def estimate(
        self, measurements: Measurements, left_out: Mapping[MeasurementKind, EngineInts] | None = None
    ) -> Estimate:
        """Meters that contradict each other are told apart by what their nodes would take without them, one by one."""
        taps = self._taps.astype(np.int32)
        estimate = self._estimator.estimate(measurements, taps, left_out=left_out)
        implausible: list[BadDatum] = []
        usual = measurements.injections.pseudo()
        while len(implausible) < _MOST_IMPLAUSIBLE:
            verdict = least_plausible(estimate.doubtful, measurements, usual)
            if verdict is None:
                break
            implausible.append(verdict.bad)
            measurements = verdict.measurements
            estimate = self._estimator.estimate(measurements, taps, left_out=left_out)

        def again(out: Mapping[MeasurementKind, EngineInts]) -> Estimate:
            return self._estimator.estimate(measurements, taps, left_out=out)

        estimate = without_misleading(estimate, measurements, left_out or {}, again)
        return replace(estimate, bad=[*estimate.bad, *implausible])

    def _take_switches(self, readings: Readings) -> None:
        closed = self._plan.switch_closed(readings, self._reported.switch_closed)
        if not np.array_equal(closed, self._reported.switch_closed):
            self._reported = self._believed = resolve(self._network, closed)
            self._estimator.set_topology(self._reported)
            self._doubts.switches_moved()
            self._known_bad.forget()

    def _read(self, readings: Readings, estimate: Estimate, allocated: Allocated) -> Solved:
        shown = self._shown
        outcome = self._outcome(readings, estimate)
        observed = estimate.observability
        is_blind = outcome == Outcome.BLIND
        closed = self._reported.switch_closed
        fresh, position = shown_switches(self._plan, readings)
        return Solved(
            outcome=outcome,
            reason=estimate.reason,
            node_voltage_pu=estimate.voltage_pu[:shown],
            node_supply=_supply(observed.node[:shown], is_blind),
            node_provenance=_provenance(observed.node[:shown], is_blind),
            line_loading=estimate.line_loading,
            line_p_kw=estimate.line_p_from_kw,
            line_supply=_supply(observed.line, is_blind),
            line_provenance=_provenance(observed.line, is_blind),
            transformer_loading=estimate.transformer_loading,
            transformer_p_kw=estimate.transformer_p_high_kw,
            transformer_supply=_supply(observed.transformer, is_blind),
            transformer_provenance=_provenance(observed.transformer, is_blind),
            switch_position=position,
            switch_is_fresh=fresh,
            switch_is_off_normal=closed != self._assembled.normal_closed,
            load_kw=self._load_kw(estimate, allocated),
            generation_kw=allocated.generation_kw if estimate.converged else np.nan,
            storage_kw=allocated.storage_kw if estimate.converged else np.nan,
            losses_kw=estimate.losses_kw,
            import_kw=float(estimate.source_p_kw.sum()),
            line_losses_kw=estimate.line_p_from_kw + estimate.line_p_to_kw,
            transformer_losses_kw=estimate.transformer_p_high_kw + estimate.transformer_p_low_kw,
            source_p_kw=estimate.source_p_kw,
            bad=self._bad(readings, estimate),
            doubtful_switches=self._doubts.doubtful,
        )

    def _outcome(self, readings: Readings, estimate: Estimate) -> Outcome:
        if not readings.is_fresh.any():
            return Outcome.BLIND
        return Outcome.SOLVED if estimate.converged else Outcome.DIVERGED

    def _load_kw(self, estimate: Estimate, allocated: Allocated) -> float:
        """What closes the balance: import, generation and storage less losses."""
        supplied = float(estimate.source_p_kw.sum()) + allocated.generation_kw + allocated.storage_kw
        return supplied - estimate.losses_kw

    def _bad(self, readings: Readings, estimate: Estimate) -> list[BadMeter]:
        rows = self._plan.point_rows(readings)
        found = [(rows.of(bad.kind.value, bad.index, bad.quantity), bad) for bad in estimate.bad]
        named = [self._bad_meter(row, bad, readings) for row, bad in found if row is not None]
        return named + self._impossible(readings, estimate)

    def _impossible(self, readings: Readings, estimate: Estimate) -> list[BadMeter]:
        """Voltage meters of live nodes that read what no live node can have; the solver never saw them."""
        meters = self._plan.voltages
        wrong = readings.is_fresh[meters.row] & self._plan.out_of_range(readings)
        wrong &= np.isfinite(estimate.voltage_pu[meters.element])
        found = []
        for row, node in zip(meters.row[wrong].tolist(), meters.element[wrong].tolist(), strict=True):
            measured = float(readings.value[row])
            estimated = float(estimate.voltage_pu[node] * self._network.nominal_kv[node])
            residual = (measured - estimated) / max(float(readings.sigma[row]), 1e-9)
            found.append(BadMeter(row, int(readings.at_us[row]), measured, estimated, residual))
        return found

    def _bad_meter(self, row: int, bad: BadDatum, readings: Readings) -> BadMeter:
        """The engine speaks in pu and injections, the meter in its own unit and sign: one factor leads back."""
        measured = float(readings.value[row])
        factor = measured / bad.measured if bad.measured else 1.0
        return BadMeter(row, int(readings.at_us[row]), measured, factor * bad.estimated, bad.normalised_residual)


def shown_switches(plan: MeterPlan, readings: Readings) -> tuple[BoolArray, IntArray]:
    """Which positions are fresh, and the code that is shown."""
    count = plan.n_switches
    fresh, position = np.zeros(count, bool), np.full(count, int(Position.UNKNOWN))
    singles = plan.switches
    known = readings.is_known[singles.row]
    fresh[singles.element] = readings.is_fresh[singles.row]
    position[singles.element[known]] = np.clip(readings.value[singles.row[known]], 0, 3).astype(np.int64)
    return fresh, position


def stale(last: Solved) -> Solved:
    """Nothing is heard any more: what was last known, marked as such, so that no number looks alive."""

    def marked(provenance: IntArray) -> IntArray:
        return np.where(provenance == Provenance.NONE, int(Provenance.NONE), int(Provenance.STALE))

    return replace(
        last,
        outcome=Outcome.BLIND,
        reason="No fresh measurements; what is shown is the last known state.",
        switch_is_fresh=np.zeros(len(last.switch_is_fresh), bool),
        bad=(),
        node_provenance=marked(last.node_provenance),
        line_provenance=marked(last.line_provenance),
        transformer_provenance=marked(last.transformer_provenance),
    )


_SUPPLY = np.zeros(len(Basis), np.int64)
_PROVENANCE = np.zeros(len(Basis), np.int64)
for _basis, _s, _p in (
    (Basis.DEAD, Supply.DEAD, Provenance.NONE),
    (Basis.MEASURED, Supply.LIVE, Provenance.MEASURED),
    (Basis.ESTIMATED, Supply.LIVE, Provenance.ESTIMATED),
    (Basis.PSEUDO, Supply.LIVE, Provenance.PSEUDO),
    (Basis.UNOBSERVABLE, Supply.UNOBSERVABLE, Provenance.NONE),
):
    _SUPPLY[_basis], _PROVENANCE[_basis] = _s, _p


def _supply(basis: IntArray, is_blind: bool) -> IntArray:
    return np.full(len(basis), int(Supply.UNKNOWN)) if is_blind else _SUPPLY[basis]


def _provenance(basis: IntArray, is_blind: bool) -> IntArray:
    return np.full(len(basis), int(Provenance.NONE)) if is_blind else _PROVENANCE[basis]
