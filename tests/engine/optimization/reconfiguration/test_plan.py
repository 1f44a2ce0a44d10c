"""Reconfiguration of small networks against every radial state they have, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.optimization.reconfiguration.bound import least_loss_kw
from gridops.engine.optimization.reconfiguration.exhaustive import best_of_all, choices
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure, plan
from gridops.engine.optimization.reconfiguration.problem import Weights, interruptions
from gridops.engine.optimization.reconfiguration.proof import proven_best
from gridops.engine.optimization.reconfiguration.reduced import reduce_network
from gridops.engine.optimization.reconfiguration.search import Search
from gridops.engine.optimization.reconfiguration.sequence import Move
from tests.engine.optimization.rings import operating, random_operating

SEEDS = range(40)


def problem_of(here, weights=None, most=None):
    topology, state = here.flow(here.switch_closed)
    assert state.converged
    return reduce_network(here, topology, state, weights=weights or Weights(), most_operations=most)


def planned(here, **aims):
    return plan(here, Aims(**aims), np.random.default_rng(0))


def found(problem, descents=4):
    return Search(problem).run(descents=descents, generator=np.random.default_rng(0)).state


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_gets_the_best_of_all_its_radial_states(seed):
    here = random_operating(seed, sources=1 + seed % 3)
    problem = problem_of(here).problem
    best = best_of_all(Search(problem))
    assert found(problem).cost == pytest.approx(best.cost, rel=1e-9)
    assert least_loss_kw(problem) <= best.cost


@pytest.mark.parametrize("seed", range(8))
def test_the_quick_flow_of_a_radial_state_is_that_of_the_solver(seed):
    here = random_operating(seed, nodes=12, ties=4)
    reduced = problem_of(here)
    state = found(reduced.problem)
    _, exact = here.flow(reduced.positions(here, state.open_branches))
    assert exact.losses_kw == pytest.approx(state.cost, rel=1e-6)
    assert np.nanmin(exact.voltage_pu) == pytest.approx(np.abs(state.flows.voltage).min(), rel=1e-7)


@pytest.mark.parametrize("weights", [Weights(balance=500.0), Weights(interruption=0.5), Weights(operation=3.0)])
@pytest.mark.parametrize("seed", range(6))
def test_other_aims_than_losses_are_met_as_well_as_enumeration_meets_them(seed, weights):
    here = random_operating(seed)
    here = replace(here, network=replace(here.network, lines=replace(here.network.lines, rated_a=np.full(11, 150.0))))
    problem = problem_of(here, weights).problem
    assert found(problem, descents=8).cost == pytest.approx(best_of_all(Search(problem)).cost, rel=1e-9)


@pytest.mark.parametrize("most", [0, 2, 4])
@pytest.mark.parametrize("seed", range(6))
def test_no_more_switches_are_operated_than_allowed_and_the_best_of_those_is_found(seed, most):
    here = random_operating(seed)
    outcome = planned(here, most_operations=most)
    assert len(outcome.order.steps) <= most
    problem = problem_of(here, most=most).problem
    best = best_of_all(Search(problem)).cost
    assert found(problem).cost == pytest.approx(best, rel=1e-9)
    assert outcome.after.losses_kw == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_every_step_feeds_everybody_and_every_second_one_ends_radial(seed):
    here = random_operating(seed, nodes=14, ties=5)
    outcome = planned(here)
    closed, fed = here.switch_closed.copy(), resolve(here.network, here.switch_closed).node_energised
    assert [step.move for step in outcome.order.steps] == [Move.CLOSE, Move.OPEN] * (len(outcome.order.steps) // 2)
    for step in outcome.order.steps:
        closed[step.switch] = step.move is Move.CLOSE
        topology, state = here.flow(closed)
        assert topology.node_energised[fed].all()
        assert int(closed.sum()) == 13 + (step.move is Move.CLOSE)
        assert state.losses_kw == pytest.approx(step.loss_kw)
    assert (closed == outcome.order.switch_closed).all()
    assert outcome.order.complete and outcome.after.losses_kw <= outcome.before.losses_kw


def square(**changes):
    """Source 0, two ways to node 2; the tie 2-3 stands open although the other way is loaded more."""
    ends = [(0, 1), (1, 2), (0, 3), (2, 3)]
    given = {"closed": [1, 1, 1, 0], "z_ohm": np.full(4, 1 + 0.5j), "load_kw": [0, 800, 600, 50]}
    return operating(ends, **{**given, **changes})


def test_a_better_state_that_cannot_be_switched_to_is_told_and_not_taken():
    here = square(sources=(0,))
    assert planned(here).order.complete
    apart = replace(
        operating(
            [(0, 2), (1, 3), (2, 3)],
            closed=[1, 1, 0],
            z_ohm=[2 + 1j, 0.1 + 0.1j, 0.1 + 0.1j],
            load_kw=[0, 0, 900, 50],
            sources=(0, 1),
        ),
        source_angle_deg=np.array([0.0, 30.0]),
    )
    outcome = planned(apart)
    assert not outcome.order.complete
    assert "degrees apart" in outcome.order.reason
    assert not outcome.order.steps
    assert outcome.after.losses_kw == pytest.approx(outcome.before.losses_kw)
    assert outcome.target_loss_kw < outcome.before.losses_kw


def test_limits_come_before_losses():
    free = square(load_kw=[0, 800, 100, 700])
    assert planned(free).after.losses_kw <= planned(free).before.losses_kw
    tight = square(load_kw=[0, 800, 100, 700], rated_a=[60, 60, 40, 60])
    outcome = planned(tight)
    assert outcome.breach_after <= outcome.breach_before


def test_a_ring_that_is_closed_today_is_opened():
    here = square(closed=[1, 1, 1, 1])
    outcome = planned(here)
    assert [step.move for step in outcome.order.steps] == [Move.OPEN]
    assert len(outcome.order.open_branches) == 1


def test_a_ring_without_a_switch_to_operate_stays_closed():
    here = square(closed=[1, 1, 1, 1], may_operate=np.zeros(4, bool))
    with pytest.raises(CannotReconfigure, match="stays so"):
        planned(here)


def test_a_network_without_ties_is_refused():
    here = operating([(0, 1), (1, 2)], closed=[1, 1], z_ohm=[1, 1], load_kw=[0, 10, 10])
    with pytest.raises(CannotReconfigure, match="nothing to choose"):
        planned(here)


def test_what_has_no_supply_today_stays_without_and_is_told():
    here = operating(
        [(0, 1), (1, 2), (0, 2), (3, 4), (2, 3)],
        closed=[1, 1, 0, 1, 0],
        z_ohm=np.full(5, 1 + 0.5j),
        load_kw=[0, 300, 500, 20, 20],
    )
    outcome = planned(here)
    assert any("without supply" in note for note in outcome.notes)
    assert not outcome.order.switch_closed[4]
    assert outcome.after.losses_kw < outcome.before.losses_kw


def test_a_flow_that_does_not_settle_is_refused_in_words():
    with pytest.raises(CannotReconfigure, match="no solution"):
        planned(square(load_kw=[0, 9e5, 9e5, 0]))


def test_interruptions_count_each_feeder_with_its_own_faults():
    problem = problem_of(square()).problem
    opened = found(problem).open_branches
    # Three nodes with ten customers each and three closed lines with 0.1 faults a year, on two feeders.
    sizes = {(1, 2): 0.1 * 10 + 0.2 * 20, (2, 1): 0.2 * 20 + 0.1 * 10, (3, 0): 0.3 * 30}
    assert interruptions(problem, opened) in [pytest.approx(value) for value in sizes.values()]


def test_too_many_states_are_not_enumerated():
    here = random_operating(1, nodes=40, ties=12)
    problem = problem_of(here).problem
    assert choices(problem) > 1_000_000
    with pytest.raises(ValueError, match="more than"):
        best_of_all(Search(problem))


def test_a_proof_leaves_no_gap():
    outcome = planned(random_operating(3, nodes=16, ties=4), prove=True)
    assert outcome.proven and outcome.gap == 0


def test_where_states_are_few_all_are_tried_unasked():
    assert choices(problem_of(random_operating(3)).problem) < 1000
    assert planned(random_operating(3)).proven


@pytest.mark.parametrize("seed", range(12))
def test_what_bounds_alone_prove_is_the_best_of_all_states(seed):
    here = random_operating(seed, nodes=15, ties=4)
    search = Search(problem_of(here).problem)
    best, poor = best_of_all(search), search.today()
    assert proven_best(search, best).cost == pytest.approx(best.cost, rel=1e-12)
    assert proven_best(search, poor).cost == pytest.approx(best.cost, rel=1e-12)


def test_a_proof_by_bounds_looks_at_few_of_the_states():
    search = Search(problem_of(random_operating(3, nodes=30, ties=6)).problem)
    best = search.run(descents=4, generator=np.random.default_rng(0)).state
    before = search.flows_solved
    assert choices(search.problem) > 1_000_000
    assert proven_best(search, best).cost == pytest.approx(best.cost, rel=1e-12)
    assert search.flows_solved - before < 1000


def test_where_something_feeds_in_or_more_than_losses_counts_nothing_is_proven():
    here = random_operating(4, nodes=30, ties=6)
    feeding = replace(here, p_kw=np.where(np.arange(30) == 20, 900.0, here.p_kw))
    outcome = planned(feeding)
    assert not outcome.proven and 0 < outcome.gap < 1
    assert planned(here).proven and planned(here).gap == 0
    assert not planned(here, weights=Weights(operation=0.5)).proven
