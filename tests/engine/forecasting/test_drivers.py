"""What moves a forecast away from last week, on panels whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting.drivers import HOLIDAYS, RECENT_LEVEL, USUAL_COURSE, Drivers, drivers, nearest_days
from gridops.engine.forecasting.issuing import issue
from gridops.engine.forecasting.panel import Panel
from tests.engine.forecasting.panels import DAY, HORIZON, LEVELS, changed, trained

AT = 60 * DAY
ONE = slice(0, 1)


def explained(panel: Panel) -> Drivers:
    return drivers(panel, trained()[1], None, at=AT, horizon=HORIZON, levels=LEVELS)


def colder(panel: Panel, by: float) -> Panel:
    """From the issue on; `ahead` counts degrees."""
    ahead = panel.ahead.copy()
    week = AT - 7 * DAY
    ahead[:, AT : AT + HORIZON] = ahead[:, week : week + HORIZON] - by
    return replace(panel, ahead=ahead)


def test_the_parts_add_up_to_what_is_forecast_less_last_week() -> None:
    panel = trained()[0].part(ONE)
    found = explained(panel)
    assert found.names == (USUAL_COURSE, RECENT_LEVEL, "celsius")
    assert found.kw.sum(axis=0) == pytest.approx(found.median - found.base)
    said = issue(panel, trained()[1], [None], at=AT, horizon=HORIZON, levels=LEVELS)
    assert found.median == pytest.approx(said.quantiles[0, :, 3], rel=1e-5)


def test_the_weather_of_last_week_moves_nothing_and_another_moves_its_own_part_alone() -> None:
    panel = trained()[0].part(ONE)
    same, other = explained(colder(panel, 0.0)), explained(colder(panel, 6.0))
    assert same.kw[2] == pytest.approx(0.0)
    assert abs(other.kw[2]).mean() > 0.01 * panel.target[0].mean()
    assert other.kw[:2] == pytest.approx(same.kw[:2])


def test_an_odd_last_week_is_told_as_such() -> None:
    panel = trained()[0].part(ONE)
    size = float(panel.target[0].mean())
    odd = changed(panel, 0, slice(AT - 7 * DAY, AT - 5 * DAY), panel.target[0, AT - 7 * DAY : AT - 5 * DAY] - size / 2)
    moved = explained(odd).kw[0] - explained(panel).kw[0]
    assert moved == pytest.approx(np.full(HORIZON, size / 2 * 3 / 4))  # against the mean of four weeks


def test_holidays_are_a_part_where_the_calendar_has_some() -> None:
    panel = trained()[0].part(ONE)
    clock = replace(panel.clock, holidays=frozenset({np.datetime64(int(panel.clock.local_day[AT]), "D").item()}))
    assert explained(replace(panel, clock=clock)).names[-1] == HOLIDAYS


def test_one_series_and_a_week_at_most_are_explained() -> None:
    panel, model = trained()
    with pytest.raises(ValueError, match="one series"):
        drivers(panel, model, None, at=AT, horizon=HORIZON, levels=LEVELS)
    with pytest.raises(ValueError, match="a week"):
        drivers(panel.part(ONE), model, None, at=AT, horizon=8 * DAY, levels=LEVELS)


def test_a_day_that_went_the_same_is_the_nearest() -> None:
    panel = trained()[0].part(ONE)
    course = panel.target[0, AT - 9 * DAY : AT - 8 * DAY]
    found = nearest_days(panel, course, first=AT, at=AT)
    assert found[0] == (9, pytest.approx(0.0))
    assert [apart for _, apart in found] == sorted(apart for _, apart in found)
    assert min(back for back, _ in found) >= 1
    unknown = changed(panel, 0, slice(0, AT), np.nan)
    assert nearest_days(unknown, course, first=AT, at=AT) == []
