import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from gridops.engine.network.topology import resolve
from gridops.engine.security.contingency import Contingencies
from gridops.engine.security.outlook import (
    Allowed,
    Breach,
    Expectation,
    Sharing,
    draw_totals,
    nodes_and_groups,
    outlook,
    spans,
    standard_error,
)
from gridops.engine.security.zones import OperatingPoint
from tests.engine.small import NO_TAPS, closed, network

FUTURES = 4000


def line(load_kw=0.0):
    """One line of 300 A at 10 kV, 5.2 MVA, with all load at its end."""
    grid = network(2, [(0, 1)])
    p = np.array([0.0, load_kw])
    return OperatingPoint(grid, resolve(grid, closed()), p, 0 * p, NO_TAPS, np.ones(1), np.zeros(1))


def loading(load_kw):
    ready = Contingencies(line(load_kw))
    return float(ready.zoned.zones[0].loading(ready.base[0][None])[0, 0])


CRITICAL_KW = brentq(lambda kw: loading(kw) - 1, -6000, -3000)


def expected(mean_kw, sd_kw, *, steps, persistence=0.0, deviation=0.0):
    return Expectation(
        np.full((1, steps), mean_kw), np.full((1, steps), sd_kw), np.array([persistence]), np.array([deviation])
    )


def look(expectation, *, futures=FUTURES, low=0.0, seed=1):
    generator = np.random.default_rng(seed)
    totals = draw_totals(expectation, futures=futures, generator=generator)
    sharing = Sharing(np.array([[0.0, 1.0]]), np.zeros((1, 2)))
    allowed = Allowed(np.full(2, low), np.full(2, 1.1))
    return outlook(Contingencies(line()), totals, sharing, allowed, generator=generator)


@pytest.mark.parametrize("chance", [0.1, 0.37, 0.8])
def test_the_stated_probability_is_the_exact_one_within_the_sampling_error(chance):
    sd = 400.0
    (found,) = look(expected(CRITICAL_KW - sd * norm.ppf(chance), sd, steps=1))
    assert (found.breach, found.element, found.first, found.behind) == (Breach.OVERLOAD, 0, 0, 1)
    assert abs(found.probability - chance) < 4 * standard_error(chance, FUTURES)
    high = loading(CRITICAL_KW - sd * norm.ppf(chance) + sd * norm.ppf(0.05))
    assert found.extreme == pytest.approx(high, abs=0.01)


def test_steps_that_know_nothing_of_each_other_add_their_chances():
    (found,) = look(expected(CRITICAL_KW - 400 * norm.ppf(0.2), 400, steps=4))
    assert (found.first, found.behind) == (0, 4)
    exact = 1 - 0.8**4
    assert abs(found.probability - exact) < 4 * standard_error(exact, FUTURES)
    assert abs(found.peak_probability - 0.2) < 0.05


def test_a_deviation_that_lasts_is_one_chance_and_not_four():
    lasting = expected(CRITICAL_KW, 400, steps=4, persistence=1.0, deviation=0.5)
    assert look(lasting) == []  # half a standard deviation less load than the critical one, for ever
    (found,) = look(expected(CRITICAL_KW, 400, steps=4, persistence=1.0, deviation=-0.5))
    assert found.probability == 1


def test_stated_probabilities_come_true_as_often_as_they_say():
    """Days are drawn from the same process; each is told its chance beforehand."""
    chance = np.random.default_rng(5)
    stated, came = [], []
    for day in range(120):
        mean = CRITICAL_KW + chance.uniform(-300, 900)
        future = expected(mean, 400, steps=3, persistence=0.7, deviation=float(chance.standard_normal()))
        found = look(future, futures=300, seed=day)
        stated.append(found[0].probability if found else 0.0)
        truth = draw_totals(future, futures=1, generator=chance)[0, 0]
        came.append((truth < CRITICAL_KW).any())
    stated, came = np.array(stated), np.array(came)
    error = np.sqrt(np.sum(stated * (1 - stated))) / len(stated)
    assert 0.2 < stated.mean() < 0.8
    assert abs(stated.mean() - came.mean()) < 3 * error
    assert came[stated > 0.7].mean() > 0.6
    assert came[stated < 0.3].mean() < 0.4


def test_a_low_voltage_has_its_own_chance_and_the_value_of_one_future_in_twenty():
    found = [one for one in look(expected(-4000, 400, steps=1), low=0.988) if one.breach == Breach.VOLTAGE_LOW]
    ready = Contingencies(line(-4000 - 1.645 * 400))
    assert found[0].extreme == pytest.approx(abs(ready.base[0][0]), abs=0.002)


def test_futures_beyond_what_the_network_can_carry_are_told_as_such():
    kinds = {one.breach for one in look(expected(-9e5, 1, steps=1), futures=20)}
    assert kinds == {Breach.NO_SOLUTION}


def test_the_same_seed_draws_the_same_futures():
    future = expected(-100, 10, steps=5, persistence=0.9)
    one, other = (draw_totals(future, futures=9, generator=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_deviations_keep_the_spread_that_was_asked_for():
    totals = draw_totals(
        expected(0.0, 10.0, steps=60, persistence=0.8), futures=4000, generator=np.random.default_rng(0)
    )[:, 0]
    assert totals[:, 50].std() == pytest.approx(10, rel=0.05)
    assert np.corrcoef(totals[:, 50], totals[:, 51])[0, 1] == pytest.approx(0.8, abs=0.03)


def test_short_gaps_do_not_end_a_period():
    marked = np.array([0, 1, 1, 0, 1, 0, 0, 1], bool)
    assert spans(marked, longest_gap=1) == [(1, 5), (7, 8)]


def test_elements_share_their_groups_total_by_size():
    sharing = nodes_and_groups(
        np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([-1.0, -3.0, 5.0]), np.array([0.0, -1.0, 0.0]), shape=(3, 2)
    )
    np.testing.assert_allclose(sharing.p, [[0.25, 0.75], [0, 1], [0, 0]])
    np.testing.assert_allclose(sharing.q[0], [0, 0.25])
