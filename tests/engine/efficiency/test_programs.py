import numpy as np
import pytest

from gridops.engine.efficiency.emissions import AR5_G_PER_KWH, average_factors, marginal_factors
from gridops.engine.efficiency.measures import Driver, Measure, levelised_cost, potential, ranked
from gridops.engine.efficiency.savings_meter import MeterHours
from gridops.engine.efficiency.shapes import Shape, shape_of

HOURS = 365 * 24


def office(with_weather: bool = True) -> MeterHours:
    """5 kW always, 20 kW more on working hours, 1 kW a kelvin of heating below 60 degF by days."""
    hour = np.arange(HOURS)
    day, slot = hour // 24, (hour // 24 % 7) * 24 + hour % 24
    at = np.repeat(12 - 12 * np.cos(2 * np.pi * np.arange(365) / 365), 24)
    busy = (slot < 120) & (hour % 24 >= 7) & (hour % 24 < 19)
    kwh = np.asarray(5 + 20.0 * busy + (np.maximum(140 / 9 - at, 0) if with_weather else 0), np.float64)
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    return MeterHours(kwh, at if with_weather else np.full(HOURS, np.nan), day, slot, month)


def shape(with_weather: bool = True) -> Shape:
    found = shape_of(office(with_weather))
    assert isinstance(found, Shape)
    return found


def test_the_parts_of_a_shape_are_those_it_was_made_of() -> None:
    plain = shape(with_weather=False)
    assert (plain.base_kw, plain.night_kw, plain.peak_kw) == pytest.approx((5, 5, 25))
    assert plain.busy_kwh == pytest.approx(20 * 12 * 365.25 * 261 / 365, rel=1e-3)
    assert plain.dark_kwh == pytest.approx(5 * 10 * 365.25)
    assert plain.heating_kwh is None and "temperature" in plain.reason
    truth = np.maximum(140 / 9 - office().temperature_c, 0).sum() * 365.25 / 365
    assert shape().heating_kwh == pytest.approx(truth, rel=0.15)  # weekdays are noise to a model of the weather alone


def test_a_week_of_readings_is_no_shape() -> None:
    few = office()
    assert "four weeks" in str(shape_of(MeterHours(few.kwh[:168], few.temperature_c[:168], few.day[:168],
                                                   few.hour_of_week[:168], few.month[:168])))  # fmt: skip


def test_the_levelised_cost_pays_itself_back_over_the_life() -> None:
    each = levelised_cost(1000.0, 20.0, 500.0, 10, 0.05)
    paid = sum((each * 500 - 20) / 1.05**year for year in range(1, 11))
    assert paid == pytest.approx(1000)
    assert levelised_cost(1000, 0, 500, 10, 0) == pytest.approx(0.2)


def test_the_cheapest_kwh_comes_first_and_the_unknown_last() -> None:
    def measure(key: str, driver: Driver, cost: float) -> Measure:
        return Measure(key, driver, 0.5, 0.4, cost, 0.0, 10)

    found = ranked(
        [measure("a", Driver.HEATING, 0.1), measure("b", Driver.DARK, 0.9), measure("c", Driver.BUSY, 0.3)],
        shape(with_weather=False),
        0.05,
    )
    assert [one.key for one in found] == ["c", "b", "a"]
    assert found[2].yearly_kwh is None and found[2].reason
    assert found[1].yearly_kwh == pytest.approx(0.2 * 5 * 10 * 365.25)
    assert potential(measure("d", Driver.COOLING, 0.1), shape(), 0.05).yearly_kwh == pytest.approx(0, abs=1)


def test_the_average_is_weighed_by_energy_and_unknown_where_a_source_is() -> None:
    energy = np.array([[10.0, 0.0, 5.0, np.nan], [30.0, 0.0, 0.0, 4.0]])
    found = average_factors(energy, np.array([AR5_G_PER_KWH["gas"], AR5_G_PER_KWH["wind"]]))
    assert found[0] == pytest.approx((10 * 490 + 30 * 11) / 40)
    assert np.isnan(found[1]) and np.isnan(found[3])
    assert found[2] == pytest.approx(490)


def test_what_follows_the_load_is_the_margin() -> None:
    hour = np.arange(24 * 60)
    wind, gas = np.full(len(hour), 50.0), 100 + 40 * np.sin(2 * np.pi * hour / 24 + 0.3)
    found = marginal_factors(np.stack((wind, gas)), np.array([11.0, 490.0]), hour % 24)
    assert found.g_per_kwh == pytest.approx(np.full(24, 490.0))
    short = marginal_factors(np.stack((wind, gas))[:, :48], np.array([11.0, 490.0]), hour[:48] % 24)
    assert np.isnan(short.g_per_kwh).all()
