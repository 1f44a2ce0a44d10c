import numpy as np
import pytest

from gridops.engine.forecasting.physical import (
    GENERIC_CURVE,
    Site,
    clearness,
    fit_power_curve,
    plane_irradiance,
    pv_power,
    sun,
)

HOUR_S = 3600
JUNE_S = 1_718_928_000  # 2024-06-21 00:00 UTC
BERLIN = Site(52.5, 13.4)


def hours(begin_s: int = JUNE_S) -> np.ndarray:
    return begin_s + HOUR_S * np.arange(24)


def test_the_sun_stands_highest_at_solar_noon_and_as_high_as_astronomy_says() -> None:
    found = sun(BERLIN, hours())

    assert int(found.elevation_deg.argmax()) == 11  # 13.4 degrees east: 54 minutes before the hour of Greenwich
    assert found.elevation_deg.max() == pytest.approx(90 - 52.5 + 23.44, abs=0.5)
    assert found.azimuth_deg[11] == pytest.approx(180, abs=5)
    assert (found.clear_wm2[found.elevation_deg < 0] == 0).all()


def test_panels_face_the_equator_unless_told() -> None:
    assert BERLIN.plane == (40, 180)
    assert Site(-37.5, 145).plane == (37.5, 0)
    assert Site(52.5, 13.4, 10, 270).plane == (10, 270)


def test_a_plane_towards_the_west_gets_its_light_later() -> None:
    at = hours()
    ghi = sun(BERLIN, at).clear_wm2
    hour = np.arange(24)

    def middle(azimuth: float) -> float:
        light = plane_irradiance(Site(52.5, 13.4, 45, azimuth), at, ghi)
        return float((hour * light).sum() / light.sum())

    assert middle(90) < middle(180) < middle(270)


def test_light_that_is_not_known_stays_unknown_and_the_night_is_dark() -> None:
    at = hours()
    ghi = sun(BERLIN, at).clear_wm2
    ghi[12] = np.nan

    light = plane_irradiance(BERLIN, at, ghi)

    assert np.isnan(light[12])
    assert light[0] == 0
    assert np.isfinite(np.delete(light, 12)).all()


def test_panels_give_their_rated_power_in_the_test_field_and_less_when_hot() -> None:
    light = np.full(3, 1000.0)

    power = pv_power(light, np.array([-10.0, 0.0, 40.0]), np.full(3, 3.0))

    assert power[0] > power[1] > power[2]
    assert power[1] == pytest.approx(1.0, abs=0.05)
    assert pv_power(np.zeros(2)).tolist() == [0, 0]


def test_clearness_is_not_told_of_a_low_sun() -> None:
    found = clearness(np.array([400.0, 5.0]), np.array([800.0, 10.0]))

    assert found[0] == 0.5
    assert np.isnan(found[1])


def test_a_power_curve_is_found_in_noise_and_never_falls() -> None:
    rng = np.random.default_rng(1)
    speed = rng.weibull(2, 5000) * 8
    output = 30 * GENERIC_CURVE.at(np.minimum(speed, 24)) + rng.normal(0, 2, 5000)

    curve = fit_power_curve(speed, output)

    assert (np.diff(curve.output) >= 0).all()
    tried = np.array([5.0, 8.0, 11.0, 15.0])
    np.testing.assert_allclose(curve.at(tried), 30 * GENERIC_CURVE.at(tried), atol=1.5)


def test_a_power_curve_needs_wind_and_power() -> None:
    with pytest.raises(ValueError, match="10 values"):
        fit_power_curve(np.full(3, 5.0), np.full(3, 1.0))
    assert np.isnan(GENERIC_CURVE.at(np.array([np.nan]))[0])
