"""Faulted grids, written out."""

import numpy as np

from gridops.engine.network.topology import resolve
from gridops.engine.reliability.restoration.problem import FaultedGrid, IslandSources
from tests.engine.small import NO_TAPS, network

REMOTE_S, BY_HAND_S = 5.0, 1800.0


def two_feeders(
    *, kw=(200.0, 200.0, 200.0, 200.0), rated_a=300.0, hours=2, fault=1, hand=(), islands=None, low_pu=0.9, load=None
):
    """Feeder A: source 0, breaker, 2-3, 4-5, 6-7; feeder B: breaker, 10-11; an open tie between 7 and 11.

    Lines: 0 (2-3), 1 (4-5), 2 (6-7), 3 (10-11). Switches: 0 breaker A (0-2), 1 (3-4), 2 (5-6), 3 breaker B (0-10),
    4 tie (7-11). Loads of 50 customers each at 3, 5, 7, 11. Nodes 1, 8, 9 are spare and dead.
    """
    grid = network(
        12,
        [(2, 3), (4, 5), (6, 7), (10, 11)],
        switches=[(0, 2), (3, 4), (5, 6), (0, 10), (7, 11)],
        injections=(3, 5, 7, 11),
    )
    grid.lines.rated_a[:] = rated_a
    before = np.array([True, True, True, True, False])
    closed = before.copy()
    closed[0] = False  # the breaker of feeder A
    p = -np.array(kw) if load is None else -np.asarray(load)
    p = np.tile(p, (hours, 1)) if p.ndim == 1 else p
    seconds = np.full(5, REMOTE_S)
    seconds[list(hand)] = BY_HAND_S
    return FaultedGrid(
        network=grid,
        switch_closed=closed,
        tap_position=NO_TAPS,
        source_voltage_pu=np.ones(1),
        faulted_lines=np.array([fault], np.int32),
        faulted_nodes=np.zeros(0, np.int32),
        can_operate=np.ones(5, bool),
        seconds=seconds,
        p_kw=p,
        q_kvar=0.2 * p,
        customers=np.full(4, 50, np.int32),
        weight=np.ones(4),
        rest_hours=np.ones(len(p)),
        low_pu=np.full(12, low_pu),
        high_pu=np.full(12, 1.1),
        islands=islands or IslandSources(),
        closed_before=before,
    )


def positions_after(grid, plan):
    """Of the switches of the network after every step, the beginning included."""
    here, found = grid.switch_closed.copy(), [grid.switch_closed.copy()]
    for step in plan.steps:
        if step.island < 0:
            here[step.switch] = step.close
        found.append(here.copy())
    return found


def fault_is_dead(grid, closed):
    live = resolve(grid.network, closed).node_energised
    ends = np.concatenate(
        [grid.network.lines.from_node[grid.faulted_lines], grid.network.lines.to_node[grid.faulted_lines]]
    )
    return not live[ends].any() and not live[grid.faulted_nodes].any()
