from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.components import separated

DAYS, DAY = 90, 24


def made(
    pv_kw: float, *, days: int = DAYS, seed: int = 1
) -> tuple[Clock, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    clock = Clock(1_704_067_200, 3600, days * DAY, ZoneInfo("UTC"))
    hour = clock.second_of_day / 3600
    cloud = np.repeat(generator.uniform(0.15, 1.0, days), DAY)
    ghi = 800 * np.maximum(np.sin((hour - 6) * np.pi / 12), 0) * cloud
    celsius = 8 + 4 * np.sin((hour - 9) * np.pi / 12) + np.repeat(generator.normal(0, 4, days), DAY)
    base = 200 + 50 * np.cos((hour - 18) * np.pi / 12) - 20 * (clock.weekday >= 5)
    heat = 5 * np.maximum(15 - celsius, 0)
    net = base + heat - pv_kw * ghi / 1000 + generator.normal(0, 6, days * DAY)
    return clock, net, ghi, celsius, heat


def test_solar_power_behind_the_meter_is_found_where_there_is_some() -> None:
    clock, net, ghi, celsius, heat = made(120.0)

    found = separated(clock, net, ghi, celsius)

    assert found.can_tell
    assert found.pv_kw_per_kw_m2 == pytest.approx(120.0, rel=0.06)
    assert np.abs(found.weather_kw - heat).mean() < 0.15 * heat.mean()
    left = net - (found.base_kw + found.weather_kw - found.pv_kw)
    assert np.abs(left).mean() < 8
    assert abs(left.mean()) < 1


def test_where_there_is_none_none_is_claimed() -> None:
    for seed in range(5):
        clock, net, ghi, celsius, _ = made(0.0, seed=seed)
        found = separated(clock, net, ghi, celsius)

        assert not found.can_tell
        assert (found.pv_kw == 0).all()
        assert "solar" in found.reason


def test_a_sky_that_never_changes_and_a_short_history_cannot_tell() -> None:
    clock, net, ghi, celsius, _ = made(120.0)
    same = separated(clock, net, np.full_like(ghi, 300.0), celsius)
    short = separated(clock, np.where(np.arange(len(net)) < 200, net, np.nan), ghi, celsius)

    assert not same.can_tell
    assert "hardly changes" in same.reason
    assert not short.can_tell
    assert short.reason == "8 days with weather; 21 are needed"


def test_gaps_do_no_harm() -> None:
    clock, net, ghi, celsius, _ = made(120.0)
    net[np.random.default_rng(2).random(len(net)) < 0.3] = np.nan

    assert separated(clock, net, ghi, celsius).pv_kw_per_kw_m2 == pytest.approx(120.0, rel=0.08)
