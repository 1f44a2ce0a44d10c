"""Outages as power-grid-model's own batch solves them: the reference, and the limit to be measured against."""

import numpy as np
from power_grid_model import PowerGridModel, initialize_array

from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.compile import compile_network
from gridops.engine.security.newton import power_flow_input
from gridops.engine.security.zones import OperatingPoint

COLUMNS = {"node": ["u_pu", "energized"], "line": ["loading"], "transformer": ["loading"]}


def operating_point(grid, *, switch_closed=None, scale=1.0) -> OperatingPoint:
    network = grid.network
    closed = grid.switch_closed if switch_closed is None else switch_closed
    p, q = (scale * np.bincount(network.injection_node, values, network.n_nodes) for values in (grid.p_kw, grid.q_kvar))
    angle = np.zeros(len(grid.source_voltage_pu))
    return OperatingPoint(network, resolve(network, closed), p, q, grid.tap_position, grid.source_voltage_pu, angle)


def live_outages(point):
    """Network's numbers of all live branches, and their kind and number in the batch."""
    compiled = compile_network(point.network, point.topology)
    n_lines = len(point.network.lines.from_node)
    return compiled, np.concatenate([compiled.lines, n_lines + compiled.transformers])


class PlainBatch:
    """Live branches of a state, one out at a time: all, or those that are kept."""

    def __init__(self, point):
        self.compiled, self.branches = live_outages(point)
        self.live = np.arange(len(self.branches))
        data = power_flow_input(point, self.compiled)
        if "line" in data:
            data["line"]["i_n"] = np.maximum(point.network.lines.rated_a[self.compiled.lines], 1e-9)
        self._model = PowerGridModel(data)
        self._columns = {name: wanted for name, wanted in COLUMNS.items() if name in data}
        self.keep(slice(None))

    def keep(self, chosen):
        self.branches, self.live, self._updates = self.branches[chosen], self.live[chosen], []
        is_line = self.live < len(self.compiled.lines)
        for kind, live in (("line", self.live[is_line]), ("transformer", self.live[~is_line])):
            rows = initialize_array("update", kind, (len(live), 1))
            rows["id"][:, 0] = self.compiled.first_line_id + live
            rows["from_status"] = rows["to_status"] = 0
            if len(live):
                self._updates.append({kind: rows})

    def solve(self):
        """Results of the solver, a dictionary a kind of branch; outages in the order of `branches`."""
        return [self._one(update) for update in self._updates]

    def _one(self, update):
        return self._model.calculate_power_flow(
            update_data=update,
            output_component_types=self._columns,
            error_tolerance=1e-8,
            continue_on_batch_error=True,
        )

    def voltages(self):
        """Outages x live buses in pu; 0 where supply is lost, nan where there is no solution."""
        return np.concatenate([self._voltages(update) for update in self._updates])

    def _voltages(self, update):
        voltage = self._one(update)["node"]["u_pu"]
        if self._model.batch_error is not None:
            voltage[self._model.batch_error.failed_scenarios] = np.nan
        return voltage

    def loadings(self):
        """Outages x live branches; those of transformers as power-grid-model defines them (apparent power)."""
        return np.concatenate(
            [np.concatenate([f[kind]["loading"] for kind in self._columns if kind != "node"], 1) for f in self.solve()]
        )
