"""A power flow of a study, in the words of the network and as a grid frame."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork, Named
from apps.state import frames
from apps.state.choices import Position, Provenance, Supply, Violation
from apps.studies.adapters.studied import Studied
from gridops.engine.network.model import IntArray
from gridops.engine.powerflow.limits import overloads, voltage_violations
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState
from gridops.engine.security.loops import looped_branches
from gridops.engine.security.zones import OperatingPoint

MOST_LISTED = 200
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flow:
    studied: Studied
    state: GridState
    tap_position: IntArray

    @property
    def shown(self) -> int:
        return self.studied.network.n_display_nodes

    @property
    def voltage_pu(self) -> FloatArray:
        return self.state.voltage_pu[: self.shown]

    @property
    def violation(self) -> npt.NDArray[np.int32]:
        node = self.studied.network.node
        return voltage_violations(self.voltage_pu, node.low_pu[: self.shown], node.high_pu[: self.shown])

    @property
    def dead(self) -> npt.NDArray[np.bool_]:
        return ~self.studied.point.topology.node_energised[: self.shown]

    @property
    def loading(self) -> FloatArray:
        """Of all branches, lines first; nan where no rating is known."""
        return np.concatenate([self.state.line_loading, self.state.transformer_loading])


def flow_of(studied: Studied, *, regulate: bool) -> Flow:
    """regulate: taps move as their regulators would; otherwise they stand as in the study."""
    network, point = studied.network, studied.point
    everywhere = np.arange(network.network.n_nodes, dtype=np.int32)
    solver = PowerFlow(replace(network.network, injection_node=everywhere), point.topology)
    solve = partial(_solved, solver, point)
    if not regulate:
        return Flow(studied, solve(point.tap_position), point.tap_position)
    state, taps = settled_taps(
        network.network,
        solve,
        tap_position=point.tap_position,
        is_regulating=network.is_regulating,
        target_pu=network.target_pu,
    )
    return Flow(replace(studied, point=replace(point, tap_position=taps)), state, taps)


def _solved(solver: PowerFlow, point: OperatingPoint, taps: IntArray) -> GridState:
    return solver.solve(
        p_kw=point.node_p_kw,
        q_kvar=point.node_q_kvar,
        tap_position=taps,
        source_voltage_pu=point.source_voltage_pu,
        source_angle_deg=point.source_angle_deg,
    )


def figures(flow: Flow) -> dict[str, Any]:
    """What two states are compared by. None: not known, for want of a solution."""
    network, state = flow.studied.network, flow.state
    dead, solved = flow.dead, state.converged
    voltage, loading = flow.voltage_pu, flow.loading
    return {
        "load_kw": flow.studied.load_kw if solved else None,
        "generation_kw": flow.studied.generation_kw if solved else None,
        "import_kw": _number(state.source_p_kw.sum()),
        "losses_kw": _number(state.losses_kw),
        **_extreme("min_voltage", voltage, np.nanargmin, network.nodes),
        **_extreme("max_voltage", voltage, np.nanargmax, network.nodes),
        **_extreme("max_loading", loading, np.nanargmax, branches(network), scale=100.0, unit="percent"),
        "overloads": int(overloads(np.nan_to_num(loading)).sum()) if solved else None,
        "voltage_violations": int((flow.violation != Violation.NONE).sum()) if solved else None,
        "nodes_without_supply": int(dead.sum()),
        "customers_without_supply": int(network.node.customers[: flow.shown][dead].sum()),
        "customers": int(network.node.customers[: flow.shown].sum()),
    }


def branches(network: AssembledNetwork) -> Named:
    return Named(network.lines.mrid + network.transformers.mrid, network.lines.name + network.transformers.name)


def violations(flow: Flow) -> list[dict[str, Any]]:
    """Worst first, as shares of their limits."""
    node, names = flow.studied.network.node, flow.studied.network.nodes
    kind, voltage, loading = flow.violation, flow.voltage_pu, flow.loading
    of_branch = branches(flow.studied.network)
    found = [
        _violation(of_branch, at, Violation.OVERLOAD, value=100 * float(loading[at]), limit=100.0)
        for at in np.flatnonzero(overloads(np.nan_to_num(loading))).tolist()
    ]
    for at in np.flatnonzero(kind).tolist():
        limit = float((node.low_pu if kind[at] == Violation.VOLTAGE_LOW else node.high_pu)[at])
        found.append(_violation(names, at, Violation(int(kind[at])), value=float(voltage[at]), limit=limit))
    return sorted(found, key=lambda row: -abs(row["value"] - row["limit"]) / row["limit"])


def _violation(named: Named, at: int, kind: Violation, *, value: float, limit: float) -> dict[str, Any]:
    return {
        "mrid": named.mrid[at],
        "name": named.name[at],
        "kind": kind.name.lower(),
        "value": value,
        "limit": limit,
        "unit": "%" if kind == Violation.OVERLOAD else "pu",
    }


def frame_of(flow: Flow, *, as_of_ms: float, sequence: int) -> bytes:
    """As the estimator's, so that the same map draws it. Everything in it is computed, nothing measured."""
    network, state, out = flow.studied.network, flow.state, flow.studied.out
    alive = flow.studied.point.topology.node_energised
    n_lines = len(network.lines)
    line_live = alive[network.network.lines.from_node] & ~out[:n_lines]
    unit_live = alive[network.network.transformers.high_node] & ~out[n_lines:]
    closed = flow.studied.point.topology.switch_closed
    over = int(Violation.OVERLOAD)
    line_looped, unit_looped = np.split(looped_branches(network.network, flow.studied.point.topology), [n_lines])
    return frames.encode(
        frames.Frame(
            model_version=network.model_id,
            as_of_ms=as_of_ms,
            sequence=sequence,
            node_voltage_pu=flow.voltage_pu,
            line_loading=state.line_loading,
            line_p_kw=state.line_p_from_kw,
            transformer_loading=state.transformer_loading,
            transformer_p_kw=state.transformer_p_high_kw,
            node_status=_status(flow, alive[: flow.shown], flow.violation),
            line_status=_branch_status(flow, line_live, over * (state.line_loading > 1), line_looped),
            transformer_status=_branch_status(flow, unit_live, over * (state.transformer_loading > 1), unit_looped),
            switch_state=frames.switch_state(
                np.where(closed, int(Position.CLOSED), int(Position.OPEN)),
                is_stale=np.zeros(len(closed), np.bool_),
                is_off_normal=closed != network.normal_closed,
            ),
        )
    )


def _status(flow: Flow, live: npt.NDArray, violation: npt.NDArray) -> frames.ByteArray:
    unsolved = int(Supply.UNKNOWN)
    supply = np.where(live, int(Supply.LIVE) if flow.state.converged else unsolved, int(Supply.DEAD))
    provenance = np.where(supply == Supply.LIVE, int(Provenance.ESTIMATED), int(Provenance.NONE))
    return frames.status(supply, provenance, violation)


def _branch_status(flow: Flow, live: npt.NDArray, violation: npt.NDArray, is_looped: npt.NDArray) -> frames.ByteArray:
    return np.asarray(_status(flow, live, violation) | is_looped * np.uint8(frames.LOOPED_BRANCH), np.uint8)


def _extreme(
    name: str, values: FloatArray, pick: Any, named: Named, *, scale: float = 1.0, unit: str = "pu"
) -> dict[str, Any]:
    if not np.isfinite(values).any():
        return {f"{name}_{unit}": None, f"{name}_at": None, f"{name}_mrid": None}
    at = int(pick(values))
    return {
        f"{name}_{unit}": scale * float(values[at]),
        f"{name}_at": named.name[at],
        f"{name}_mrid": named.mrid[at],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
