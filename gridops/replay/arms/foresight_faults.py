"""Switching of whoever knows where a fault is the moment it happens: the exact restoration, at once."""

from typing import Final

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.network.topology import resolve
from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.problem import FaultedGrid, Role
from gridops.replay.arms.foresight_future import Future
from gridops.replay.arms.usual_map import Map
from gridops.replay.plant import Plant

HOUR_S: Final = 3600.0
MOST_HOURS: Final = 12
REMOTE_S: Final = 3.0
SOLVER_S: Final = 3.0

Switching = tuple[int, bool, bool]  # switch, close, whether it parts the fault


def lasting_faults(plant: Plant) -> frozenset[int]:
    """Lines with a fault that have been cleared: dead, and not mended."""
    world = plant.world
    start = world.truth.network.lines.from_node
    return frozenset(line for line in world.faults if not world.topology.node_energised[start[line]])


def restoring(plant: Plant, here: Map, future: Future, lines: frozenset[int], base: BoolArray) -> list[Switching]:
    """The steps of the best plan for these faults together, as the switches stand."""
    world, now_s = plant.world, plant.since_begin_s(plant.now)
    left_s = max(*(world.faults[line].work_s for line in lines), HOUR_S / 2)
    hours = min(int(np.ceil(left_s / HOUR_S)), MOST_HOURS)
    lengths = np.full(hours, left_s / HOUR_S / hours)
    told = [future.mean(now_s + h * left_s / hours, now_s + (h + 1) * left_s / hours) for h in range(hours)]
    p_kw, q_kvar = np.array([one.p_kw for one in told]), np.array([one.q_kvar for one in told])
    p_kw[:, world.truth.storages] = 0.0
    grid = FaultedGrid(
        network=here.network,
        switch_closed=world.switch_closed,
        tap_position=world.tap_position,
        source_voltage_pu=here.source_voltage_pu,
        faulted_lines=np.array(sorted(lines), np.int32),
        faulted_nodes=np.zeros(0, np.int32),
        can_operate=operable(plant, here),
        seconds=np.full(len(base), REMOTE_S),
        p_kw=p_kw,
        q_kvar=q_kvar,
        customers=here.customers.astype(np.int32),
        weight=np.ones(len(here.customers)),
        rest_hours=lengths,
        low_pu=here.low_pu,
        high_pu=here.high_pu,
        closed_before=base,
    )
    plan = restore_exact(grid, time_limit_s=SOLVER_S)
    return [(step.switch, step.close, step.role is Role.ISOLATE) for step in plan.steps if step.island < 0]


def operable(plant: Plant, here: Map) -> BoolArray:
    """What takes commands and will move: whoever knows the future knows which switch is stuck, too."""
    able = here.may_operate.copy()
    able[sorted(plant.devices.stuck | plant.devices.locked)] = False
    able[sorted(plant.world.microgrids.couplings)] = False
    return able


def back_to(plant: Plant, here: Map, base: BoolArray) -> list[Switching]:
    """With no fault left: what stood closed is closed first, what was closed besides is opened after it."""
    able, now = operable(plant, here), plant.world.switch_closed
    close = np.flatnonzero(able & base & ~now).tolist()
    wanted = now.copy()
    wanted[close] = True
    opened = []
    for switch in np.flatnonzero(able & ~base & now).tolist():
        wanted[switch] = False
        opened.append(switch)
    if not resolve(here.network, wanted).node_energised[here.network.injection_node].all():
        fed = resolve(here.network, now).node_energised
        if (fed & ~resolve(here.network, wanted).node_energised).any():
            opened = []  # something that could not be closed would be left without supply
    return [(switch, True, False) for switch in close] + [(switch, False, False) for switch in opened]
