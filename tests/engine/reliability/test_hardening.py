"""Where measures go, against every possible set, closed sums and a study of switches made by another program."""

from itertools import combinations

import numpy as np
import pytest

from gridops.engine.reliability.analytic import Switched, effects, load_figures, system_figures
from gridops.engine.reliability.hardening import choosing
from gridops.engine.reliability.hardening.choosing import choose
from gridops.engine.reliability.hardening.front import front, money, shares
from gridops.engine.reliability.hardening.measures import Kind, Measure, repair_draws
from gridops.engine.reliability.hardening.worth import Evaluator, Worth
from tests.factories.hardening import evaluator, feeder33_places, switch_measures
from tests.factories.rbts import rbts


@pytest.fixture(scope="module")
def feeder33() -> Evaluator:
    grid = feeder33_places()
    return evaluator(grid, switch_measures(grid))


def test_without_switches_the_whole_feeder_waits_for_each_repair(feeder33):
    none = np.zeros(len(feeder33.catalogue.measures), np.bool_)
    assert feeder33.worth(none).ens_kwh / 1000 == pytest.approx(142.7, abs=0.1)  # 32 x 1.2 h x 3.715 MW


def test_two_switches_halve_what_is_lost(feeder33):
    """Another program's exhaustive study of the same feeder found 50 %."""
    none = feeder33.worth(np.zeros(len(feeder33.catalogue.measures), np.bool_))
    found = choose(feeder33, 2.0)
    assert found.method == "every set"
    assert found.gap == 0
    assert 1 - found.worth.ens_kwh / none.ens_kwh == pytest.approx(0.50, abs=0.02)


@pytest.mark.parametrize(("switches", "saved"), [(3, 0.62), (4, 0.715)])
def test_more_switches_save_what_the_other_program_found(feeder33, switches, saved):
    none = feeder33.worth(np.zeros(len(feeder33.catalogue.measures), np.bool_))
    found = choose(feeder33, float(switches), bounds=0)
    assert 1 - found.worth.ens_kwh / none.ens_kwh == pytest.approx(saved, abs=0.02)


def test_the_search_agrees_with_every_set(monkeypatch):
    grid = feeder33_places()
    few = switch_measures(grid)[::4]
    best = choose(evaluator(grid, few), 3.0)
    monkeypatch.setattr(choosing, "ALL_SETS", 0)
    searched = choose(evaluator(grid, few), 3.0, bounds=400)
    assert best.method == "every set"
    assert searched.method == "greedy and exchange"
    assert searched.worth.customer_minutes == pytest.approx(best.worth.customer_minutes, rel=1e-9)
    assert searched.bound_minutes <= best.worth.customer_minutes * (1 + 1e-9)


def test_measures_at_lines_of_their_own_are_a_knapsack(monkeypatch):
    grid = rbts("rbts:bus2").grid
    rng = np.random.default_rng(3)
    measures = [Measure(Kind.TREES, float(rng.integers(1, 9)), parts=(n,), rate_factor=0.6) for n in range(0, 30, 3)]
    monkeypatch.setattr(choosing, "ALL_SETS", 0)
    found = choose(evaluator(grid, measures), 12.0)
    assert found.method == "knapsack"
    play, costs = evaluator(grid, measures), np.array([one.cost for one in measures])
    least = min(
        play.worth(np.isin(np.arange(10), one)).customer_minutes
        for size in range(11)
        for one in combinations(range(10), size)
        if costs[list(one)].sum() <= 12
    )
    assert found.worth.customer_minutes == pytest.approx(least, rel=1e-9)
    assert found.gap < 1e-5


def test_without_measures_it_is_the_analytic_answer():
    case = rbts("rbts:bus4")
    told = system_figures(case.grid, load_figures(case.grid, effects(case.grid)))
    found = evaluator(case.grid, []).worth(np.zeros(0, np.bool_))
    assert found.customer_minutes == pytest.approx(told.saidi_h * 60 * told.customers)
    assert found.ens_kwh == pytest.approx(told.ens_kwh)
    assert found.customer_interruptions == pytest.approx(told.saifi * told.customers)


def test_draws_of_the_repair_keep_its_mean():
    drawn = repair_draws(np.random.default_rng(5), 200, 200)
    assert drawn.mean() == pytest.approx(1.0, abs=0.01)
    assert drawn.std() == pytest.approx(0.6, abs=0.02)


def _one_feeder() -> Switched:
    """Source - breaker - section a - switch by hand - section b; no way around."""
    return Switched(
        n_nodes=5,
        part_from=np.array([1, 3], np.int32),
        part_to=np.array([2, 4], np.int32),
        rate_per_year=np.array([1.0, 1.0]),
        repair_h=np.array([10.0, 10.0]),
        momentary_per_year=np.zeros(2),
        switch_from=np.array([0, 2], np.int32),
        switch_to=np.array([1, 3], np.int32),
        switch_closed=np.array([True, True]),
        switch_interrupts=np.array([True, False]),
        switch_h=np.array([0.01, 2.0]),
        source_node=np.zeros(1, np.int32),
        load_node=np.array([2, 4], np.int32),
        customers=np.array([100, 1], np.int32),
        load_kw=np.array([100.0, 50.0]),
    )


@pytest.mark.parametrize(
    ("measure", "a_hours", "b_hours"),
    [
        (None, 12.0, 20.0),
        (Measure(Kind.SWITCH, 1, switch=1, switch_h=0.01), 10.01, 20.0),
        (Measure(Kind.INDICATORS, 1, parts=(1,), search_saved_h=0.5), 11.5, 19.5),
        (Measure(Kind.UNDERGROUND, 1, parts=(0,), rate_factor=0.5, repair_factor=3.0), 17.0, 25.0),
        (Measure(Kind.BATTERY, 1, load=1, kw=50.0, kwh=200.0), 12.0, 16.0),
        (Measure(Kind.BATTERY, 1, load=1, kw=49.0, kwh=200.0), 12.0, 20.0),
        (Measure(Kind.GENERATOR, 1, kw=60.0, arrives_h=3.0), 12.0, 13.0),
        (Measure(Kind.GENERATOR, 1, kw=40.0, arrives_h=3.0), 12.0, 20.0),
    ],
)
def test_each_measure_does_what_it_says(measure, a_hours, b_hours):
    """By hand: a fault in a holds both for the repair, one in b holds a for the switching."""
    play = evaluator(_one_feeder(), [measure] if measure else [])
    worth = play.worth(np.ones(1 if measure else 0, np.bool_))
    assert worth.ens_kwh == pytest.approx(100 * a_hours + 50 * b_hours)
    assert worth.customer_minutes == pytest.approx(60 * (100 * a_hours + b_hours), rel=2e-3)


def test_the_front_falls_and_each_measure_has_its_share():
    grid = feeder33_places()
    play = evaluator(grid, switch_measures(grid)[::6])
    found = front(play, np.arange(1.0, 4.0))
    minutes = [one.worth.customer_minutes for one in found]
    assert minutes == sorted(minutes, reverse=True)
    assert not found[0].chosen.any()
    told = shares(play, found[-1])
    assert len(told) == found[-1].chosen.sum()
    assert all(one.minutes > 0 for one in told)


def test_money_is_an_annuity():
    before, after = Worth(0, 0, 1000, 0), Worth(0, 0, 400, 5000)
    found = money(before, after, voll_per_kwh=10.0, rate=0.05, years=20)
    factor = sum(1.05**-n for n in range(1, 21))
    assert found.yearly == 6000
    assert found.npv == pytest.approx(6000 * factor - 5000)
    assert found.benefit_cost == pytest.approx(6000 * factor / 5000)
    assert money(before, after, voll_per_kwh=10.0, rate=0.0, years=20).present == 120_000
