"""Forecasts from nothing but the past, and a past dispatched on them."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.optimization.microgrid.forecast import expected, grid_chances, grid_futures
from gridops.engine.optimization.microgrid.outlooks import Foresight, Truth, Way, ahead
from gridops.engine.optimization.microgrid.plan import Part, plan
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.microgrid.reasons import Named, Scene, reasons
from gridops.engine.optimization.microgrid.rolling import play
from gridops.engine.optimization.storage.battery import Batteries

DAY = 24
NAMED = Named(("Battery",), ("Diesel",), ("Sun",), ("Clinic", "Works"), "EUR")


def test_without_a_day_of_past_the_present_goes_on() -> None:
    assert expected(np.array([3.0, 5.0]), 4, DAY, 1.0).value == pytest.approx([5.0] * 4)


def test_a_course_that_repeats_is_foreseen_after_a_day() -> None:
    day = np.sin(np.arange(DAY) / DAY * 2 * np.pi) + 2
    seen = np.concatenate([day, day, day[:5]])
    assert expected(seen, DAY, DAY, 1.0).value == pytest.approx(np.roll(day, -5), abs=1e-4)


def test_what_comes_later_changes_no_forecast() -> None:
    rng = np.random.default_rng(4)
    past = rng.uniform(1, 9, 60)
    whole = np.concatenate([past, rng.uniform(1, 9, 40)])
    other = np.concatenate([past, rng.uniform(50, 90, 40)])
    ways = Way(DAY, DAY)
    found = [ahead(_truth(series), 59, ways) for series in (whole, other)]
    assert np.array_equal(found[0].load_kw, found[1].load_kw)


def test_errors_of_the_past_spread_the_quantiles() -> None:
    rng = np.random.default_rng(1)
    seen = 10 + rng.normal(0, 1, 10 * DAY)
    told = expected(seen, 12, DAY, 1.0)
    width = told.quantile(0.9) - told.quantile(0.1)
    assert width.mean() == pytest.approx(2 * 1.2816, rel=0.25)


def test_a_grid_that_never_failed_is_not_expected_to() -> None:
    courses, chance = grid_futures(grid_chances(np.ones(50)), there=True, steps=8)
    assert (courses.tolist(), chance.tolist()) == ([[1.0] * 8], [1.0])


def test_outages_are_expected_as_often_and_as_long_as_they_were() -> None:
    seen = np.tile([1.0] * 18 + [0.0] * 2, 10)
    chances = grid_chances(seen)
    assert chances.lost == pytest.approx(10 / 180, rel=0.1)
    assert 1 / chances.back == pytest.approx(2.0, rel=0.1)
    courses, weight = grid_futures(chances, there=True, steps=4)
    assert courses.tolist() == [[1, 1, 1, 1], [0, 0, 1, 1]]
    assert weight[1] == pytest.approx(1 - (1 - chances.lost) ** 4)


def _truth(load: np.ndarray, **given: object) -> Truth:
    told = {"step_h": 1.0, "buy": 0.3, "import_kw": 50.0} | given
    return Truth(Outlook.of(load_kw=load, **told), np.ones(len(load)))  # type: ignore[arg-type]


def test_with_an_oracle_and_the_whole_past_the_played_cost_is_that_of_the_plan() -> None:
    rng = np.random.default_rng(7)
    truth = _truth(rng.uniform(2, 12, 20), buy=rng.uniform(0.05, 0.6, 20), import_kw=9.0)
    b = Batteries.of(power_kw=5.0, energy_kwh=15.0, one_way=0.95, initial=0.4, final=0.4, final_at_least=True)
    g = Generators.of(rated_kw=8.0, least_kw=2.0, cost=0.35, start_cost=0.5)
    terms = Terms.of(lost_load=[5.0])
    whole = plan(b, g, truth.outlook, terms, gap=1e-9)
    played = play(b, g, truth, terms, Way(20, DAY, Foresight.PERFECT))
    assert whole.dispatch is not None
    assert played.cost == pytest.approx(whole.dispatch.cost, rel=1e-3)
    assert played.energy_kwh[0, -1] >= 6.0 - 1e-6


def test_no_load_is_cut_while_a_generator_could_serve_it() -> None:
    rng = np.random.default_rng(3)
    load = rng.uniform(4, 10, 48)
    truth = replace(_truth(load), grid_there=(rng.random(48) > 0.4).astype(float))
    b = Batteries.of(power_kw=3.0, energy_kwh=6.0, one_way=0.9, initial=0.5, final=0.0, final_at_least=True)
    played = play(
        b, Generators.of(rated_kw=12.0, least_kw=2.0, cost=0.9), truth, Terms.of(lost_load=[10.0]), Way(DAY, DAY)
    )
    assert (played.steps, played.shed_kw.sum()) == (48, pytest.approx(0.0, abs=1e-6))


def test_what_is_played_is_booked_by_what_was_done() -> None:
    """One hour of the least load, by hand: a start, fuel, and what it emits."""
    truth = Truth(Outlook.of(step_h=1.0, load_kw=[4.0, 4.0]), np.zeros(2))
    g = Generators.of(rated_kw=10.0, cost=0.5, start_cost=2.0, emissions_kg_per_kwh=0.7, no_load_cost=1.0)
    no_store = Batteries.of(power_kw=np.zeros(0), energy_kwh=np.zeros(0), one_way=1.0)
    played = play(no_store, g, truth, Terms.of(lost_load=[10.0], emissions_price=0.1), Way(2, DAY))
    assert played.parts[Part.FUEL] == pytest.approx(8 * 0.5 + 2 * 1.0)
    assert played.parts[Part.STARTS] == pytest.approx(2.0)
    assert (played.emissions_kg, played.parts[Part.EMISSIONS]) == pytest.approx((5.6, 0.56))


def _scene(outlook: Outlook) -> Scene:
    b = Batteries.of(power_kw=5.0, energy_kwh=10.0, one_way=1.0, initial=0.0, final=0.0, final_at_least=True)
    g = Generators.of(rated_kw=6.0, least_kw=2.0, cost=0.4)
    terms = Terms.of(lost_load=[25.0, 3.0])
    made = plan(b, g, outlook, terms)
    assert made.dispatch is not None
    return Scene(b, g, outlook, terms, made.dispatch, NAMED)


def test_each_decision_has_its_reason_in_words() -> None:
    outlook = Outlook.of(
        step_h=1.0,
        load_kw=[[2.0, 6.0], [2.0, 8.0]],
        renewable_kw=[[0.0, 0.0]],
        buy=[0.1, 0.5],
        import_kw=[20.0, 0.0],
    )
    scene = _scene(outlook)
    now, later = reasons(scene, 0), reasons(scene, 1)
    assert any(text.startswith("Battery charges 5.0 kW: a kWh costs") and "used from 1 h later" in text for text in now)
    assert "9.0 kW come from the grid at 0.100 EUR a kWh." in now
    assert later[0].startswith("Works is cut by 3.0 kW: the grid is away and generators run at their most")
    assert any(text.startswith("Diesel starts at 6.0 kW: a kWh is worth 3.000 EUR") for text in later)
    assert any(text.startswith("Battery gives 5.0 kW") for text in later)


def test_where_nothing_is_decided_that_is_said() -> None:
    outlook = Outlook.of(step_h=1.0, load_kw=[[0.0], [0.0]], renewable_kw=[[0.0]], buy=0.1, import_kw=20.0)
    assert len(reasons(_scene(outlook), 0)) == 1
