"""Targets of tap changers and reactive power of plants, best for the true state of the coming hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.voltage.plan import plan
from gridops.engine.optimization.voltage.problem import (
    UNLIMITED,
    CapacitorBanks,
    Inverters,
    Objective,
    TapChangers,
    VoltageProblem,
    ganged,
)
from gridops.engine.powerflow.solver import PowerFlow
from gridops.replay.arms.usual_map import Hour, Map
from gridops.replay.plant import Plant
from gridops.simulator.devices import Kind

MARGIN_PU: Final = 0.004  # inside the limits, for what moves within the hour
SOLVER_S: Final = 5.0
MOST_GROUPS: Final = 12
TARGET_STEP_PU: Final = 0.004  # below it is not worth telling
REACTIVE_STEP: Final = 0.03  # of the rating
LOWEST_TARGET, HIGHEST_TARGET = 0.9, 1.1


@dataclass(frozen=True, slots=True)
class Wish:
    kind: Kind
    index: int
    value: float


def voltage_wishes(plant: Plant, here: Map, hour: Hour, stored_kw: Mapping[int, float]) -> list[Wish]:
    """What to tell now; empty where nothing can be set, or nothing better is found. stored_kw: by injection, of the
    storages in this hour."""
    world, devices = plant.world, plant.devices
    held = np.flatnonzero(world.truth.is_regulating).tolist()
    regulated: IntArray = np.array([n for n in held if devices.has(Kind.TARGET, n)], np.int32)
    inverters: IntArray = np.array(
        [
            n
            for n in range(world.truth.generators.start, world.truth.storages.stop)
            if devices.has(Kind.REACTIVE, n) and world.truth.rated_kva[n] > 0
        ],
        np.int32,
    )
    if not len(regulated) and not len(inverters):
        return []
    problem = _problem(plant, here, hour, stored_kw, regulated=regulated, inverters=inverters)
    found = plan(problem, most_groups=MOST_GROUPS, seconds=SOLVER_S)
    if not found.confirmed:
        return []
    tap = world.tap_position.copy()
    tap[regulated] = found.chosen.tap[0][problem.taps.control]
    q_kvar = problem.q_kvar[0].copy()
    q_kvar[inverters] = found.chosen.q_kvar[0]
    state = PowerFlow(here.network, world.topology).solve(
        p_kw=problem.p_kw[0],
        q_kvar=q_kvar,
        tap_position=tap,
        source_voltage_pu=here.source_voltage_pu,
        source_angle_deg=here.source_angle_deg,
    )
    if not state.converged:
        return []
    return [*_targets(plant, regulated, state.voltage_pu), *_reactive(plant, inverters, q_kvar)]


def _problem(
    plant: Plant, here: Map, hour: Hour, stored_kw: Mapping[int, float], *, regulated: IntArray, inverters: IntArray
) -> VoltageProblem:
    world, count = plant.world, len(hour.p_kw)
    supplied: BoolArray = world.topology.node_energised[here.network.injection_node]
    p_kw, q_kvar = hour.p_kw.copy(), hour.q_kvar.copy()
    if plant.field.state is not None:  # those that are on no programme go on as they do
        p_kw[world.truth.storages] = plant.field.state.p_kw[world.truth.storages]
    for index, kw in stored_kw.items():
        p_kw[index] = kw
    control = ganged(world.topology, here.network, regulated)
    first = [int(np.flatnonzero(control == n)[0]) for n in range(int(control.max(initial=-1)) + 1)]
    initial = world.tap_position[regulated][first].astype(np.int32)
    low, high = here.low_pu + MARGIN_PU, here.high_pu - MARGIN_PU
    return VoltageProblem(
        network=here.network,
        topology=world.topology,
        p_kw=np.where(supplied, p_kw, 0.0)[None, :],
        q_kvar=np.where(supplied, q_kvar, 0.0)[None, :],
        step_hours=1.0,
        source_voltage_pu=here.source_voltage_pu,
        tap_position=world.tap_position,
        low_pu=np.where(low < high, low, here.low_pu),
        high_pu=np.where(low < high, high, here.high_pu),
        taps=TapChangers(regulated, control, initial, np.full(len(initial), UNLIMITED, np.int32)),
        banks=CapacitorBanks(*(np.zeros(0, np.int32), np.zeros(0), *(np.zeros(0, np.int32),) * 3)),
        inverters=Inverters(inverters, world.truth.rated_kva[inverters], np.zeros(len(inverters))),
        cvr_p=np.zeros(count),
        cvr_q=np.zeros(count),
        objective=Objective.LOSS,
    )


def _targets(plant: Plant, regulated: IntArray, voltage_pu: FloatArray) -> list[Wish]:
    low_node, now = plant.world.truth.network.transformers.low_node, plant.world.regulators.target_pu
    wishes = []
    for n in regulated.tolist():
        target = float(np.clip(voltage_pu[low_node[n]], LOWEST_TARGET, HIGHEST_TARGET))
        if np.isfinite(target) and abs(target - now[n]) > TARGET_STEP_PU:
            wishes.append(Wish(Kind.TARGET, n, target))
    return wishes


def _reactive(plant: Plant, inverters: IntArray, q_kvar: FloatArray) -> list[Wish]:
    """Set-points have the sign of what is measured: negative into the network."""
    world, wishes = plant.world, []
    for n in inverters.tolist():
        now = world.plants.setpoint_kvar[n]
        if np.isnan(now) or abs(q_kvar[n] - now) > REACTIVE_STEP * world.truth.rated_kva[n]:
            wishes.append(Wish(Kind.REACTIVE, n, -float(q_kvar[n])))
    return wishes
