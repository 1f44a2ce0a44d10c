"""A call on the expected hours: power flows of every quarter of an hour as expected, and with response and rebound.

Signs: injections, positive into the network; a response is less drawn, a rebound more drawn, both given positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.expected import STEP, Ahead
from apps.dispatch.adapters.scene import PERCENT, Scene
from apps.studies.adapters.flow import Flow, violations
from apps.studies.adapters.studied import studied
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState
from gridops.engine.security.zones import OperatingPoint

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LEAST_LOAD_KW = 1e-6
_GROWN = 1.01  # what is beyond a limit already may stay there
_NOISE = 0.0005  # of the limit: less than that more is below what the state is known to
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class StageLoads:
    """What a stage takes off the loads while it lasts, by mRID; then what they draw more, together, per STEP."""

    number: int
    starts_at: datetime
    ends_at: datetime
    response: Mapping[str, float]
    rebound_kw: Sequence[float]


@dataclass(frozen=True, slots=True)
class FeederNodes:
    mrid: str
    name: str
    nodes: IntArray  # display positions


@dataclass(frozen=True, slots=True)
class FeederCourse:
    """Per step; nan where the power flow has no solution. `load_kw` is net: what is fed in there counts against it."""

    load_kw: FloatArray
    max_loading_percent: FloatArray
    min_voltage_pu: FloatArray


@dataclass(frozen=True, slots=True)
class Course:
    """Of one way that the hours may go."""

    feeders: Sequence[FeederCourse]
    broken: Sequence[Mapping[tuple[str, str], dict[str, Any]]]  # per step: what is beyond its limit
    unsolved: Sequence[str]  # per step: why there is no solution; empty where there is


@dataclass(frozen=True, slots=True)
class Hours:
    """The steps of a call: its rows of what is expected, with the state that they are laid on."""

    scene: Scene
    starts: Sequence[datetime]
    p_kw: FloatArray  # steps x injections
    q_kvar: FloatArray
    feeders: Sequence[FeederNodes]
    said_by: str


def hours_of(
    scene: Scene, ahead: Ahead, feeders: Sequence[FeederNodes], *, starts_at: datetime, ends_at: datetime
) -> Hours:
    """The rows that the time touches; the state of now stands for what is left of its quarter of an hour."""
    ends = [*ahead.starts_at[1:], ahead.starts_at[-1] + STEP]
    rows = [n for n, (start, end) in enumerate(zip(ahead.starts_at, ends, strict=True)) if start < ends_at > start]
    rows = [n for n in rows if ends[n] > starts_at]
    starts = [ahead.starts_at[n] for n in rows]
    return Hours(scene, starts, ahead.p_kw[rows], ahead.q_kvar[rows], feeders, ahead.said_by)


def course_of(hours: Hours, stages: Sequence[StageLoads] = ()) -> Course:
    less = less_drawn_kw(hours, stages)
    p = hours.p_kw + less
    scale = np.where(np.abs(hours.p_kw) > _LEAST_LOAD_KW, p / np.where(hours.p_kw == 0, 1.0, hours.p_kw), 1.0)
    q = hours.q_kvar * np.clip(scale, 0.0, None)
    flows = _flows(hours.scene, p, q)
    network = hours.scene.place.network
    return Course(
        feeders=[_feeder_course(network, feeder, p, flows) for feeder in hours.feeders],
        broken=[_broken(flow) for flow in flows],
        unsolved=["" if flow.state.converged else flow.state.reason for flow in flows],
    )


def less_drawn_kw(hours: Hours, stages: Sequence[StageLoads]) -> FloatArray:
    """Steps x injections: what the stages take off, less what comes back."""
    changed = np.zeros_like(hours.p_kw)
    for stage in stages:
        position = hours.scene.place.network.injections.position
        known = [(position[mrid], kw) for mrid, kw in stage.response.items() if mrid in position]
        if not known:
            continue
        at, kw = np.array([n for n, _ in known]), np.array([value for _, value in known])
        shares = kw / max(float(kw.sum()), _LEAST_LOAD_KW)
        factor = _overlaps(hours.starts, [(stage.starts_at, stage.ends_at)])[:, 0]
        spans = [(stage.ends_at + n * STEP, stage.ends_at + (n + 1) * STEP) for n in range(len(stage.rebound_kw))]
        more = _overlaps(hours.starts, spans) @ np.asarray(stage.rebound_kw) if spans else np.zeros(len(factor))
        np.add.at(changed.T, at, (factor[:, None] * kw - more[:, None] * shares).T)
    return changed


def _overlaps(starts: Sequence[datetime], spans: Sequence[tuple[datetime, datetime]]) -> FloatArray:
    """Steps x spans: the share of each step that lies in each span."""
    ends = [*starts[1:], starts[-1] + STEP]
    begin = np.array([start.timestamp() for start in starts])[:, None]
    end = np.array([one.timestamp() for one in ends])[:, None]
    span_begin, span_end = (np.array([span[side].timestamp() for span in spans])[None, :] for side in (0, 1))
    covered = np.minimum(end, span_end) - np.maximum(begin, span_begin)
    return np.asarray(np.clip(covered, 0.0, None) / (end - begin), np.float64)


def unknown_loads(hours: Hours, stages: Sequence[StageLoads]) -> int:
    """Loads that the live network does not have."""
    position = hours.scene.place.network.injections.position
    return sum(mrid not in position for mrid in {mrid for stage in stages for mrid in stage.response})


def _flows(scene: Scene, p_kw: FloatArray, q_kvar: FloatArray) -> list[Flow]:
    """Step by step with the same switches: one solver for all, each from the taps of the step before."""
    start = studied(scene.base, [], scene.place)
    network, point = start.network, start.point
    everywhere = np.arange(network.network.n_nodes, dtype=np.int32)
    solver = PowerFlow(replace(network.network, injection_node=everywhere), point.topology)
    found, taps = [], point.tap_position
    for p, q in zip(p_kw, q_kvar, strict=True):
        at_p, at_q = _at_nodes(scene, p) + scene.base.rest_p_kw, _at_nodes(scene, q) + scene.base.rest_q_kvar
        now = replace(point, node_p_kw=at_p, node_q_kvar=at_q, tap_position=taps)
        state, taps = settled_taps(
            network.network,
            partial(_solved, solver, now),
            tap_position=taps,
            is_regulating=network.is_regulating,
            target_pu=network.target_pu,
        )
        found.append(Flow(replace(start, point=now, injection_p_kw=p, injection_q_kvar=q), state, taps))
    return found


def _at_nodes(scene: Scene, power: FloatArray) -> FloatArray:
    arrays = scene.place.network.network
    return np.asarray(np.bincount(arrays.injection_node, power, arrays.n_nodes), np.float64)


def _solved(solver: PowerFlow, point: OperatingPoint, taps: npt.NDArray[np.int32]) -> GridState:
    return solver.solve(
        p_kw=point.node_p_kw,
        q_kvar=point.node_q_kvar,
        tap_position=taps,
        source_voltage_pu=point.source_voltage_pu,
        source_angle_deg=point.source_angle_deg,
    )


def _feeder_course(
    network: AssembledNetwork, feeder: FeederNodes, p: FloatArray, flows: Sequence[Flow]
) -> FeederCourse:
    members = np.isin(network.node.bus[network.network.injection_node], feeder.nodes)
    branches = _branches(network, feeder.nodes)
    solved = np.array([bool(flow.state.converged) for flow in flows])
    load = np.where(solved, -p[:, members].sum(axis=1), np.nan)
    loading = [_highest(flow.loading[branches]) for flow in flows]
    voltage = [-_highest(-flow.voltage_pu[feeder.nodes]) for flow in flows]
    return FeederCourse(load, PERCENT * np.array(loading), np.array(voltage))


def _branches(network: AssembledNetwork, nodes: IntArray) -> IntArray:
    """Lines within, and transformers at, these nodes."""
    bus, arrays = network.node.bus, network.network
    line = np.isin(bus[arrays.lines.from_node], nodes) & np.isin(bus[arrays.lines.to_node], nodes)
    units = arrays.transformers
    unit = np.isin(bus[units.high_node], nodes) | np.isin(bus[units.low_node], nodes)
    return np.flatnonzero(np.concatenate([line, unit]))


def _highest(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else float("nan")


def _broken(flow: Flow) -> dict[tuple[str, str], dict[str, Any]]:
    if not flow.state.converged:
        return {}
    return {(row["mrid"], row["kind"]): row for row in violations(flow)}


def made_worse(hours: Hours, before: Course, after: Course) -> list[dict[str, Any]]:
    """Limits that the call breaks, or makes more broken, each at its worst step."""
    worst: dict[tuple[str, str], dict[str, Any]] = {}
    for n, start in enumerate(hours.starts):
        for key, row in after.broken[n].items():
            was = before.broken[n].get(key)
            if was is not None and _beyond(row) <= _may_stay(was):
                continue
            if key not in worst or _beyond(row) > _beyond(worst[key]):
                worst[key] = row | {"at": start.isoformat(), "was": was["value"] if was else None}
    return sorted(worst.values(), key=lambda row: -_beyond(row) / float(row["limit"]))[:_MOST_NAMED]


def _may_stay(was: Mapping[str, Any]) -> float:
    """How far beyond its limit is no worse than it was without the call."""
    return max(_GROWN * _beyond(was), _beyond(was) + _NOISE * abs(float(was["limit"])))


def relieved(before: Course, after: Course) -> list[str]:
    """Names of what would be beyond a limit without the call at some step, and with it at none."""
    names = {key: row["name"] for step in before.broken for key, row in step.items()}
    still = {key for step in after.broken for key in step}
    return sorted({name for key, name in names.items() if key not in still})[:_MOST_NAMED]


def _beyond(row: Mapping[str, Any]) -> float:
    return abs(float(row["value"]) - float(row["limit"]))
