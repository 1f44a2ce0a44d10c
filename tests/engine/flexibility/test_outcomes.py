"""Errors, deliveries, rebound and money against cases with a known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.flexibility.days import Window
from gridops.engine.flexibility.methods import METHODS
from gridops.engine.flexibility.performance import band_of_each, band_of_sum, delivered, rebound
from gridops.engine.flexibility.placebo import error_of_each, error_of_sum, placebo_days, tried
from gridops.engine.flexibility.satisfaction import fairness
from gridops.engine.flexibility.settlement import Account, Reason, Terms, capacity_payment, settled
from tests.engine.flexibility.worlds import flat, summer

EVENT = Window(16, 20)
TUESDAY = 22
METHOD = METHODS["caiso_10_10"]


def account(**kwargs: object) -> Account:
    given_ = {
        "delivered_kwh": np.array([4.0]),
        "promised_kwh": np.array([np.nan]),
        "most_kwh": np.array([np.nan]),
        "missing": np.array([0]),
        "opted_out": np.array([False]),
    }
    return Account(**(given_ | kwargs))  # type: ignore[arg-type]


TERMS = Terms(energy_per_kwh=0.5, credit_per_event=2.0, penalty_per_kwh=0.25)


def test_a_level_load_has_no_placebo_error() -> None:
    world = flat(3, 45)
    found = tried(world, placebo_days(world, 43), EVENT, METHOD)
    error = error_of_sum(found)
    assert error.days == 20
    assert (error.bias_percent, error.rrmse_percent) == pytest.approx((0.0, 0.0))


def test_bias_and_rrmse_are_those_of_the_book() -> None:
    """Days of 90 and 110 by turns against a baseline of 100: no bias, RRMSE 10 percent."""
    world = flat(1, 45)
    working = np.flatnonzero(world.working)
    world.kw[0, working[::2]] = 90.0
    world.kw[0, working[1::2]] = 110.0
    found = tried(world, placebo_days(world, 44), EVENT, METHODS["caiso_10_10_plain"])
    error = error_of_sum(found)
    assert error.bias_percent == pytest.approx(0.0, abs=1e-9)
    assert error.rrmse_percent == pytest.approx(10.0)
    bias, rrmse = error_of_each(found)
    assert (bias[0], rrmse[0]) == pytest.approx((0.0, 10.0), abs=1e-9)


def test_placebo_days_are_free_of_events_and_lie_before() -> None:
    world = summer(2, 60, np.random.default_rng(3))
    world.called[:, [30, 31]] = True
    days = placebo_days(world, 50)
    assert not set(days) & {30, 31}
    assert days.max() < 50
    assert world.working[days].all()


def test_who_was_called_on_a_placebo_day_does_not_count_on_it() -> None:
    world = summer(2, 60, np.random.default_rng(3))
    world.called[1, 30] = True
    found = tried(world, np.array([30]), EVENT, METHOD)
    assert np.isnan(found.load[0, 1]).all()
    assert np.isfinite(found.load[0, 0]).all()


def test_without_past_there_is_no_error_to_state() -> None:
    world = flat(1, 5)
    error = error_of_sum(tried(world, placebo_days(world, 3), EVENT, METHOD))
    assert error.days == 0
    assert np.isnan(error.bias_percent)


def test_a_saved_kilowatt_is_found_hour_by_hour() -> None:
    world = flat(2)
    world.kw[1, TUESDAY, 17] -= 30.0
    found = delivered(world, TUESDAY, EVENT, METHOD(world, TUESDAY, EVENT).kw)
    assert found.kw[1] == pytest.approx([0, 30, 0, 0])
    assert found.kwh() == pytest.approx([0, 30])


def test_an_unknown_load_is_not_nothing() -> None:
    world = flat(2)
    world.kw[0, TUESDAY, 18] = np.nan
    found = delivered(world, TUESDAY, EVENT, METHOD(world, TUESDAY, EVENT).kw)
    assert found.missing.tolist() == [1, 0]
    assert np.isnan(found.kwh()[0])


def test_the_band_of_the_sum_holds_the_truth_about_as_often_as_it_says() -> None:
    inside, tries, saved = 0, 60, 0.4
    for seed in range(tries):
        world = summer(40, 60, np.random.default_rng(seed))
        world.kw[:, 50, EVENT.slots] -= saved
        found = delivered(world, 50, EVENT, METHOD(world, 50, EVENT).kw)
        _, whole = band_of_sum(found, tried(world, placebo_days(world, 50), EVENT, METHOD))
        inside += bool(whole.p10 <= 40 * 4 * saved <= whole.p90)
    assert 0.65 <= inside / tries <= 0.95


def test_bands_of_single_customers_hold_the_truth_too() -> None:
    world = summer(400, 60, np.random.default_rng(5))
    world.kw[:, 50, EVENT.slots] -= 0.4
    found = delivered(world, 50, EVENT, METHOD(world, 50, EVENT).kw)
    band = band_of_each(found, tried(world, placebo_days(world, 50), EVENT, METHOD))
    inside = ((band.p10 <= 1.6) & (band.p90 >= 1.6)).mean()
    assert 0.7 <= inside <= 0.95


def test_too_few_placebo_days_make_no_band() -> None:
    world = flat(1, 16)
    found = delivered(world, 14, EVENT, METHOD(world, 14, EVENT).kw)
    _, whole = band_of_sum(found, tried(world, placebo_days(world, 14), EVENT, METHOD))
    assert np.isnan(whole.p50)


def test_what_is_used_more_in_the_four_hours_after_is_rebound() -> None:
    world = flat(2)
    world.kw[:, TUESDAY, 16:20] -= 20.0
    world.kw[:, TUESDAY, 20:22] += 10.0
    world.kw[:, TUESDAY, 22:24] -= 5.0
    baseline = METHOD(world, TUESDAY, EVENT).kw
    found = rebound(world.kw[:, TUESDAY], baseline, world.hours[TUESDAY], EVENT, saved_kwh=160.0)
    assert found.kwh == pytest.approx(40.0)
    assert found.share == pytest.approx(0.25)
    assert found.kw == pytest.approx([20, 20, -10, -10])


def test_a_customer_of_whom_the_hours_after_are_unknown_is_counted_and_left_out() -> None:
    world = flat(2)
    world.kw[0, TUESDAY, 21] = np.nan
    baseline = METHOD(world, TUESDAY, EVENT).kw
    found = rebound(world.kw[:, TUESDAY], baseline, world.hours[TUESDAY], EVENT, saved_kwh=0.0)
    assert found.missing == 1
    assert np.isnan(found.share)


def test_energy_and_credit_are_paid_for_what_was_saved() -> None:
    found = settled(account(), TERMS)
    assert found.total[0] == pytest.approx(4.0)
    assert found.reason == (Reason.SETTLED,)


def test_missing_readings_are_not_settled_and_not_nothing() -> None:
    found = settled(account(delivered_kwh=np.array([np.nan]), missing=np.array([3])), TERMS)
    assert np.isnan(found.total[0])
    assert found.reason == (Reason.NOT_SETTLED,)


def test_whoever_used_more_pays_nothing_back() -> None:
    found = settled(account(delivered_kwh=np.array([-2.0])), TERMS)
    assert found.total[0] == 0
    assert found.reason == (Reason.NOTHING_SAVED,)


def test_nobody_is_paid_for_more_than_its_devices_can() -> None:
    found = settled(account(most_kwh=np.array([3.0])), TERMS)
    assert found.paid_kwh[0] == pytest.approx(3.0)
    assert found.reason == (Reason.CAPPED,)


def test_a_broken_promise_costs_and_an_opt_out_before_does_not() -> None:
    promised = {"promised_kwh": np.array([10.0])}
    found = settled(account(**promised), TERMS)
    assert found.penalty[0] == pytest.approx(-1.5)
    assert found.reason == (Reason.SHORT,)
    out = settled(account(**promised, opted_out=np.array([True])), TERMS)
    assert out.total[0] == 0
    assert out.reason == (Reason.OPTED_OUT,)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.floats(0, 5))
def test_payment_never_falls_when_more_is_saved(saved: list[float], more: float) -> None:
    kwh = np.array(saved)
    many = len(kwh)
    shape = {
        "promised_kwh": np.full(many, 5.0),
        "most_kwh": np.full(many, 20.0),
        "missing": np.zeros(many, int),
        "opted_out": np.zeros(many, bool),
    }
    less_paid = settled(Account(delivered_kwh=kwh, **shape), TERMS).total
    assert (settled(Account(delivered_kwh=kwh + more, **shape), TERMS).total >= less_paid - 1e-9).all()


def test_capacity_is_paid_by_what_was_shown() -> None:
    paid = capacity_payment(np.full(4, 10.0), np.array([np.nan, 0.5, 1.4, -0.2]), 3.0)
    assert paid == pytest.approx([30, 15, 30, 0])


@pytest.mark.parametrize(("burden", "gini"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 4], 0.75), ([0, 0], 0.0), ([1, 3], 0.25)])
def test_gini_of_known_distributions(burden: list[float], gini: float) -> None:
    assert fairness(np.array(burden, float)).gini == pytest.approx(gini)
