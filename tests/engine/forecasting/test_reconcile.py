import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.forecasting.reconcile import Hierarchy, moved_quantiles, reconciled

TWO_FEEDERS = Hierarchy(np.array([-1, 0, 0]))


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_every_parent_is_the_sum_of_its_children(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    hierarchy = Hierarchy(np.r_[-1, [rng.integers(0, k) for k in range(1, size)]])

    found = reconciled(hierarchy, rng.normal(100, 30, (size, 6)), rng.uniform(1, 50, size))

    for parent in np.flatnonzero(hierarchy.has_children):
        children = found[hierarchy.parent == parent].sum(axis=0)
        assert found[parent] == pytest.approx(children, rel=1e-9, abs=1e-6)


def test_the_one_that_errs_most_is_moved_most() -> None:
    found = reconciled(TWO_FEEDERS, np.array([[100.0], [50.0], [40.0]]), np.array([1.0, 1.0, 8.0]))

    assert found.ravel() == pytest.approx([99.0, 51.0, 48.0])


def test_what_adds_up_stays() -> None:
    forecast = np.array([[90.0], [50.0], [40.0]])

    assert reconciled(TWO_FEEDERS, forecast, np.ones(3)) == pytest.approx(forecast)


def test_losses_are_what_a_parent_has_beyond_its_children() -> None:
    found = reconciled(TWO_FEEDERS, np.array([[95.0], [50.0], [40.0]]), np.ones(3), rest=np.array([[5.0]]))

    assert found.ravel() == pytest.approx([95.0, 50.0, 40.0])


def test_bands_go_along_with_their_median() -> None:
    moved = moved_quantiles(np.array([[[1.0, 2.0, 4.0]]]), np.array([[2.0]]), np.array([[2.5]]))

    assert moved.ravel().tolist() == [1.5, 2.5, 4.5]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="without a circle"):
        Hierarchy(np.array([1, 0]))
