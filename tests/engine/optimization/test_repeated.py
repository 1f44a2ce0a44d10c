"""A program solved again with other costs gives what a fresh one gives."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from gridops.engine.optimization.solver import Program, Repeated, Status, solve


def program(cost: np.ndarray) -> Program:
    matrix = csr_array(np.array([[1.0, 2.0, 1.0], [1.0, 0.0, -1.0]]))
    low, high = np.array([1.0, -np.inf]), np.array([np.inf, 0.5])
    return Program.of(cost=cost, lower=np.zeros(3), upper=np.full(3, 4.0), matrix=matrix, row_lower=low, row_upper=high)


def test_other_costs_give_what_a_fresh_program_gives() -> None:
    again = Repeated(program(np.zeros(3)))
    chance = np.random.default_rng(3)
    for _ in range(20):
        cost = chance.normal(size=3)
        one, other = again.solve(cost), solve(program(cost))
        assert one.status is Status.OPTIMAL
        assert one.objective == pytest.approx(other.objective)
        np.testing.assert_allclose(one.row_dual @ [1.0, 0.5], other.row_dual @ [1.0, 0.5], atol=1e-9)
        assert 0 <= one.seconds < 60


@pytest.mark.parametrize("cost", [np.zeros(2), np.array([1.0, np.nan, 0.0])])
def test_costs_that_do_not_fit_are_refused(cost: np.ndarray) -> None:
    with pytest.raises(ValueError, match="costs"):
        Repeated(program(np.zeros(3))).solve(cost)
