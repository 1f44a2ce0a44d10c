"""Voltage plans against enumeration, finite differences and what is known of simple cases."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.grouping import grouped
from gridops.engine.optimization.voltage.linear import followed, linearised, objective_value
from gridops.engine.optimization.voltage.local import LocalSettings, local_control
from gridops.engine.optimization.voltage.plan import figures, plan
from gridops.engine.optimization.voltage.problem import Inverters, Objective, SetPoints, as_found
from gridops.engine.optimization.voltage.program import Reach
from gridops.engine.optimization.voltage.shortage import explained
from gridops.engine.optimization.voltage.tracks import track
from gridops.engine.optimization.voltage.tuning import EASE, NO_LIMITS, STRAIGHT, Limits, Model, tuned
from tests.engine.feeder33 import feeder33


@pytest.fixture(scope="module")
def planned():
    problem = feeder33(1, steps=12)
    return problem, Flows(problem), plan(problem)


def yielding(factor):
    """All loads, no plant."""
    return np.where(np.arange(37) < 32, factor, 0.0)


def without_plants(problem):
    none = Inverters(np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
    return replace(problem, inverters=none)


def test_a_plan_ends_the_violations_that_fixed_positions_and_local_control_leave(planned):
    _, flows, made = planned
    field = local_control(flows, LocalSettings(np.ones(1)))
    local = figures(flows, field, flows.solve(field))
    assert made.found.violations > 20 and local.violations > 5
    assert made.confirmed and made.planned.violations == 0
    assert made.planned.loss_kwh <= 1.02 * min(local.loss_kwh, made.found.loss_kwh)


def test_operations_and_capabilities_are_kept(planned):
    problem, _, made = planned
    taps, banks = made.chosen.operations(problem)
    assert (taps <= problem.taps.most_operations).all() and (banks <= problem.banks.most_operations).all()
    assert (np.abs(made.chosen.q_kvar) <= problem.reactive_room_kvar + 1e-6).all()
    assert ((made.chosen.bank >= 0) & (made.chosen.bank <= problem.banks.most_steps)).all()


def test_what_a_plan_says_of_itself_is_the_full_power_flow_of_its_set_points(planned):
    _, flows, made = planned
    assert figures(flows, made.chosen, flows.solve(made.chosen)) == made.planned


def test_the_bound_is_not_above_the_plan_and_near_it(planned):
    *_, made = planned
    assert made.bound <= made.planned.objective * 1.001
    assert 0 <= made.gap < 0.06


@pytest.mark.parametrize("objective", [Objective.LOSS, Objective.CVR, Objective.FLAT])
def test_one_step_with_few_positions_ends_near_the_best_of_all_of_them(objective):
    problem = without_plants(feeder33(2, steps=1, objective=objective, most=40))
    if objective is Objective.CVR:
        problem = replace(problem, cvr_p=yielding(0.7))
    flows, made = Flows(problem), plan(problem)
    tap, one, other = (each.ravel() for each in np.meshgrid(range(-16, 17), range(4), range(4), indexing="ij"))
    every = SetPoints(tap[:, None], np.stack([one, other], axis=1), np.zeros((len(tap), 0)))
    found = flows.solve(every, np.zeros(len(tap), np.int32))
    inside = ~flows.excess_pu(found).any(axis=1)
    best = objective_value(flows, found)[inside].min()
    assert made.planned.violations == 0
    assert made.bound <= best
    start = made.found.objective
    if objective is Objective.FLAT:
        assert made.planned.objective <= best + 0.02 * (start - best)
    else:
        assert made.planned.objective <= 1.003 * best


def test_conservation_draws_less_than_least_loss_does():
    factor = dict(cvr_p=yielding(0.7), cvr_q=yielding(0.7))
    drawn = {}
    for objective in (Objective.LOSS, Objective.CVR):
        problem = feeder33(3, steps=4, objective=objective)
        drawn[objective] = plan(replace(problem, **factor)).planned.drawn_kwh
    assert drawn[Objective.CVR] < 0.99 * drawn[Objective.LOSS]


@pytest.mark.parametrize("objective", [Objective.LOSS, Objective.CVR, Objective.FLAT])
def test_slopes_are_those_of_finite_differences(objective):
    problem = replace(feeder33(4, steps=3, objective=objective), cvr_p=yielding(0.6), cvr_q=yielding(1.2))
    flows = Flows(problem)
    groups, chosen = grouped(flows), as_found(problem)
    linear = linearised(flows, groups, chosen, flows.solve(chosen))
    room = problem.reactive_room_kvar

    def moved(way):
        q = chosen.q_kvar + way * 1e-3 * room * (np.arange(room.shape[1]) == 2)
        return flows.solve(SetPoints(chosen.tap, chosen.bank, q))

    column = problem.taps.n_controls + 2 + int(groups.group_of_inverter[2])
    up, down = moved(1), moved(-1)
    slope = (objective_value(flows, up) - objective_value(flows, down)) / 2e-3
    assert linear.gradient[:, column] == pytest.approx(slope, rel=1e-3, abs=1e-7)
    step, bus = (each.ravel() for each in np.indices(up.magnitude.shape))
    volts = ((up.magnitude - down.magnitude) / 2e-3).ravel()
    assert linear.rows(step, bus)[:, column] == pytest.approx(volts, rel=1e-2, abs=1e-6)


def test_slopes_that_are_followed_have_the_gradient_of_the_state_they_are_followed_to():
    problem = feeder33(11, steps=4)
    flows = Flows(problem)
    groups, chosen = grouped(flows), as_found(problem)
    there = SetPoints(chosen.tap - 2, chosen.bank, chosen.q_kvar + 60.0)
    solution = flows.solve(there)
    near = linearised(flows, groups, chosen, flows.solve(chosen))
    fresh, after = linearised(flows, groups, there, solution), followed(flows, groups, there, solution, near)
    assert after.gradient == pytest.approx(fresh.gradient, rel=1e-4, abs=1e-6)
    assert (after.magnitude == fresh.magnitude).all() and (after.value == fresh.value).all()
    assert after.gradient != pytest.approx(near.gradient, rel=1e-2)


@pytest.mark.parametrize("eases", [EASE, STRAIGHT])
def test_limits_that_are_taken_in_as_they_are_broken_are_as_good_as_all_at_once(eases):
    problem = feeder33(12, steps=6)
    problem = replace(problem, low_pu=problem.low_pu + 0.035, high_pu=problem.high_pu - 0.035)
    flows = Flows(problem)
    groups, chosen = grouped(flows), as_found(problem)
    solution = flows.solve(chosen)
    controls = flows.n_devices + groups.n_groups
    at = np.hstack([chosen.tap, chosen.bank, np.zeros((6, groups.n_groups))]).astype(float)
    reach = Reach(
        np.where(np.arange(controls) == 0, -3.0, -0.5) + at, np.where(np.arange(controls) == 0, 3.0, 0.5) + at
    )
    linear = linearised(flows, groups, chosen, solution)
    model = Model(flows, linear, groups.zone_of_bus, at, scale=float(solution.loss_kw.mean()))
    every = np.arange(flows.compiled.n_buses, dtype=np.int32)
    everything = Limits(np.tile(every, 2), np.repeat([1.0, -1.0], len(every)))
    one = tuned(model, at=at, reach=reach, known=[NO_LIMITS] * 6, eases=eases)
    other = tuned(model, at=at, reach=reach, known=[everything] * 6, eases=eases)
    assert sum(len(limits.bus) for limits in one.limits) > 0
    assert one.value == pytest.approx(other.value, rel=1e-6)


def test_where_only_violations_count_there_is_no_gap_and_few_operations():
    made = plan(feeder33(13, steps=4, objective=Objective.VIOLATIONS))
    assert np.isnan(made.gap)
    assert made.found.violations > 0 and made.planned.violations == 0
    assert made.planned.operations < 8


def test_a_load_with_a_factor_changes_by_that_many_percent_for_a_percent_of_voltage():
    problem = without_plants(feeder33(5, steps=1))
    problem = replace(problem, cvr_p=yielding(1.3), low_pu=problem.low_pu - 0.2)
    drawn = []
    for way in (-1, 1):
        flows = Flows(replace(problem, source_voltage_pu=np.array([1.0 + 0.005 * way])))
        solution = flows.solve(as_found(problem))
        drawn.append((solution.drawn_kw - solution.loss_kw)[0] / 1.0)
        volts = np.abs(solution.voltage).mean()
        drawn.append(volts)
    change = np.log(drawn[2] / drawn[0]) / np.log(drawn[3] / drawn[1])
    assert change == pytest.approx(1.3, abs=0.15)


def test_a_plan_that_cannot_keep_the_limits_says_what_is_short_and_what_would_help():
    problem = feeder33(6, steps=2, most=0)
    problem = replace(
        problem, inverters=replace(problem.inverters, rated_s_kva=np.full(5, 1.0)), p_kw=1.3 * problem.p_kw
    )
    made = plan(problem)
    told = explained(Flows(problem), made, [f"bus {number}" for number in range(problem.network.n_nodes)])
    assert made.planned.violations > 0 and made.reason
    assert "below 0.9500 pu" in told[0] and "bus " in told[0]
    assert any(sentence.startswith("Cheapest way out") for sentence in told)
    assert any("less power taken" in sentence for sentence in told)


def test_a_problem_that_is_best_as_it_stands_is_left_alone():
    problem = without_plants(feeder33(7, steps=2, objective=Objective.VIOLATIONS, most=0))
    problem = replace(problem, low_pu=problem.low_pu - 0.2)
    made = plan(problem)
    assert not made.confirmed and made.reason.startswith("No better set-points")
    assert (made.chosen.tap == problem.taps.initial).all() and (made.chosen.bank == problem.banks.initial).all()


def test_a_state_without_a_solution_is_told_and_not_raised():
    problem = feeder33(8, steps=2)
    made = plan(replace(problem, p_kw=100 * problem.p_kw, q_kvar=100 * problem.q_kvar))
    assert not made.confirmed and "no solution" in made.reason


def test_a_device_that_stands_out_of_its_range_comes_inside_as_far_as_it_may():
    assert track(np.full(3, 2.0), initial=7, most_operations=9, low=-2, high=4).tolist() == [2, 2, 2]
    assert track(np.full(3, 2.0), initial=7, most_operations=2, low=-2, high=4).tolist() == [5, 5, 5]


@pytest.mark.parametrize("most", [0, 2, 5, 40])
def test_a_track_is_as_near_to_its_wishes_as_any_with_so_few_operations(most):
    rng = np.random.default_rng(most)
    wished = rng.uniform(-1.4, 1.4, 6)
    found = track(wished, initial=0, most_operations=most, low=-1, high=1)
    best = np.inf
    for positions in product((-1, 0, 1), repeat=6):
        moves = np.abs(np.diff(positions, prepend=0)).sum()
        if moves <= most:
            best = min(best, np.abs(np.array(positions) - wished).sum() + 0.05 * moves)
    moves = np.abs(np.diff(found, prepend=0)).sum()
    assert moves <= most
    assert np.abs(found - wished).sum() + 0.05 * moves <= best * 1.002 + 1e-9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"p_kw": np.zeros((2, 3))}, "shape"),
        ({"cvr_p": np.full(37, 3.0)}, "between 0 and 2"),
        ({"low_pu": np.full(44, 1.2)}, "not below"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(feeder33(9, steps=2), **change)
