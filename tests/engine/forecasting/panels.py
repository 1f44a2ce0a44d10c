"""Panels whose truth is known: hourly, loads with a common weather."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.issuing import Issue, issue
from gridops.engine.forecasting.panel import Effort, Panel, PanelModel, fit_panel

HOUR_S = 3600
DAY = 24
HORIZON = 48
MONDAY_S = 1_704_067_200  # 2024-01-01 00:00 UTC
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
SMALL = Effort(most_rows=6_000, trees=25, leaves=12)


def loads(
    count: int = 10, days: int = 70, *, start_s: int = MONDAY_S, zone: str = "Europe/Berlin", noise: float = 0.03
) -> Panel:
    """Loads of many sizes with a day's and a week's rhythm that grow when it is cold; two kinds."""
    generator = np.random.default_rng(5)
    clock = Clock(start_s, HOUR_S, (days + 8) * DAY, ZoneInfo(zone))
    hour = clock.second_of_day / HOUR_S
    cold = np.repeat(np.convolve(generator.normal(0, 4, days + 8), np.ones(3) / 3, "same"), DAY)
    size = np.exp(generator.normal(5, 1, count))[:, None]
    peak = np.where(np.arange(count) % 2, 18.0, 11.0)[:, None]
    shape = 1 + 0.3 * np.cos((hour - peak) * np.pi / 12) - 0.15 * (clock.weekday >= 5) - 0.02 * cold
    values = size * (shape + generator.normal(0, noise, (count, clock.size)))
    ahead = (10 + cold)[None, :, None]
    return Panel(clock, values[:, : days * DAY], np.arange(count) % 2, np.zeros(count, np.int64), ahead, ("celsius",))


def plants(count: int = 4, days: int = 70) -> Panel:
    """Solar plants that follow a radiation that is forecast."""
    generator = np.random.default_rng(6)
    clock = Clock(MONDAY_S, HOUR_S, (days + 8) * DAY, ZoneInfo("UTC"))
    hour = clock.second_of_day / HOUR_S
    sun = np.maximum(np.sin((hour - 6) * np.pi / 12), 0) * np.repeat(generator.uniform(0.2, 1, days + 8), DAY)
    rated = np.array([100.0, 250.0, 40.0, 1000.0])[:count]
    values = np.clip(rated[:, None] * sun + generator.normal(0, 0.03, (count, clock.size)) * rated[:, None], 0, None)
    values = np.where(sun > 0, np.minimum(values, rated[:, None]), 0.0)
    place = np.zeros(count, np.int64)
    ahead = (1000 * sun)[None, :, None]
    return Panel(clock, values[:, : days * DAY], np.full(count, 7), place, ahead, ("ghi",), rated)


def changed(panel: Panel, series: int, steps: slice, value: object) -> Panel:
    target = panel.target.copy()
    target[series, steps] = value
    return replace(panel, target=target)


@cache
def trained() -> tuple[Panel, PanelModel]:
    panel = loads()
    return panel, fit_panel(panel, until=70 * DAY, horizon=HORIZON, levels=LEVELS, effort=SMALL)


def issued(panel: Panel, model: PanelModel | None, at: int, horizon: int = HORIZON) -> Issue:
    nothing: Sequence[None] = [None] * len(panel)
    return issue(panel, model, nothing, at=at, horizon=horizon, levels=LEVELS)
