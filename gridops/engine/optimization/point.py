"""One solved state made ready for questions about small changes."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, BranchEnds, ComplexArray, branch_ends
from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.optimization.slopes import Slopes, State, shunt_power
from gridops.engine.powerflow.compile import Compiled, compile_network
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import PowerFlowResult


@dataclass(frozen=True, slots=True)
class Setting:
    """A network with positions and sources; what is injected is asked for separately."""

    network: Network
    topology: Topology
    tap_position: IntArray  # per transformer
    source_voltage_pu: FloatArray  # per source


@dataclass(frozen=True, slots=True)
class Point:
    setting: Setting
    compiled: Compiled
    ends: BranchEnds
    voltage: ComplexArray  # per live bus, pu
    result: PowerFlowResult
    slopes: Slopes

    @property
    def n_branches(self) -> int:
        """Lines, then transformers, that are live."""
        return len(self.compiled.lines) + len(self.compiled.transformers)


class Points:
    """Solves states of one setting; not solved is None, and why is in `reason`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.compiled = compile_network(setting.network, setting.topology)
        self._ends = branch_ends(setting.network, self.compiled, setting.tap_position)
        self._soft = shunt_power(setting.network, self.compiled)
        self._flow = PowerFlow(setting.network, setting.topology)
        self.reason = "" if self.compiled.n_buses else "Nothing has supply."

    def result(self, p_kw: FloatArray, q_kvar: FloatArray) -> PowerFlowResult:
        """The full power flow; p_kw, q_kvar per injection, positive into the network."""
        setting = self.setting
        found = self._flow.solve(
            p_kw=p_kw, q_kvar=q_kvar, tap_position=setting.tap_position, source_voltage_pu=setting.source_voltage_pu
        )
        self.reason = found.reason
        return found

    def at(self, p_kw: FloatArray, q_kvar: FloatArray) -> Point | None:
        """The state with its slopes."""
        found = self.result(p_kw, q_kvar)
        if not found.converged or not self.compiled.n_buses:
            return None
        c = self.compiled
        bus = c.live_bus_of_node[c.nodes]
        voltage = np.zeros(c.n_buses, np.complex128)
        nominal = c.bus_kv[bus] / self.setting.network.nominal_kv[c.nodes]
        voltage[bus] = (found.voltage_pu[c.nodes] / nominal) * np.exp(1j * np.radians(found.angle_deg[c.nodes]))
        slopes = Slopes(c, State(self._ends, voltage, self._soft))
        return Point(self.setting, c, self._ends, voltage, found, slopes)


def branch_loading(point: Point) -> FloatArray:
    """(live branches) larger current of both ends over the rating; nan where none is known."""
    c, found = point.compiled, point.result
    return np.concatenate([found.line_loading[c.lines], found.transformer_loading[c.transformers]])


KW_PER_PU = BASE_KVA
