from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pvlib import solarposition

from gridops.cases.case import Generator, GeneratorKind, NetworkCase, Profile
from gridops.cases.climate import Climate
from gridops.cases.sun import clear_sky_w_m2, sine_of_elevation
from tests.simulator.town import town

YEAR = np.arange(datetime(2016, 1, 1, tzinfo=UTC).timestamp(), datetime(2017, 1, 1, tzinfo=UTC).timestamp(), 900)


def sunny_town() -> NetworkCase:
    """Its plants follow a clear sky through clouds that are known."""
    case = town()
    cloud = 0.55 + 0.45 * np.sin(YEAR / 86_400 / 2.3)
    solar = (clear_sky_w_m2(YEAR, 53.0, 11.0) / 1000 * cloud).astype(np.float32)
    wind = np.clip(0.4 + 0.5 * np.sin(YEAR / 50_000), 0, 1).astype(np.float32)
    profiles = [Profile(name, 900, "2016-01-01T00:00:00+00:00", p, p) for name, p in (("sun", solar), ("wind", wind))]
    node = case.nodes[1].mrid
    plants = [
        Generator("pv", "PV", node, GeneratorKind.PHOTOVOLTAIC, 100.0, 0.0, 100.0, "sun"),
        Generator("wind", "Wind", node, GeneratorKind.WIND, 100.0, 0.0, 100.0, "wind"),
    ]
    return replace(case, generators=plants, profiles=[*case.profiles, *profiles])


CLIMATE = Climate(sunny_town())
WEATHER = CLIMATE.at(YEAR)


@pytest.mark.parametrize(("latitude", "longitude"), [(53.1, 8.2), (-37.5, 145.0), (0.3, -78.0)])
def test_the_sun_stands_where_an_independent_library_puts_it(latitude: float, longitude: float) -> None:
    when = YEAR[::331]
    index = [datetime.fromtimestamp(one, UTC) for one in when]
    theirs = solarposition.get_solarposition(index, latitude, longitude, method="nrel_numpy")["elevation"]
    ours = np.rad2deg(np.arcsin(sine_of_elevation(when, latitude, longitude)))
    assert np.abs(ours - theirs.to_numpy()).max() < 0.05


def test_the_sky_is_as_clear_as_the_plants_say() -> None:
    assert CLIMATE._solar is not None
    cloud = 0.55 + 0.45 * np.sin(YEAR / 86_400 / 2.3)
    is_day = WEATHER.clear_sky_w_m2 > 200
    clearness = WEATHER.ghi_w_m2 / np.maximum(WEATHER.clear_sky_w_m2, 1)
    assert np.corrcoef(clearness[is_day], cloud[is_day])[0, 1] > 0.95


def test_there_is_no_light_at_night_and_never_more_than_a_clear_sky_gives() -> None:
    assert (WEATHER.ghi_w_m2[WEATHER.clear_sky_w_m2 == 0] == 0).all()
    assert (WEATHER.ghi_w_m2 <= 1.05 * WEATHER.clear_sky_w_m2 + 1e-9).all()


def test_between_cut_in_and_rated_power_the_wind_gives_the_plants_power() -> None:
    factor = np.clip(0.4 + 0.5 * np.sin(YEAR / 50_000), 0, 1)
    between = (factor > 0.15) & (factor < 0.85)
    curve = (WEATHER.wind_speed_100m_m_s**3 - 27) / (12**3 - 27)
    assert np.abs(curve - factor)[between].max() < 0.03


def test_july_is_warmer_than_january_and_afternoon_than_night() -> None:
    day = (YEAR - YEAR[0]) // 86_400
    hour = (YEAR // 3600) % 24
    mean = WEATHER.temperature_c
    assert mean[(day > 182) & (day < 213)].mean() - mean[day < 31].mean() > 12
    assert mean[hour == 14].mean() - mean[hour == 3].mean() > 4
    assert -25 < mean.min() < mean.max() < 42


def test_cold_in_winter_and_heat_in_summer_raise_the_load_and_on_average_it_stays() -> None:
    factor = CLIMATE.load_factors(YEAR)
    deviation = WEATHER.temperature_c - CLIMATE._normal
    winter = CLIMATE._normal < 8
    assert np.corrcoef(factor[winter], deviation[winter])[0, 1] < -0.9
    hot = CLIMATE._normal > 20
    assert np.corrcoef(factor[hot], deviation[hot])[0, 1] > 0.6
    assert factor.mean() == pytest.approx(1.0, abs=0.01)
    assert 0.8 < factor.min() < factor.max() < 1.25


def test_the_same_case_has_the_same_weather_and_the_year_repeats() -> None:
    at = datetime(2016, 7, 3, 12, 7, tzinfo=UTC)
    assert Climate(sunny_town()).load_factor(at) == CLIMATE.load_factor(at)
    assert CLIMATE.temperature_c(at) == pytest.approx(CLIMATE.temperature_c(at + timedelta(days=366)))
    assert CLIMATE.temperature_c(at) == CLIMATE.at([at.timestamp()]).temperature_c[0]


def test_a_case_without_plants_has_weather_too() -> None:
    weather = Climate(replace(town(), generators=(), profiles=())).at(YEAR)
    assert 80 < weather.ghi_w_m2.mean() < 180
    assert 3 < weather.wind_speed_100m_m_s.mean() < 9
