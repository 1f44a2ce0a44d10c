"""The solver port against scipy, enumeration and programs whose end is known."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from gridops.engine.optimization.solver import Program, Status, solve

INF = np.inf


def program(cost, matrix, row_lower, row_upper, *, upper=INF, integer=None):
    n = len(cost)
    return Program.of(
        cost=np.array(cost),
        lower=np.zeros(n),
        upper=np.full(n, upper),
        matrix=csr_array(matrix),
        row_lower=np.array(row_lower),
        row_upper=np.array(row_upper),
        integer=integer,
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_linear_program_has_the_objective_and_the_duals_of_scipy(seed):
    rng = np.random.default_rng(seed)
    cost, matrix, limit = -rng.random(8), rng.random((5, 8)), 1 + rng.random(5)
    answer = solve(program(cost, matrix, np.full(5, -INF), limit))
    other = linprog(cost, A_ub=matrix, b_ub=limit)
    assert answer.status is Status.OPTIMAL and answer.gap == 0
    assert answer.objective == pytest.approx(other.fun) == pytest.approx(cost @ answer.x)
    assert answer.row_dual == pytest.approx(other.ineqlin.marginals)


@pytest.mark.parametrize("seed", range(5))
def test_a_program_with_integers_has_the_optimum_of_enumeration(seed):
    rng = np.random.default_rng(seed)
    cost, matrix = -rng.random(7), rng.random((3, 7))
    answer = solve(program(cost, matrix, np.full(3, -INF), np.ones(3), upper=1, integer=np.ones(7, bool)), gap=0)
    choices = np.array(list(product((0, 1), repeat=7)))
    allowed = choices[(choices @ matrix.T <= 1).all(axis=1)]
    assert answer.objective == pytest.approx((allowed @ cost).min())
    assert not len(answer.row_dual)


def test_the_basis_of_an_answer_begins_the_next_program_of_its_shape():
    first = solve(program([-1, -2], [[1, 1], [1, 3]], [-INF, -INF], [4, 6]))
    next_one = solve(program([-1, -2], [[1, 1], [1, 3]], [-INF, -INF], [4, 9]), warm=first)
    assert next_one.objective == pytest.approx(-6.5)


def test_values_may_begin_a_program_with_integers():
    asked = program([-1, -2], [[1, 1], [1, 3]], [-INF, -INF], [4, 6.5], integer=np.ones(2, bool))
    assert solve(asked, warm=np.array([3.0, 1.0])).objective == pytest.approx(-5)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (program([1, 1], [[1, 1]], [-5], [-1]), Status.INFEASIBLE),
        (program([-1, -2], [[1, -1]], [-5], [-1]), Status.UNBOUNDED),
        (program(np.zeros(0), csr_array((1, 0)), [1], [2]), Status.INFEASIBLE),
    ],
)
def test_a_program_without_an_answer_says_why(asked, status):
    answer = solve(asked)
    assert answer.status is status
    assert not answer.ok and answer.reason and np.isnan(answer.objective)


def test_a_stopped_search_tells_how_far_it_may_be_from_the_best():
    rng = np.random.default_rng(1)
    n = 300
    hard = program(
        -rng.random(n), rng.random((40, n)), np.full(40, -INF), np.full(40, 20.0), upper=1, integer=[True] * n
    )
    answer = solve(hard, seconds=0.2, gap=0)
    assert answer.status in (Status.FEASIBLE, Status.UNSOLVED)
    assert answer.reason and answer.gap > 0 and not answer.bound > answer.objective


@pytest.mark.parametrize("matrix", [[[1, np.nan]], [[1, 1, 1]]])
def test_a_malformed_program_is_refused(matrix):
    with pytest.raises(ValueError, match="program"):
        solve(program([1, 1], matrix, [0], [1]))


@pytest.mark.parametrize("seed", range(5))
def test_a_quadratic_program_ends_where_no_allowed_direction_goes_down(seed):
    rng = np.random.default_rng(seed)
    root, cost = rng.standard_normal((4, 9)), rng.standard_normal(9)
    hessian = root.T @ root
    asked = Program.of(
        cost=cost,
        lower=-np.ones(9),
        upper=np.ones(9),
        matrix=csr_array((0, 9)),
        row_lower=np.zeros(0),
        row_upper=np.zeros(0),
        hessian=hessian,
    )
    answer = solve(asked)
    slope = cost + hessian @ answer.x
    assert np.clip(answer.x - slope, -1, 1) == pytest.approx(answer.x, abs=1e-5)
    assert answer.objective == pytest.approx(cost @ answer.x + answer.x @ hessian @ answer.x / 2)


def test_a_hessian_beside_integers_is_refused():
    with pytest.raises(ValueError, match="hessian"):
        solve(
            Program.of(
                cost=np.ones(1),
                lower=np.zeros(1),
                upper=np.ones(1),
                matrix=csr_array((0, 1)),
                row_lower=np.zeros(0),
                row_upper=np.zeros(0),
                integer=np.ones(1, bool),
                hessian=np.ones((1, 1)),
            )
        )


def test_a_quadratic_program_that_goes_round_in_circles_ends_with_a_reason():
    small = Program.of(
        cost=np.array([1.0, 0.0]),
        lower=np.full(2, -10.0),
        upper=np.full(2, 10.0),
        matrix=csr_array(np.zeros((1, 2))),
        row_lower=np.array([-INF]),
        row_upper=np.ones(1),
        hessian=np.diag([1.0, 0.0]),
    )
    answer = solve(small, seconds=60)
    assert answer.seconds < 30
    assert answer.status is Status.OPTIMAL or answer.reason
    if answer.status is Status.OPTIMAL:
        assert answer.objective == pytest.approx(-0.5)
