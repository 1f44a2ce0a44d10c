"""Advice on phases: on the European test feeder, against all turns of a small one, and when there is none."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandapower.networks as pn
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.optimization.phase_balance import PhaseProblem, phase_advice
from gridops.engine.powerflow.three_phase import ZeroSequence, solve_three_phase
from tests.engine.networks import read
from tests.engine.optimization.rings import operating
from tests.factories.villages import PHASES


def european():
    """55 loads, each on one phase."""
    net = pn.ieee_european_lv_asymmetric()
    grid = read(net)
    loads, length = net.asymmetric_load, net.line.length_km
    network = replace(grid.network, injection_node=loads.bus.to_numpy(np.int32))
    powers = [-1e3 * np.stack([loads[f"{name}_{phase}_{unit}"] for phase in PHASES], axis=1)
              for name, unit in (("p", "mw"), ("q", "mvar"))]  # fmt: skip
    return PhaseProblem(
        network=network,
        topology=resolve(network, grid.switch_closed),
        zero=ZeroSequence(
            (net.line.r0_ohm_per_km * length).to_numpy(float),
            (net.line.x0_ohm_per_km * length).to_numpy(float),
            np.zeros(len(length)),
        ),
        p_kw=powers[0],
        q_kvar=powers[1],
        tap_position=grid.tap_position,
        source_voltage_pu=grid.source_voltage_pu,
        group=np.arange(len(loads), dtype=np.int32),
        most_moves=6,
    )


def street(seed, *, loads=5, ring=False, most=5):
    """A line of 10 kV with single-phase loads, all on phase a but the last."""
    ends = [(i, i + 1) for i in range(loads)] + [(0, loads)]
    here = operating(
        ends, closed=[1] * loads + [int(ring)], z_ohm=np.full(loads + 1, 1 + 0.6j), load_kw=np.zeros(loads + 1)
    )
    rng = np.random.default_rng(seed)
    p = np.zeros((loads + 1, 3))
    p[1:, 0] = -rng.uniform(50, 200, loads)
    p[-1] = np.roll(p[-1], 1)
    r = here.network.lines.r_ohm
    return PhaseProblem(
        network=here.network,
        topology=resolve(here.network, here.switch_closed),
        zero=ZeroSequence(4 * r, 3 * r, np.zeros(len(r))),
        p_kw=p,
        q_kvar=0.3 * p,
        tap_position=np.zeros(0, np.int32),
        source_voltage_pu=np.ones(1),
        group=np.arange(-1, loads, dtype=np.int32),
        most_moves=most,
    )


def losses(problem, turns):
    p, q = problem.p_kw.copy(), problem.q_kvar.copy()
    for group, turn in enumerate(turns):
        rows = problem.group == group
        p[rows], q[rows] = np.roll(p[rows], turn, axis=1), np.roll(q[rows], turn, axis=1)
    state = solve_three_phase(
        problem.network, problem.topology, problem.zero, p_kw=p, q_kvar=q, tap_position=problem.tap_position,
        source_voltage_pu=problem.source_voltage_pu,
    )  # fmt: skip
    return state.line_p_from_kw.sum() + state.line_p_to_kw.sum()


def test_a_few_moves_on_the_european_feeder_lower_losses_and_unbalance():
    advice = phase_advice(european())
    assert 0 < len(advice.moves) <= 6 and not advice.reason
    assert advice.after.loss_kw < 0.95 * advice.before.loss_kw
    assert advice.after.worst_unbalance < advice.before.worst_unbalance
    assert np.nanmax(advice.after.transformer_spread) < np.nanmax(advice.before.transformer_spread)


@pytest.mark.parametrize("seed", range(4))
def test_the_advice_is_near_the_best_of_all_turns(seed):
    problem = street(seed)
    every = [losses(problem, turns) for turns in product(range(3), repeat=5)]
    advice = phase_advice(problem)
    assert advice.before.loss_kw == pytest.approx(every[0])
    assert advice.after.loss_kw <= min(every) + 0.1 * (every[0] - min(every))


def test_a_group_is_moved_as_a_whole():
    problem = street(1)
    together = replace(problem, group=np.array([-1, 0, 0, 1, 1, -1], np.int32))
    advice = phase_advice(together)
    assert {move.group for move in advice.moves} <= {0, 1}
    turns = [0] * 5
    expected = replace(problem, group=together.group)
    for move in advice.moves:
        turns[move.group] = move.turn
    assert advice.after.loss_kw == pytest.approx(losses(expected, turns[:2]))


def test_no_more_than_the_allowed_moves_are_advised():
    assert len(phase_advice(street(2, most=1)).moves) == 1
    none = phase_advice(street(2, most=0))
    assert none.moves == () and none.reason


def test_what_is_balanced_is_left_alone():
    problem = street(3)
    even = np.repeat(problem.p_kw.sum(axis=1, keepdims=True) / 3, 3, axis=1)
    advice = phase_advice(replace(problem, p_kw=even, q_kvar=0.3 * even))
    assert advice.moves == () and "No move" in advice.reason


def test_rings_and_flows_without_a_solution_are_told():
    assert "closed rings" in phase_advice(street(4, ring=True)).reason
    problem = street(4)
    assert "no solution" in phase_advice(replace(problem, p_kw=1e4 * problem.p_kw)).reason
