"""The price of a kWh through a battery."""

import numpy as np
import pytest

from gridops.engine.storage.ageing.belief import Belief, prior
from gridops.engine.storage.ageing.models import MODELS
from gridops.engine.storage.ageing.naumann import Naumann
from gridops.engine.storage.ageing.stress import stress
from gridops.engine.storage.lifespan import lifespan
from gridops.engine.storage.wear import wear_by_depth, wear_price
from tests.engine.storage.traces import daily, resting

CERTAIN = Belief(np.zeros(3), np.eye(3) * 1e-12, 1e-6, 0)
MONEY, KWH = np.array([200_000.0]), np.array([1000.0])


def price(low: float, high: float) -> float:
    seen = stress(daily(low, high, days=5))
    return float(wear_price(Naumann(), seen, [CERTAIN], replacement=MONEY, energy_kwh=KWH)[0])


def test_what_cycles_use_up_is_paid_for_by_what_is_discharged_until_the_end() -> None:
    life = lifespan(Naumann(), stress(daily(0.1, 0.9, days=5)), [CERTAIN])
    paid = price(0.1, 0.9) * 0.8 * 365.25 * life.years[0] * 1000
    assert paid == pytest.approx(200_000 * (1 - life.calendar_share[0]))


def test_deeper_cycles_cost_more_for_each_kwh() -> None:
    assert price(0.0, 1.0) > 1.2 * price(0.2, 0.8)


def test_a_battery_that_rests_has_no_price() -> None:
    seen = stress(resting(0.5, days=9, temperature_c=25))
    assert wear_price(Naumann(), seen, [CERTAIN], replacement=MONEY, energy_kwh=KWH) == 0


def test_by_depth_the_parts_of_the_window_add_up_to_the_whole_cycle_and_never_fall() -> None:
    for model in MODELS.values():
        told = {"replacement": 150.0, "energy_kwh": 1.0, "temperature_c": 25.0, "parts": 4}
        found = wear_by_depth(model, prior(model), window=(0.1, 0.9), **told)
        assert (np.diff(found.per_kwh) >= 0).all()
        assert found.share @ found.per_kwh == pytest.approx(found.flat)
        twice = wear_by_depth(model, prior(model), window=(0.1, 0.9), **(told | {"replacement": 300.0}))
        assert twice.per_kwh == pytest.approx(2 * found.per_kwh)


def test_a_window_without_width_is_told() -> None:
    with pytest.raises(ValueError, match=r"window is 0\.9 to 0\.1"):
        wear_by_depth(Naumann(), CERTAIN, replacement=1.0, energy_kwh=1.0, window=(0.9, 0.1), temperature_c=25.0)
