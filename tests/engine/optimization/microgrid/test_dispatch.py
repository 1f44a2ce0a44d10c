"""Plans of a microgrid: small cases by hand, against all of the possible ones, and what must hold in every plan."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.microgrid.plan import Dispatch, Part, plan
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.microgrid.without import uncontrolled
from gridops.engine.optimization.solver import Status
from gridops.engine.optimization.storage.battery import Batteries

NO_BATTERY = Batteries.of(power_kw=np.zeros(0), energy_kwh=np.zeros(0), one_way=1.0)
ONE_GROUP = Terms.of(lost_load=[10.0])


def store(**given: float) -> Batteries:
    """10 kW, 20 kWh, no losses, empty."""
    told = {"power_kw": 10.0, "energy_kwh": 20.0, "one_way": 1.0, "initial": 0.0, "final": 0.0} | given
    return Batteries.of(**told, final_at_least=True)  # type: ignore[arg-type]


def of(batteries: Batteries, generators: Generators, outlook: Outlook, terms: Terms = ONE_GROUP) -> Dispatch:
    found = plan(batteries, generators, outlook, terms, gap=1e-9)
    assert found.dispatch is not None, found.reason
    return found.dispatch


def test_a_store_moves_energy_from_the_cheap_hour_to_the_dear_one() -> None:
    """5 kWh bought at 0.1 beside the load's own, and 5 kWh not bought at 0.5: 0.1 x 10 + 0.5 x 0."""
    outlook = Outlook.of(step_h=1.0, load_kw=[5.0, 5.0], buy=[0.1, 0.5], import_kw=50.0)
    found = of(store(), Generators.none(), outlook)
    assert found.battery_kw[0] == pytest.approx([-5.0, 5.0])
    assert found.cost == pytest.approx(1.0)
    assert found.shadow_price == pytest.approx([0.1, 0.1])
    assert found.stored_value[0] == pytest.approx([0.1, 0.1])


def test_losses_and_wear_can_make_it_not_worth_while() -> None:
    """Of 1 kWh bought 0.81 come back: 0.1 / 0.81 + 0.02 is dearer than 0.14."""
    outlook = Outlook.of(step_h=1.0, load_kw=[5.0, 5.0], buy=[0.1, 0.14], import_kw=50.0)
    lossy = store(one_way=0.9, wear_discharge=0.02)
    assert of(lossy, Generators.none(), outlook).battery_kw[0] == pytest.approx([0.0, 0.0])


def test_a_generator_that_runs_makes_its_least_load() -> None:
    """Import is capped at 4 of 6 kW: the generator has to make its least, 5 kW, and the grid gives the last one."""
    outlook = Outlook.of(step_h=1.0, load_kw=[6.0], buy=0.1, import_kw=4.0)
    found = of(NO_BATTERY, Generators.of(rated_kw=20.0, least_kw=5.0, cost=0.5, start_cost=3.0), outlook)
    assert found.generator_kw[0] == pytest.approx([5.0])
    assert found.import_kw == pytest.approx([1.0])
    assert found.parts[Part.STARTS] == pytest.approx(3.0)
    assert found.cost == pytest.approx(0.1 + 2.5 + 3.0)


def test_the_least_important_load_is_cut_first() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[[4.0], [4.0], [4.0]], buy=0.1, import_kw=6.0)
    found = of(NO_BATTERY, Generators.none(), outlook, Terms.of(lost_load=[25.0, 10.0, 3.0]))
    assert found.shed_kw[:, 0] == pytest.approx([0.0, 2.0, 4.0])
    assert found.shadow_price == pytest.approx([10.0])


def test_sun_that_nobody_takes_is_curtailed() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[4.0], renewable_kw=[[10.0]], buy=0.1, import_kw=5.0)
    found = of(NO_BATTERY, Generators.none(), outlook)
    assert (found.curtailed_kw[0, 0], found.cost) == pytest.approx((6.0, 0.0))
    assert found.shadow_price == pytest.approx([0.0])


def test_the_peak_that_is_charged_is_shaved() -> None:
    """Two hours of 2 and 8 kW at the same price: the store levels them to 5 kW."""
    outlook = Outlook.of(step_h=1.0, load_kw=[2.0, 8.0], buy=0.1, import_kw=50.0)
    found = of(store(), Generators.none(), outlook, Terms.of(lost_load=[10.0], peak_charge=2.0))
    assert found.import_kw == pytest.approx([5.0, 5.0])
    assert found.parts[Part.PEAK] == pytest.approx(10.0)
    known = of(store(), Generators.none(), outlook, Terms.of(lost_load=[10.0], peak_charge=2.0, peak_kw=9.0))
    assert known.parts[Part.PEAK] == 0.0


def test_emissions_decide_where_they_are_priced() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[6.0], buy=0.3, import_kw=50.0, grid_kg_per_kwh=0.8)
    clean = Generators.of(rated_kw=20.0, cost=0.32)
    assert of(NO_BATTERY, clean, outlook).generator_kw[0] == pytest.approx([0.0])
    priced = of(NO_BATTERY, clean, outlook, Terms.of(lost_load=[10.0], emissions_price=0.1))
    assert priced.generator_kw[0] == pytest.approx([6.0])


def test_a_reserve_is_kept_and_what_is_missing_of_it_is_told() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[5.0, 5.0], buy=[0.1, 0.5], import_kw=8.0, reserve_kwh=12.0)
    found = of(store(initial=0.3, final=0.3), Generators.none(), outlook, Terms.of(lost_load=[10.0], reserve_price=1.0))
    assert found.energy_kwh[0] == pytest.approx([9.0, 12.0])
    assert found.reserve_short_kwh == pytest.approx([3.0, 0.0])


def test_fuel_that_has_to_last_goes_where_load_is_worth_most() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[[2.0, 4.0], [4.0, 2.0]])
    tank = Generators.of(rated_kw=10.0, cost=0.5, fuel_kwh=7.0)
    found = of(NO_BATTERY, tank, outlook, Terms.of(lost_load=[25.0, 3.0]))
    assert found.shed_kw[0] == pytest.approx([0.0, 0.0])
    assert found.shed_kw[1].sum() == pytest.approx(5.0)


def test_a_generator_keeps_running_and_standing_for_its_least_times() -> None:
    dear = Outlook.of(step_h=1.0, load_kw=[5.0] * 6, buy=[0.1, 0.9, 0.1, 0.1, 0.1, 0.1], import_kw=50.0)
    found = of(NO_BATTERY, Generators.of(rated_kw=5.0, least_kw=5.0, cost=0.2, up_steps=3), dear)
    assert found.running[0] == pytest.approx([0, 1, 1, 1, 0, 0]) or found.running[0] == pytest.approx(
        [1, 1, 1, 0, 0, 0]
    )
    held = Generators.of(rated_kw=5.0, least_kw=5.0, cost=0.2, down_steps=3, since_steps=1)
    assert of(NO_BATTERY, held, dear).running[0, :2] == pytest.approx([0.0, 0.0])


def test_a_curve_is_filled_from_its_cheap_segment() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[7.0])
    bent = Generators.of(rated_kw=10.0, curve=([[4.0, 6.0]], [[0.2, 0.6]]), no_load_cost=1.0)
    assert of(NO_BATTERY, bent, outlook).parts[Part.FUEL] == pytest.approx(4 * 0.2 + 3 * 0.6 + 1.0)


def test_load_that_may_not_be_cut_and_has_no_source_is_a_result_with_a_way_out() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[5.0, 9.0], buy=0.1, import_kw=6.0)
    found = plan(NO_BATTERY, Generators.none(), outlook, Terms.of(lost_load=[np.inf]))
    assert (found.status, found.dispatch) == (Status.INFEASIBLE, None)
    assert "load without a source in step 2: 3 kW" in found.way_out[0]


def test_now_is_decided_once_for_all_futures() -> None:
    """A dear hour that comes with an even chance: 0.5 x 0.9 is more than the 0.2 of now, so the store is filled."""
    outlook = Outlook.of(
        step_h=1.0, load_kw=[5.0, 5.0], buy=[[0.2, 0.1], [0.2, 0.9]], import_kw=50.0, weight=[0.5, 0.5]
    )
    found = of(store(), Generators.none(), outlook)
    assert found.charge_kw[0, 0] == pytest.approx(5.0)
    rare = of(store(), Generators.none(), replace(outlook, weight=np.array([0.9, 0.1])))
    assert rare.charge_kw[0, 0] == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_choice_of_starts_and_stops_is_cheaper(seed: int) -> None:
    """Against every one of the 2^5 courses of a generator, the rest of each by its merit order."""
    rng = np.random.default_rng(seed)
    load, buy, limit = rng.uniform(5, 20, 5), rng.uniform(0.05, 0.6, 5), rng.uniform(4, 18, 5)
    least, rated, cost, start, lost = 4.0, 12.0, 0.3, 1.5, 2.0
    outlook = Outlook.of(step_h=1.0, load_kw=load, buy=buy, import_kw=limit)
    found = of(
        NO_BATTERY,
        Generators.of(rated_kw=rated, least_kw=least, cost=cost, start_cost=start),
        outlook,
        Terms.of(lost_load=[lost]),
    )
    tried = [_by_hand(np.array(on), load, buy, limit) for on in product((0, 1), repeat=5)]
    assert found.cost == pytest.approx(min(tried), abs=1e-6)


def _by_hand(on: FloatArray, load: FloatArray, buy: FloatArray, limit: FloatArray) -> float:
    starts = int(((on[1:] - on[:-1]) > 0).sum() + (on[0] > 0))
    total = 1.5 * starts
    for running, wanted, price, most in zip(on, load, buy, limit, strict=True):
        made = 4.0 if running else 0.0
        rest = wanted - made
        sources = sorted([(price, most), (0.3, 12.0 - 4.0 if running else 0.0)])
        total += 0.3 * made
        for cost, room in sources:
            total += cost * min(rest, room)
            rest -= min(rest, room)
        total += 2.0 * rest
    return total


@pytest.mark.parametrize("seed", range(8))
def test_in_every_plan_the_balance_closes_and_nothing_leaves_its_limits(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    steps = 12
    there = rng.random(steps) > 0.3
    outlook = Outlook.of(
        step_h=0.5,
        load_kw=rng.uniform(2, 15, (3, steps)),
        renewable_kw=rng.uniform(0, 25, (2, steps)),
        buy=rng.uniform(-0.1, 0.6, steps),
        sell=-0.2,
        import_kw=there * 20.0,
        export_kw=there * 10.0,
        reserve_kwh=3.0,
    )
    b = Batteries.of(power_kw=[8.0, 5.0], energy_kwh=[20.0, 6.0], one_way=0.93, initial=0.5, final=0.2)
    g = Generators.of(rated_kw=[15.0, 8.0], least_kw=[5.0, 3.0], cost=[0.4, 0.5], start_cost=1.0, up_steps=2)
    found = of(b, g, outlook, Terms.of(lost_load=[25.0, 10.0, 3.0], reserve_price=1.0))
    given = found.battery_kw.sum(axis=0) + found.generator_kw.sum(axis=0) + found.renewable_kw.sum(axis=0)
    load = outlook.load_kw[0] - found.shed_kw
    assert given + found.import_kw - found.export_kw == pytest.approx(load.sum(axis=0), abs=1e-6)
    assert np.minimum(found.charge_kw, found.discharge_kw).max() < 1e-5
    runs = found.running > 0.5
    assert (found.generator_kw[runs] >= np.broadcast_to(g.least_kw[:, None], runs.shape)[runs] - 1e-6).all()
    assert found.generator_kw[~runs] == pytest.approx(0.0, abs=1e-6)
    assert found.cost == pytest.approx(sum(found.parts.values()))
    stored = b.initial_kwh[:, None] + np.cumsum(0.5 * (0.93 * found.charge_kw - found.discharge_kw / 0.93), axis=1)
    assert found.energy_kwh == pytest.approx(stored, abs=1e-5)


def test_the_shadow_price_is_what_one_more_kwh_costs() -> None:
    outlook = Outlook.of(step_h=0.5, load_kw=[5.0, 9.0], buy=[0.1, 0.5], import_kw=50.0)
    found = of(store(one_way=0.9), Generators.none(), outlook)
    more = replace(outlook, load_kw=outlook.load_kw + np.array([0.0, 0.02]))  # 0.01 kWh
    assert (of(store(one_way=0.9), Generators.none(), more).cost - found.cost) / 0.01 == pytest.approx(
        found.shadow_price[1], rel=1e-4
    )


def test_without_control_the_grid_serves_and_its_outage_is_dark() -> None:
    outlook = Outlook.of(
        step_h=1.0, load_kw=[[2.0, 2.0], [3.0, 3.0]], renewable_kw=[[1.0, 9.0]], buy=0.2, import_kw=[50.0, 0.0]
    )
    found = uncontrolled(outlook, Terms.of(lost_load=[10.0, 4.0]))
    assert found.lost_kwh == pytest.approx(5.0)
    assert found.cost == pytest.approx(4 * 0.2 + 2 * 10.0 + 3 * 4.0)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("least_kw", {"rated_kw": 5.0, "least_kw": 6.0}),
        ("curve", {"rated_kw": 5.0, "curve": ([[2.0, 3.0]], [[0.5, 0.4]])}),
        ("curve", {"rated_kw": 5.0, "curve": ([[2.0, 2.0]], [[0.4, 0.5]])}),
        ("start_cost", {"rated_kw": 5.0, "start_cost": -1.0}),
    ],
)
def test_generators_that_cannot_be_are_refused_by_field(field: str, given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=field):
        Generators.of(**given)  # type: ignore[arg-type]


def test_selling_above_buying_is_refused() -> None:
    with pytest.raises(ValueError, match="sell: in step 2"):
        Outlook.of(step_h=1.0, load_kw=[1.0, 1.0], buy=0.2, sell=[0.1, 0.3], import_kw=5.0, export_kw=5.0)
