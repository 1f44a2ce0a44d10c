"""Ageing and temperatures of transformers against the tables of the standards."""

import numpy as np
import pytest

from gridops.engine.efficiency.ageing import (
    Paper,
    Thermal,
    ageing,
    iec_usual_rate,
    ieee_rate,
    steady_temperatures,
    temperatures,
)
from gridops.engine.efficiency.sizing import USUAL_SIZES, UnitSize, neighbours, right_size


@pytest.mark.parametrize(
    ("hot_spot_c", "rate"),
    [(80, 0.0358), (95, 0.2026), (110, 1.0), (117, 2.0197), (120, 2.7089), (130, 6.984), (140, 17.20)],
)
def test_ieee_rates_are_those_of_its_table(hot_spot_c: float, rate: float) -> None:
    assert ieee_rate(hot_spot_c) == pytest.approx(rate, rel=2e-3)


@pytest.mark.parametrize(("hot_spot_c", "rate"), [(80, 0.125), (98, 1.0), (104, 2.0), (110, 4.0), (140, 128.0)])
def test_iec_rates_double_every_six_degrees(hot_spot_c: float, rate: float) -> None:
    assert iec_usual_rate(hot_spot_c) == pytest.approx(rate)


def test_rated_load_at_twenty_degrees_comes_to_the_hot_spot_of_the_standard() -> None:
    found = steady_temperatures(np.array([1.0]), np.array([20.0]), Thermal())
    assert found.hot_spot_c == pytest.approx([98.0])
    assert ageing(np.ones(1), found.hot_spot_c, paper=Paper.USUAL).relative == pytest.approx(1.0)


def test_the_oil_follows_an_exponential_and_ends_at_the_steady_state() -> None:
    load = np.concatenate([[0.0], np.ones(24)])
    found = temperatures(load, np.full(25, 20.0), Thermal())
    cold, hot = found.top_oil_c[0], steady_temperatures(np.ones(1), np.full(1, 20.0), Thermal()).top_oil_c[0]
    expected = hot - (hot - cold) * np.exp(-np.arange(25) * 60 / 180)
    assert found.top_oil_c == pytest.approx(expected, abs=0.4)
    assert found.hot_spot_c[-1] == pytest.approx(98.0, abs=0.1)


def test_a_gap_has_no_temperature_and_does_not_stop_the_course() -> None:
    load = np.array([0.5, np.nan, 0.5])
    found = temperatures(load, np.full(3, 20.0), Thermal())
    assert np.isnan(found.hot_spot_c[1])
    assert found.hot_spot_c[2] == pytest.approx(found.hot_spot_c[0])
    assert np.isnan(ageing(load, np.full(3, np.nan), paper=Paper.USUAL).relative)


def test_an_overloaded_unit_is_told_to_grow_and_the_figures_add_up() -> None:
    load, air = np.full(8760, 130.0), np.full(8760, 25.0)
    unit = UnitSize(100.0, 0.145, 2.0, 5200.0)
    found = right_size(load, air, unit=unit)
    assert found.best is not None
    assert found.best.rated_s_kva in (160.0, 250.0)
    assert found.now.loss_kwh == pytest.approx(8760 * (0.145 + 2.0 * 1.3**2))
    assert found.saves_eur == pytest.approx(found.now.total_eur - found.best.total_eur)
    assert found.payback_years == pytest.approx(found.costs_eur / found.saves_eur)


def test_no_size_is_proposed_that_would_be_overloaded() -> None:
    found = right_size(np.full(100, 390.0), np.full(100, 20.0), unit=UnitSize(1600.0, 1.7, 14.0, 30000.0))
    assert found.best is None or found.best.peak_load_pu <= 1.2
    assert [one.rated_s_kva for one in neighbours(UnitSize(250.0, 0.3, 3.0, 1.0), USUAL_SIZES)] == [160.0, 315.0, 400.0]


def test_a_unit_of_which_nothing_is_known_is_left_alone() -> None:
    found = right_size(np.full(10, np.nan), np.full(10, 20.0), unit=UnitSize(100.0, 0.1, 1.0, 1.0))
    assert found.best is None
    assert found.reason == "Its loading is not known."
