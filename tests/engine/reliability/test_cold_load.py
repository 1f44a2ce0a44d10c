import math

import numpy as np
import pytest

from gridops.engine.reliability.cold_load import FADES_IN_H, GROWS_IN_H, MOST_EXCESS, pickup_factor


def test_without_an_outage_nothing_is_picked_up() -> None:
    assert pickup_factor(0.0, [0.0, 1.0, 5.0]) == pytest.approx(np.ones(3))


def test_after_one_time_constant_63_percent_of_the_most_has_grown() -> None:
    assert float(pickup_factor(GROWS_IN_H, 0.0)) == pytest.approx(1 + MOST_EXCESS * (1 - math.exp(-1)))


def test_a_day_without_supply_picks_up_the_most_and_it_fades() -> None:
    factors = pickup_factor(24.0, np.array([0.0, FADES_IN_H, 10 * FADES_IN_H]))
    assert factors == pytest.approx([1 + MOST_EXCESS, 1 + MOST_EXCESS / math.e, 1.0], abs=1e-4)


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        pickup_factor(1.0, -0.1)
