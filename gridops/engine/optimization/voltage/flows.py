"""The full power flow of every step of a horizon, by power-grid-model's batch: the judge of every plan.

Loads that answer to the voltage are split: a share of half the factor behaves as an impedance, the rest as a constant
power, so that a percent of voltage changes the power by `factor` percent at 1 pu.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from power_grid_model import CalculationMethod, LoadGenType, PowerGridModel, initialize_array
from power_grid_model.errors import PowerGridError

from gridops.engine.estimation.admittance import ComplexArray
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.slopes import shunt_power
from gridops.engine.optimization.voltage.problem import SetPoints, VoltageProblem
from gridops.engine.powerflow.compile import Compiled, compile_network
from gridops.engine.powerflow.output import Output
from gridops.engine.powerflow.solver import ERROR_TOLERANCE, MAX_ITERATIONS
from gridops.engine.units import ROOT_3, VOLT_PER_KV, WATT_PER_KW

AT_ONCE = 96  # steps of one batch
COUNTED_PU = 1e-6  # beyond a limit by less is on it
_BRANCH = ["p_from", "p_to", "i_from", "i_to"]


@dataclass(frozen=True, slots=True)
class Solution:
    """Rows are steps, columns live buses or tap controls. Where a step has no solution, its numbers are nan."""

    voltage: ComplexArray  # pu
    loss_kw: FloatArray
    drawn_kw: FloatArray  # from all sources
    overloads: IntArray  # branches above their rating

    @property
    def solved(self) -> BoolArray:
        return np.asarray(np.isfinite(self.loss_kw), np.bool_)

    @property
    def magnitude(self) -> FloatArray:
        return np.asarray(np.abs(self.voltage), np.float64)


class Flows:
    """A problem made ready for repeated solving; every array is of live buses."""

    def __init__(self, problem: VoltageProblem) -> None:
        self.problem = problem
        self.compiled: Compiled = compile_network(problem.network, problem.topology)
        c = self.compiled
        if not c.n_buses:
            raise ValueError("Nothing in the network has supply.")
        self.low_pu, self.high_pu = self._limits()
        self.shunts = shunt_power(problem.network, c)
        share = 0.5 * np.stack([problem.cvr_p, problem.cvr_q])[:, c.injections]
        self._answers = share
        self.bank_bus = c.live_bus_of_node[problem.banks.node]
        yielding = c.live_bus_of_node[problem.network.injection_node[c.injections[share.any(axis=0)]]]
        self.yielding_bus: IntArray = np.unique(np.concatenate([yielding, self.bank_bus[self.bank_bus >= 0]]))
        self._input = dict(c.input_data)
        self._input["source"]["u_ref"] = problem.source_voltage_pu[c.sources]
        self._add_yielding()
        self._model = PowerGridModel(self._input)
        self._rated = self._ratings()

    @property
    def n_devices(self) -> int:
        """Tap controls and banks: what has whole positions."""
        return self.problem.taps.n_controls + len(self.problem.banks.node)

    def solve(self, chosen: SetPoints, steps: IntArray | None = None) -> Solution:
        """Of these steps, of all where omitted; rows of `chosen` belong to the steps asked for."""
        asked = np.arange(self.problem.n_steps, dtype=np.int32) if steps is None else steps
        parts = [slice(start, start + AT_ONCE) for start in range(0, len(asked), AT_ONCE)]
        solved = [self._part(_rows(chosen, part), asked[part]) for part in parts]
        return Solution(
            voltage=np.concatenate([each.voltage for each in solved]),
            loss_kw=np.concatenate([each.loss_kw for each in solved]),
            drawn_kw=np.concatenate([each.drawn_kw for each in solved]),
            overloads=np.concatenate([each.overloads for each in solved]),
        )

    def excess_pu(self, solution: Solution) -> FloatArray:
        """How far each voltage is beyond its limit; 0 inside, and 1 pu where a step has no solution."""
        magnitude = solution.magnitude
        beyond = np.maximum(magnitude - self.high_pu, self.low_pu - magnitude)
        return np.asarray(np.where(np.isfinite(beyond), np.where(beyond > COUNTED_PU, beyond, 0.0), 1.0), np.float64)

    def bus_powers(self, chosen: SetPoints, steps: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """kW and kvar of each injection bus that stay constant, and of each yielding bus at 1 pu: (steps, buses)."""
        problem, c = self.problem, self.compiled
        p, q = problem.p_kw[steps], problem.q_kvar[steps].copy()
        q[:, problem.inverters.injection] = chosen.q_kvar
        p, q = p[:, c.injections], q[:, c.injections]
        fixed = [
            _gather(v * (1 - s), c.injection_slot, len(c.injection_bus))
            for v, s in zip((p, q), self._answers, strict=True)
        ]
        slot = self._yielding_slot
        count = len(self.yielding_bus)
        soft = [
            _gather((v * s)[:, slot >= 0], slot[slot >= 0], count) for v, s in zip((p, q), self._answers, strict=True)
        ]
        live = self.bank_bus >= 0
        at = np.searchsorted(self.yielding_bus, self.bank_bus[live]).astype(np.int32)
        soft[1] = soft[1] + _gather((chosen.bank * problem.banks.kvar_per_step)[:, live], at, count)
        return fixed[0], fixed[1], soft[0], soft[1]

    def tap_positions(self, tap: IntArray) -> IntArray:
        """(steps, transformers of the network) from (steps, tap controls)."""
        taps = self.problem.taps
        found = np.tile(self.problem.tap_position, (len(tap), 1))
        found[:, taps.transformer] = tap[:, taps.control]
        return np.asarray(found, np.int32)

    def _part(self, chosen: SetPoints, steps: IntArray) -> Solution:
        count = len(steps)
        try:
            output: Output = self._model.calculate_power_flow(
                update_data=self._update(chosen, steps),
                error_tolerance=ERROR_TOLERANCE,
                max_iterations=MAX_ITERATIONS,
                calculation_method=CalculationMethod.newton_raphson,
                output_component_types={name: wanted for name, wanted in _COLUMNS.items() if name in self._input},
                continue_on_batch_error=True,
                threading=-1,
            )
        except PowerGridError:
            return self._unsolved(count)
        failed = np.zeros(count, np.bool_)
        if self._model.batch_error is not None:
            failed[self._model.batch_error.failed_scenarios] = True
        return self._read(output, failed)

    def _update(self, chosen: SetPoints, steps: IntArray) -> dict[str, Any]:
        p, q, soft_p, soft_q = self.bus_powers(chosen, steps)
        update: dict[str, Any] = {}
        if "sym_gen" in self._input:
            update["sym_gen"] = {
                "p_specified": WATT_PER_KW * np.hstack([p, soft_p]),
                "q_specified": WATT_PER_KW * np.hstack([q, soft_q]),
            }
        if "transformer" in self._input:
            t, live = self.problem.network.transformers, self.compiled.transformers
            position = self.tap_positions(chosen.tap)[:, live]
            update["transformer"] = {"tap_pos": np.clip(position, t.tap_min[live], t.tap_max[live]).astype(np.int8)}
        return update

    def _read(self, output: Output, failed: BoolArray) -> Solution:
        node = output["node"]
        voltage = node["u"] / (self.compiled.bus_kv * VOLT_PER_KV) * np.exp(1j * node["u_angle"])
        loss, over = np.zeros(len(failed)), np.zeros(len(failed), np.int32)
        for name, rated in self._rated.items():
            columns = output[name]
            loss = loss + (columns["p_from"] + columns["p_to"]).sum(axis=1) / WATT_PER_KW
            for current, limit in zip(("i_from", "i_to"), rated, strict=True):
                over = over + ((columns[current] > limit) & (limit > 0)).sum(axis=1)
        drawn = output["source"]["p"].sum(axis=1) / WATT_PER_KW
        voltage[failed], loss[failed], drawn[failed] = np.nan, np.nan, np.nan
        return Solution(voltage, loss, drawn, np.asarray(over, np.int32))

    def _unsolved(self, count: int) -> Solution:
        nothing = np.full(count, np.nan)
        return Solution(
            np.full((count, self.compiled.n_buses), np.nan + 0j), nothing, nothing, np.zeros(count, np.int32)
        )

    def _limits(self) -> tuple[FloatArray, FloatArray]:
        """Of each live bus: the tightest of its nodes."""
        c = self.compiled
        bus = c.live_bus_of_node[c.nodes]
        low, high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
        np.maximum.at(low, bus, self.problem.low_pu[c.nodes])
        np.minimum.at(high, bus, self.problem.high_pu[c.nodes])
        return low, high

    def _add_yielding(self) -> None:
        c = self.compiled
        rows = initialize_array("input", "sym_gen", len(self.yielding_bus))
        rows["id"] = c.first_free_id + np.arange(len(rows))
        rows["node"], rows["status"], rows["type"] = self.yielding_bus, 1, LoadGenType.const_impedance
        rows["p_specified"] = rows["q_specified"] = 0.0
        both = [each for each in (c.input_data.get("sym_gen"), rows) if each is not None and len(each)]
        if both:
            self._input["sym_gen"] = np.concatenate(both)
        bus = c.live_bus_of_node[self.problem.network.injection_node[c.injections]]
        at = np.searchsorted(self.yielding_bus, bus)
        known = at < len(self.yielding_bus)
        known[known] = self.yielding_bus[at[known]] == bus[known]
        self._yielding_slot = np.where(known, at, -1)

    def _ratings(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        network, c = self.problem.network, self.compiled
        t, live = network.transformers, c.transformers
        line = network.lines.rated_a[c.lines]
        sides = (t.rated_s_kva[live] / (ROOT_3 * t.high_kv[live]), t.rated_s_kva[live] / (ROOT_3 * t.low_kv[live]))
        found = {"line": (line, line), "transformer": sides}
        return {name: limits for name, limits in found.items() if name in self._input}


_COLUMNS = {"node": ["u", "u_angle"], "line": _BRANCH, "transformer": _BRANCH, "source": ["p"]}


def _gather(values: FloatArray, slot: IntArray, count: int) -> FloatArray:
    """Sums of columns by slot: (steps, count)."""
    total = np.zeros((count, len(values)))
    np.add.at(total, slot, values.T)
    return total.T


def _rows(chosen: SetPoints, part: slice) -> SetPoints:
    return SetPoints(chosen.tap[part], chosen.bank[part], chosen.q_kvar[part])
