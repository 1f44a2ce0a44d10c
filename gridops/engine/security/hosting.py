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
from gridops.engine.security.volt_var import VoltVar, settled_shares
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.units import WATT_PER_KW

AT_ONCE = 128
ABOVE, BELOW = 1.1, 0.97  # of a guess, tried first
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
    relative: float = 0.0  # of what was found, where that is more than the tolerance
    volt_var: VoltVar | None = None  # gives the reactive power instead of q_per_kw


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
        output, failed = self._with(bus, kw, addition)
        return self._limits.worst(output, failed)

    def course(
        self, found: Sequence[Hosting], shares: Sequence[float], addition: Addition
    ) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
        """With shares of each capacity added at its node: kW, the node's own voltage, the value that `Hosting` tells.

        Of a capacity of nothing the shares are of the tolerance. nan where there is no solution, and for an element
        that is NOTHING.
        """
        kw = np.array([np.multiply(shares, one.capacity_kw or addition.tolerance_kw) for one in found])
        which = np.repeat(np.arange(len(found)), len(shares))
        own, value = np.full(kw.size, np.nan), np.full(kw.size, np.nan)
        node, limit = np.array([one.node for one in found]), [one.limit for one in found]
        element = np.array([one.element for one in found])
        for start in range(0, kw.size, AT_ONCE):
            rows = np.arange(start, min(start + AT_ONCE, kw.size))
            bus = self._compiled.live_bus_of_node[node[which[rows]]]
            output, failed = self._with(bus, kw.ravel()[rows], addition)
            asked = [(limit[n], int(element[n])) for n in which[rows].tolist()]
            found_own, found_value = self._limits.course(output, bus, asked)
            own[rows], value[rows] = (np.where(failed, np.nan, one) for one in (found_own, found_value))
        return list(zip(kw, own.reshape(kw.shape), value.reshape(kw.shape), strict=True))

    def _with(self, bus: IntArray, kw: FloatArray, addition: Addition) -> tuple[Output, BoolArray]:
        """The power flows with kw added at one bus each, and which of them have no solution."""
        if addition.volt_var is None:
            return self._solved(bus, kw, addition.direction, np.full(len(bus), addition.q_per_kw))
        whole: Output = {}
        failed = np.zeros(len(bus), np.bool_)

        def voltage_with(rows: IntArray, share: FloatArray) -> FloatArray:
            output, failed[rows] = self._solved(bus[rows], kw[rows], addition.direction, share)
            for kind, name in ((kind, name) for kind, columns in output.items() for name in columns):
                values = output[kind][name]
                of_kind = whole.setdefault(kind, {})
                of_kind.setdefault(name, np.empty((len(bus), values.shape[1])))[rows] = values
            voltage = self._limits.read(output)[0][np.arange(len(rows)), bus[rows]]
            return np.where(failed[rows], np.nan, voltage)

        settled = settled_shares(addition.volt_var, self._limits.base_pu[bus], voltage_with)
        return whole, failed | ~settled

    def _solved(
        self, bus: IntArray, kw: FloatArray, direction: float, q_per_kw: FloatArray
    ) -> tuple[Output, BoolArray]:
        slot = np.searchsorted(self._compiled.injection_bus, bus)
        p = self._p_kw[slot] + direction * kw
        q = self._q_kvar[slot] + direction * q_per_kw * kw
        update = initialize_array("update", "sym_gen", (len(bus), 1))
        update["id"][:, 0] = self._gen_id[slot]
        update["p_specified"][:, 0], update["q_specified"][:, 0] = WATT_PER_KW * p, WATT_PER_KW * q
        output = self._calculate({"sym_gen": update})
        error = self._model.batch_error
        failed = np.zeros(len(bus), np.bool_)
        if error is not None:
            failed[error.failed_scenarios] = True
        return output, failed

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
    guess_kw: FloatArray | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Hosting]:
    """The most that each node, by itself, can take before the first limit breaks, to the tolerance, rounded down.

    guess_kw: one per node, about what will be found; a wrong one costs time only.
    progress: told the share that is done, from 0 to 1.
    Raises ValueError if the most or the tolerance is not positive, or the base has no solution (`base.reason`).
    """
    if not (addition.most_kw > 0 and addition.tolerance_kw > 0):
        raise ValueError("The most to try and the tolerance must be above 0 kW.")
    if base.reason:
        raise ValueError(base.reason)
    asked = np.asarray(nodes, np.int32)
    guess = np.full(len(asked), np.nan) if guess_kw is None else guess_kw
    live = np.flatnonzero(base.live(asked))
    found = [Hosting(int(node), 0.0, HostingLimit.DEAD, NOTHING, np.nan, np.nan) for node in asked]
    for start in range(0, len(live), AT_ONCE):
        places = live[start : start + AT_ONCE]
        search = _Search(base, asked[places], addition)
        search.bracket(guess[places])
        for place, hosting in zip(places.tolist(), search.bisected(), strict=True):
            found[place] = hosting
        if progress is not None:
            progress(min(1.0, (start + AT_ONCE) / len(live)))
    return found


class _Search:
    """Between what is known to break nothing and what is known to break something, node by node."""

    def __init__(self, base: HostingBase, nodes: IntArray, addition: Addition) -> None:
        self._base, self._nodes, self._addition = base, nodes, addition
        self._low, self._high = np.zeros(len(nodes)), np.full(len(nodes), addition.most_kw)
        unknown = (HostingLimit.NONE, NOTHING, float("nan"), float("nan"))
        self._broken: list[tuple[HostingLimit, int, float, float]] = [unknown] * len(nodes)

    def bracket(self, guess_kw: FloatArray) -> None:
        """Tries a little more than is guessed, and what is more than all else; then a little less."""
        over = np.minimum(np.where(guess_kw > 0, ABOVE * guess_kw, np.inf), self._addition.most_kw)
        every = np.arange(len(self._nodes))
        self._try(every, over)
        unbroken = np.flatnonzero((self._low == over) & (over < self._addition.most_kw))
        self._try(unbroken, np.full(len(unbroken), self._addition.most_kw))
        inside = np.flatnonzero((self._low == 0) & (guess_kw > 0))
        self._try(inside, np.minimum(BELOW * guess_kw[inside], self._addition.most_kw))

    def bisected(self) -> list[Hosting]:
        while len(active := np.flatnonzero(self._high - self._low > self._tolerance())):
            self._try(active, (self._low[active] + self._high[active]) / 2)
        return [
            Hosting(node, kw, *verdict)
            for node, kw, verdict in zip(self._nodes.tolist(), self._low.tolist(), self._broken, strict=True)
        ]

    def _tolerance(self) -> FloatArray:
        return np.maximum(self._addition.tolerance_kw, self._addition.relative * self._low)

    def _try(self, places: np.ndarray, kw: FloatArray) -> None:
        if not len(places):
            return
        verdicts = self._base.broken(self._nodes[places], kw, self._addition)
        for place, tried, verdict in zip(places.tolist(), kw.tolist(), verdicts, strict=True):
            if verdict[0] == HostingLimit.NONE:
                self._low[place] = max(tried, self._low[place])
            elif tried <= self._high[place]:
                self._high[place], self._broken[place] = tried, verdict


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
