"""Hosting capacity: how much more a node can feed in, or draw, before the first limit breaks.

Bisection on a full power flow (Newton-Raphson), all nodes of a step in one batch. What is beyond a limit already counts
only where the addition makes it worse, by the same margins as N-1's. Along one direction of power a voltage is nearly
monotone and a current nearly convex, so what a node can host is one interval that begins at nothing; that is what
bisection needs. Source of the notion: M. Bollen, F. Hassan, Integration of Distributed Generation in the Power System
(2011), chapter 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel, initialize_array
from power_grid_model.errors import PowerGridError

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.powerflow.compile import Compiled, compile_network
from gridops.engine.powerflow.output import Output
from gridops.engine.powerflow.solver import ERROR_TOLERANCE, MAX_ITERATIONS, reason_for, tap_columns
from gridops.engine.security.hosting_limits import BusLimits, HostingLimit
from gridops.engine.security.screening import NOTHING, Limits
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.units import WATT_PER_KW

AT_ONCE = 128
_COLUMNS = {"node": ["u"], "line": ["i_from", "i_to"], "transformer": ["i_from", "i_to"]}


@dataclass(frozen=True, slots=True)
class Hosting:
    """What one node can host, and what breaks first beyond it."""

    node: int
    capacity_kw: float  # not negative, in the direction that was asked for
    limit: HostingLimit
    element: int  # a node for voltages, a branch (lines, then transformers) for loading; NOTHING for the others
    value: float  # of that element just beyond the capacity: pu, or loading as a fraction; nan for NOTHING
    allowed: float


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added at a node, per kW: direction +1 feeds in, -1 draws; q_per_kw kvar per kW, both with that sign."""

    direction: float
    q_per_kw: float
    most_kw: float
    tolerance_kw: float


class HostingBase:
    """A state made ready for additions."""

    def __init__(self, point: OperatingPoint, limits: Limits) -> None:
        everywhere = _with_injections_everywhere(point.network)
        self._compiled = compile_network(everywhere, point.topology)
        self.reason = "" if self._compiled.n_buses else "Nothing has supply."
        if self.reason:
            return
        c = self._compiled
        self._model = PowerGridModel(c.input_data)
        self._gen_id = c.input_data["sym_gen"]["id"]
        self._p_kw, self._q_kvar = (_per_bus(c, values) for values in (point.node_p_kw, point.node_q_kvar))
        self._model.update(update_data=self._base_update(point))
        self._limits = BusLimits.of(point.network, c, limits)
        try:
            base = self._calculate(None)
        except PowerGridError as error:
            self.reason = reason_for(error)
            return
        self._limits = self._limits.relieved(*self._limits.read(base))

    def live(self, nodes: IntArray) -> BoolArray:
        """Which nodes have supply."""
        return np.asarray(self._compiled.live_bus_of_node[nodes] >= 0, np.bool_)

    def broken(
        self, nodes: IntArray, kw: FloatArray, addition: Addition
    ) -> list[tuple[HostingLimit, int, float, float]]:
        """For each node by itself with kw added: the limit that breaks most, NONE if none does.

        Each row: limit, element, its value, what is allowed.
        """
        found: list[tuple[HostingLimit, int, float, float]] = []
        for start in range(0, len(nodes), AT_ONCE):
            chosen = slice(start, start + AT_ONCE)
            found += self._broken(self._compiled.live_bus_of_node[nodes[chosen]], kw[chosen], addition)
        return found

    def _broken(
        self, bus: IntArray, kw: FloatArray, addition: Addition
    ) -> list[tuple[HostingLimit, int, float, float]]:
        slot = np.searchsorted(self._compiled.injection_bus, bus)
        p = self._p_kw[slot] + addition.direction * kw
        q = self._q_kvar[slot] + addition.direction * addition.q_per_kw * kw
        update = initialize_array("update", "sym_gen", (len(bus), 1))
        update["id"][:, 0] = self._gen_id[slot]
        update["p_specified"][:, 0], update["q_specified"][:, 0] = WATT_PER_KW * p, WATT_PER_KW * q
        output = self._calculate({"sym_gen": update})
        error = self._model.batch_error
        failed = np.zeros(len(bus), np.bool_)
        if error is not None:
            failed[error.failed_scenarios] = True
        return self._limits.worst(output, failed)

    def _base_update(self, point: OperatingPoint) -> dict[str, np.ndarray]:
        c = self._compiled
        columns = {
            "sym_gen": {"p_specified": WATT_PER_KW * self._p_kw, "q_specified": WATT_PER_KW * self._q_kvar},
            "source": {
                "u_ref": point.source_voltage_pu[c.sources],
                "u_ref_angle": np.radians(point.source_angle_deg[c.sources]),
            },
            "transformer": tap_columns(c, point.network, point.tap_position),
        }
        return {
            name: _rows(name, c.input_data[name]["id"], values)
            for name, values in columns.items()
            if name in c.input_data
        }

    def _calculate(self, batch: dict[str, np.ndarray] | None) -> Output:
        output: Output = self._model.calculate_power_flow(
            update_data=batch,
            error_tolerance=ERROR_TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            calculation_method=CalculationMethod.newton_raphson,
            output_component_types={
                name: wanted for name, wanted in _COLUMNS.items() if name in self._compiled.input_data
            },
            continue_on_batch_error=batch is not None,
        )
        return output


def hosting_capacity(
    base: HostingBase,
    nodes: IntArray | Sequence[int],
    addition: Addition,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[Hosting]:
    """The most that each node, by itself, can take before the first limit breaks, to the tolerance, rounded down.

    progress: told the share that is done, from 0 to 1.
    Raises ValueError if the most or the tolerance is not positive, or the base has no solution (`base.reason`).
    """
    if not (addition.most_kw > 0 and addition.tolerance_kw > 0):
        raise ValueError("The most to try and the tolerance must be above 0 kW.")
    if base.reason:
        raise ValueError(base.reason)
    asked = np.asarray(nodes, np.int32)
    live = np.flatnonzero(base.live(asked))
    found = [Hosting(int(node), 0.0, HostingLimit.DEAD, NOTHING, np.nan, np.nan) for node in asked]
    for start in range(0, len(live), AT_ONCE):
        places = live[start : start + AT_ONCE]
        for place, hosting in zip(places.tolist(), _bisected(base, asked[places], addition), strict=True):
            found[place] = hosting
        if progress is not None:
            progress(min(1.0, (start + AT_ONCE) / len(live)))
    return found


def _bisected(base: HostingBase, nodes: IntArray, addition: Addition) -> list[Hosting]:
    low, high = np.zeros(len(nodes)), np.full(len(nodes), addition.most_kw)
    broken = base.broken(nodes, high, addition)
    is_open = np.array([limit != HostingLimit.NONE for limit, *_ in broken])
    low[~is_open] = addition.most_kw
    while len(active := np.flatnonzero(is_open & (high - low > addition.tolerance_kw))):
        middle = (low[active] + high[active]) / 2
        for place, kw, verdict in zip(
            active.tolist(), middle.tolist(), base.broken(nodes[active], middle, addition), strict=True
        ):
            if verdict[0] == HostingLimit.NONE:
                low[place] = kw
            else:
                high[place], broken[place] = kw, verdict
    return [Hosting(node, kw, *verdict) for node, kw, verdict in zip(nodes.tolist(), low.tolist(), broken, strict=True)]


def _with_injections_everywhere(network: Network) -> Network:
    fields = {name: getattr(network, name) for name in Network.__slots__}
    return Network(**fields | {"injection_node": np.arange(network.n_nodes, dtype=np.int32)})


def _per_bus(compiled: Compiled, values: FloatArray) -> FloatArray:
    live = np.nan_to_num(values[compiled.injections])
    return np.asarray(np.bincount(compiled.injection_slot, live, len(compiled.injection_bus)), np.float64)


def _rows(component: str, ids: np.ndarray, values: dict[str, np.ndarray]) -> np.ndarray:
    rows: np.ndarray = initialize_array("update", component, len(ids))
    rows["id"] = ids
    for name, column in values.items():
        rows[name] = column
    return rows
