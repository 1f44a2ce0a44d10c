import pytest

from tests.studies.chi_square import study
from tests.studies.grids import solved


@pytest.mark.parametrize("name", ["case33bw", "cigre_mv", "1-MV-urban--0-sw"])
def test_the_objective_and_the_errors_follow_their_predicted_distributions(name: str) -> None:
    fit = study(solved(name), draws=150, seed=1)

    assert fit.objective_p > 1e-3
    assert fit.state_p > 1e-3
    assert abs(fit.objective_mean - 1) < 4 * (2 / fit.freedom / fit.draws) ** 0.5
    assert abs(fit.state_mean - 1) < 4 * (2 / fit.state_freedom / fit.draws) ** 0.5
    assert fit.alarms <= 0.05
    # One node: the mean of 150 squares of standard normals is within 0.46 of 1 in all but 1 of 10,000.
    assert 0.54 < fit.node_least <= fit.node_greatest < 1.46
