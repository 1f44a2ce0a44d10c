import numpy as np
import pytest

from gridops.simulator.microgrids.clouds import CLEAR_S, COVERED_S, DEPTH, EDGE_S, Clouds


def test_a_cloud_that_is_told_comes_with_an_edge_and_goes() -> None:
    clouds = Clouds(np.random.default_rng(3))
    clouds.come(0.2, 60.0)
    steps = [clouds.step(1.0, 0.0) for _ in range(100)]
    assert min(np.diff(steps)) == pytest.approx(-1 / EDGE_S)
    assert steps[30] == pytest.approx(0.2)
    assert steps[-1] == pytest.approx(1.0)


def test_clouds_of_their_own_cover_as_much_time_and_sun_as_is_said() -> None:
    clouds = Clouds(np.random.default_rng(4))
    seen = np.array([clouds.step(20.0, 20.0) for _ in range(60_000)])
    covered, taken = COVERED_S / (COVERED_S + CLEAR_S), sum(DEPTH) / 2
    assert 1 - seen.mean() == pytest.approx(covered * taken, rel=0.2)
