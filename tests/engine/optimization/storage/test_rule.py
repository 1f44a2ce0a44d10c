"""The rule that plans are held against: it stores surplus and gives it back, and knows nothing else."""

import numpy as np
import pytest

from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.fleet import without_batteries
from gridops.engine.optimization.storage.plan import plan
from gridops.engine.optimization.storage.rule import self_consumed
from gridops.engine.optimization.storage.site import Site
from tests.engine.optimization.storage.made import schedule

LOAD = np.array([2.0, 2.0, 2.0, 6.0, 6.0, 6.0])
SUN = np.array([0.0, 5.0, 5.0, 0.0, 0.0, 0.0])


def site(**more: object) -> Site:
    return Site.of(step_h=1.0, buy=np.full(6, 0.3), sell=np.full(6, 0.05), load_kw=LOAD, sun_kw=SUN, **more)


def two() -> Batteries:
    return Batteries.of(
        power_kw=[1.0, 3.0], energy_kwh=[4.0, 4.0], one_way=0.9, initial=0.0, final=0.0, final_at_least=True
    )


def test_surplus_goes_in_and_comes_out_and_energy_is_kept() -> None:
    found = self_consumed(two(), site())
    assert found.net_kw[1:3] == pytest.approx([0.0, 0.0])
    assert found.energy_kwh[:, 2].sum() == pytest.approx(6 * 0.9)
    assert found.net_kw[3:].sum() == pytest.approx(18 - 6 * 0.81)
    assert found.energy_kwh[:, -1] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert found.cost < without_batteries(site())
    assert not found.breaks


def test_a_plan_never_costs_more_than_the_rule() -> None:
    for seed in range(5):
        chance = np.random.default_rng(seed)
        buy = chance.uniform(0.1, 0.4, 6)
        place = Site.of(
            step_h=1.0,
            buy=buy,
            sell=np.full(6, 0.05),
            load_kw=LOAD,
            sun_kw=SUN * chance.uniform(0.5, 2),
            peak_charge=1.0,
        )
        assert schedule(plan(two(), place)).cost <= self_consumed(two(), place).cost + 1e-9


def test_what_breaks_the_connection_is_told() -> None:
    assert self_consumed(two(), site(import_kw=5.0)).breaks
    assert not self_consumed(two(), site(export_kw=0.0)).breaks  # sun is left unused


def test_a_demand_charge_counts_in_its_hours_alone() -> None:
    late = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    battery = Batteries.of(power_kw=3.0, energy_kwh=4.0, one_way=0.9, initial=0.0, final_at_least=True)
    made = schedule(plan(battery, site(peak_charge=1.0, peak_at=late)))
    assert made.import_kw[5] < 3.01
    assert made.parts["peak"] == pytest.approx(made.import_kw[5])
