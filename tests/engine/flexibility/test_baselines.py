"""Baselines against worked cases and against what must hold of any loads."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.flexibility.adjustment import Adjustment
from gridops.engine.flexibility.control import Control, matched
from gridops.engine.flexibility.days import Loads, Window, onto_days, working_days
from gridops.engine.flexibility.methods import METHODS, TEN_OF_TEN, high_of
from gridops.engine.flexibility.regression import degree_days
from gridops.engine.flexibility.selection import eligible, newest
from gridops.engine.forecasting.clock import Clock
from tests.engine.flexibility.worlds import MONDAY, flat, summer

EVENT = Window(16, 20)
TUESDAY = 22  # position of a Tuesday with three weeks before it


def test_a_high_morning_raises_ten_of_ten_by_no_more_than_a_fifth() -> None:
    world = flat(level=80.0)
    world.kw[0, TUESDAY] = 100.0  # ratio 1.25
    assert METHODS["caiso_10_10"](world, TUESDAY, EVENT).kw[0, 16] == pytest.approx(96.0)


def test_the_published_case_is_capped_at_120() -> None:
    """Baseline 100, 80 expected before the event, 100 seen: 1.25 becomes 1.2."""
    world = flat()
    world.kw[0, :TUESDAY, 12:15] = 80.0
    assert METHODS["caiso_10_10_plain"](world, TUESDAY, EVENT).kw[0, 16] == pytest.approx(100.0)
    assert METHODS["caiso_10_10"](world, TUESDAY, EVENT).kw[0, 16:20] == pytest.approx(120.0)


@pytest.mark.parametrize(("lowest", "expected"), [(1 / 1.2, 83.333), (0.8, 80.0)])
def test_a_low_morning_is_bounded_as_the_program_reads_twenty_percent(lowest: float, expected: float) -> None:
    world = flat()
    world.kw[0, TUESDAY, 12:15] = 50.0  # ratio 0.5
    by = Adjustment(lowest=lowest)
    assert high_of(TEN_OF_TEN, by, world, TUESDAY, EVENT).kw[0, 16] == pytest.approx(expected, abs=1e-3)


def test_the_hour_right_before_the_event_does_not_adjust() -> None:
    world = flat()
    world.kw[0, TUESDAY, 15] = 500.0  # cooled down in advance
    assert METHODS["caiso_10_10"](world, TUESDAY, EVENT).kw[0, 16] == pytest.approx(100.0)


def test_pjm_takes_the_four_highest_of_five_and_adds_what_the_morning_was_more() -> None:
    world = flat()
    past = [TUESDAY - k for k in (1, 4, 5, 6, 7)]  # Monday, Friday to Tuesday: five working days
    for day, level in zip(past, (100.0, 110.0, 120.0, 130.0, 60.0), strict=True):
        world.kw[0, day, 16:20] = level
    world.kw[0, TUESDAY, 12:15] = 107.0
    found = METHODS["pjm_4_5"](world, TUESDAY, EVENT)
    assert found.kw[0, 16] == pytest.approx(115.0 + 7.0)
    assert found.days[0] == 4


def test_nyiso_takes_the_five_highest_of_ten() -> None:
    world = flat(level=10.0)
    days = np.flatnonzero(newest(eligible(world, TUESDAY, EVENT.slots), 10)[0])
    world.kw[0, days, 16:20] = np.arange(11.0, 21.0)[:, None]
    assert METHODS["nyiso_5_10"](world, TUESDAY, EVENT).kw[0, 16] == pytest.approx(18.0)


def test_days_of_events_weekends_and_holidays_are_passed_over() -> None:
    world = flat(days=40)
    world.kw[0, ~world.working] = 900.0
    world.called[0, TUESDAY - 1] = True
    world.kw[0, TUESDAY - 1] = 900.0
    holiday = date.fromordinal(date(1970, 1, 1).toordinal() + MONDAY + TUESDAY - 4)
    world = replace(world, working=working_days(world.ordinals, frozenset({holiday})))
    world.kw[0, TUESDAY - 4] = 900.0
    assert METHODS["caiso_10_10"](world, TUESDAY, EVENT).kw[0, 16:20] == pytest.approx(100.0)


def test_a_saturday_is_compared_with_days_without_work() -> None:
    world = flat()
    world.kw[0, ~world.working] = 40.0
    found = METHODS["caiso_10_10"](world, 19, EVENT)  # a Saturday
    assert found.kw[0, 16] == pytest.approx(40.0)
    assert found.days[0] == 4


def test_an_event_of_another_customer_is_an_ordinary_day_for_this_one() -> None:
    world = flat(2)
    world.called[1, TUESDAY - 1] = True
    days = eligible(world, TUESDAY, EVENT.slots)
    assert days[0, TUESDAY - 1]
    assert not days[1, TUESDAY - 1]


def test_too_few_days_make_no_baseline() -> None:
    world = flat(days=8)
    for name in ("caiso_10_10", "nyiso_5_10", "weather"):
        assert np.isnan(METHODS[name](world, 3, EVENT).kw[0, 16:20]).all()


def test_a_day_with_a_gap_in_the_event_is_not_used_and_another_takes_its_place() -> None:
    world = flat()
    world.kw[0, TUESDAY - 1, 17] = np.nan
    found = METHODS["caiso_10_10"](world, TUESDAY, EVENT)
    assert found.days[0] == 10
    assert found.kw[0, 16:20] == pytest.approx(100.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 50.0))
def test_twice_the_load_is_twice_the_baseline(seed: int, factor: float) -> None:
    world = summer(3, 31, np.random.default_rng(seed))
    larger = replace(world, kw=world.kw * factor)
    for name, method in METHODS.items():
        assert method(larger, TUESDAY, EVENT).kw == pytest.approx(method(world, TUESDAY, EVENT).kw * factor), name


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), saved=st.floats(0.0, 3.0))
def test_what_happens_in_the_event_never_moves_the_baseline(seed: int, saved: float) -> None:
    """Else whoever uses more before... or less within it would set its own pay."""
    world = summer(3, 31, np.random.default_rng(seed))
    other = replace(world, kw=world.kw.copy())
    other.kw[:, TUESDAY, EVENT.slots] -= saved
    for name, method in METHODS.items():
        assert method(other, TUESDAY, EVENT).kw == pytest.approx(method(world, TUESDAY, EVENT).kw), name


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_customer_is_judged_alike_alone_and_among_others(seed: int) -> None:
    world = summer(4, 31, np.random.default_rng(seed))
    for name, method in METHODS.items():
        together = method(world, TUESDAY, EVENT).kw[2:3]
        assert method(world.of(slice(2, 3)), TUESDAY, EVENT).kw == pytest.approx(together), name


def test_heat_beyond_the_past_days_is_followed_by_the_regression_only() -> None:
    world = flat(days=45)
    heat = 20.0 + np.arange(45) % 7
    heat[43] = 32.0
    world.temperature[:] = heat[:, None]
    world.kw[0] = (1 + 0.1 * (heat - 18.3))[:, None]
    found = METHODS["weather"](world, 43, EVENT).kw[0, 16]
    assert found == pytest.approx(world.kw[0, 43, 16], rel=0.02)
    assert METHODS["caiso_10_10"](world, 43, EVENT).kw[0, 16] < 0.9 * world.kw[0, 43, 16]


def test_an_unknown_temperature_makes_no_degree_day() -> None:
    world = flat(days=3)
    assert np.isnan(degree_days(world, METHODS["weather"].args[0])[:, 1]).all()  # type: ignore[attr-defined]


def test_the_control_group_sees_a_heat_that_the_past_does_not_know() -> None:
    chance = np.random.default_rng(1)
    world = summer(80, 31, chance, noise=0.05)
    world.kw[:, TUESDAY] *= 1.5
    called, others = world.of(slice(0, 20)), world.of(slice(20, 80))
    found = matched(called, Control(others, EVENT), TUESDAY)
    bias = found.baseline.kw[:, EVENT.slots].sum() / called.kw[:, TUESDAY, EVENT.slots].sum() - 1
    assert abs(bias) < 0.08
    past = METHODS["caiso_10_10_plain"](called, TUESDAY, EVENT).kw[:, EVENT.slots].sum()
    assert past < 0.85 * called.kw[:, TUESDAY, EVENT.slots].sum()


def test_who_was_called_too_is_nobody_to_compare_with() -> None:
    world = summer(30, 31, np.random.default_rng(2))
    others = world.of(slice(10, 30))
    others.called[:15, TUESDAY] = True
    found = matched(world.of(slice(0, 10)), Control(others, EVENT), TUESDAY)
    assert set(np.unique(found.neighbours)) == set(range(15, 20))


def day_of(zone: str, day: str, *, hours: int) -> tuple[np.ndarray, np.ndarray]:
    start = np.datetime64(day, "s").astype(int)
    clock = Clock(int(start), 3600, hours, ZoneInfo(zone))
    kw, real, ordinals = onto_days(clock, np.arange(float(hours))[None])
    assert len(ordinals) == 1
    return kw[0, 0], real[0]


def test_a_day_of_23_hours_has_a_slot_without_an_hour() -> None:
    kw, hours = day_of("Europe/Berlin", "2026-03-28T23:00:00", hours=23)
    assert hours[2] == 0
    assert np.isnan(kw[2])
    assert hours.sum() == 23
    assert kw[[0, 1, 3, 23]] == pytest.approx([0, 1, 2, 22])


def test_a_day_of_25_hours_has_a_slot_of_two_and_keeps_its_energy() -> None:
    kw, hours = day_of("Europe/Berlin", "2026-10-24T22:00:00", hours=25)
    assert hours[2] == 2
    assert kw[2] == pytest.approx(2.5)
    assert (kw * hours).sum() == pytest.approx(np.arange(25.0).sum())


def test_the_change_of_the_clock_leaves_a_baseline_at_the_hour_of_people() -> None:
    """Of a load that peaks at 17 h of the clock, over weeks in which the clock is put on."""
    zone = ZoneInfo("Europe/Berlin")
    start = int(np.datetime64("2026-03-08T23:00:00", "s").astype(int))
    clock = Clock(start, 900, 96 * 30, zone)
    load = np.where(clock.second_of_day // 3600 == 17, 5.0, 1.0)
    kw, hours, ordinals = onto_days(clock, load[None].astype(float))
    world = Loads(
        kw, hours, ordinals, working_days(ordinals), np.zeros(kw.shape[:2], dtype=bool), np.full(hours.shape, np.nan)
    )
    found = METHODS["caiso_10_10"](world, 25, Window(64, 80)).kw[0]
    assert found[68:72] == pytest.approx(5.0)
    assert found[64:68] == pytest.approx(1.0)
