"""The hard cases: each gives a forecast, or a refusal in plain words."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.issuing import Issue, Standing, issue
from gridops.engine.forecasting.panel import Panel, fit_panel
from tests.engine.forecasting.panels import (
    DAY,
    HORIZON,
    LEVELS,
    MONDAY_S,
    SMALL,
    changed,
    issued,
    loads,
    plants,
    trained,
)

AT = 60 * DAY


def sound(found: Issue) -> None:
    assert np.isfinite(found.quantiles).all()
    assert (np.diff(found.quantiles, axis=2) >= 0).all()


def error(panel: Panel, truth: Panel, found: Issue, series: int = 0) -> float:
    actual = truth.target[series, AT : AT + HORIZON]
    return float(np.abs(found.quantiles[series, :, 3] - actual).mean() / np.abs(actual).mean())


def test_the_full_model_needs_no_excuse() -> None:
    panel, model = trained()
    found = issued(panel, model, AT)

    sound(found)
    assert found.rung == ["full"] * 10
    assert found.reason == [""] * 10


@pytest.mark.parametrize("hours", [5, 30, 100])
def test_a_gap_before_the_issue_is_bridged(hours: int) -> None:
    panel, model = trained()
    found = issued(changed(panel, 0, slice(AT - hours, AT), np.nan), model, AT)

    sound(found)
    assert found.rung[0] == "full"
    assert error(panel, panel, found) < 0.12
    assert (found.reason[0] == f"no value for {hours} h before the issue") == (hours > 6)


def test_after_a_gap_of_weeks_similar_days_before_it_serve() -> None:
    panel, model = trained()
    found = issued(changed(panel, 0, slice(AT - 20 * DAY, AT), np.nan), model, AT)

    sound(found)
    assert found.rung[0] == "similar_days"
    assert found.reason[0].startswith("no value for 20 days")
    assert error(panel, panel, found) < 0.3


@pytest.mark.parametrize(("month_s", "hours"), [(1_709_251_200, 23), (1_727_740_800 - 86_400 * 4, 25)])
def test_days_of_23_and_25_hours_keep_to_the_local_clock(month_s: int, hours: int) -> None:
    panel = loads(6, 70, start_s=month_s)
    model = fit_panel(panel, until=70 * DAY, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    turn = int(np.flatnonzero(np.diff(panel.clock.offset_s))[0])
    at = turn - 10
    found = issued(panel, model, at)

    sound(found)
    of_day = panel.clock.local_day == panel.clock.local_day[turn]
    assert of_day.sum() == hours
    actual = panel.target[:, at : at + HORIZON]
    assert np.abs(found.quantiles[:, :, 3] - actual).mean() < 0.1 * actual.mean()


def test_the_leap_day_is_a_day_like_others() -> None:
    panel, model = trained()
    at = (31 + 28) * DAY  # 2024-02-29 00:00 UTC
    sound(issued(panel, model, at))
    assert issued(panel, model, at).rung == ["full"] * 10


def test_without_weather_the_model_goes_on_and_says_so() -> None:
    panel, model = trained()
    dry = replace(panel, ahead=np.full_like(panel.ahead, np.nan))
    none = replace(panel, ahead=np.empty((0, 0, 0)), ahead_names=(), place=np.full(10, -1))
    half = panel.ahead.copy()
    half[:, AT + 24 :] = np.nan

    for one, part in ((dry, "100%"), (none, "100%"), (replace(panel, ahead=half), "50%")):
        found = issued(one, model, AT)
        sound(found)
        assert found.rung == ["reduced"] * 10
        assert found.reason[0] == f"no weather for {part} of the steps: the model goes on without it"
        assert error(panel, panel, found) < 0.15


def test_a_year_without_weather_still_trains_a_model() -> None:
    panel = replace(loads(4, 70), ahead=np.empty((0, 0, 0)), ahead_names=(), place=np.full(4, -1))
    model = fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)

    sound(issued(panel, model, AT))
    assert issued(panel, model, AT).rung == ["full"] * 4


@pytest.mark.parametrize("value", [0.0, 12.5])
def test_what_stands_still_is_forecast_to_stand_still(value: float) -> None:
    panel, model = trained()
    for one in (model, None):
        found = issued(changed(panel, 0, slice(None), value), one, AT)
        sound(found)
        assert (found.quantiles[0] == value).all()
        assert f"stood at {value:g} kW" in found.reason[0]


def test_three_days_of_history_borrow_the_course_of_alike_series() -> None:
    panel, model = trained()
    found = issued(changed(panel, 0, slice(0, AT - 3 * DAY), np.nan), model, AT)

    sound(found)
    assert found.rung[0] == "borrowed"
    assert found.reason[0] == "only 3 days of history: the course of 4 alike series"
    assert error(panel, panel, found) < 0.12


def test_three_days_of_history_and_nobody_alike_do_with_the_model() -> None:
    panel, model = trained()
    lonely = replace(changed(panel, 0, slice(0, AT - 3 * DAY), np.nan), group=np.r_[99, panel.group[1:]])
    found = issued(lonely, model, AT)

    sound(found)
    assert found.rung[0] == "reduced"
    assert "nothing alike" in found.reason[0]


def test_without_any_history_the_kind_tells_what_is_usual_or_it_is_refused() -> None:
    panel, model = trained()
    new = changed(panel, 0, slice(None), np.nan)
    alike, lonely = issued(new, model, AT), issued(replace(new, group=np.r_[99, panel.group[1:]]), model, AT)

    sound(alike)
    assert alike.rung[0] == "climatology"
    assert "alike series" in alike.reason[0]
    assert lonely.rung[0] == "refused"
    assert lonely.reason[0] == "no history yet, and no series of its kind has a forecast to borrow from"
    assert np.isnan(lonely.quantiles[0]).all()
    assert np.isfinite(lonely.quantiles[1:]).all()


def test_thirty_in_a_hundred_values_missing_do_no_great_harm() -> None:
    panel, model = trained()
    holes = np.random.default_rng(3).random(panel.target.shape) < 0.3
    found = issued(replace(panel, target=np.where(holes, np.nan, panel.target)), model, AT)

    sound(found)
    assert found.rung == ["full"] * 10
    assert np.mean([error(panel, panel, found, k) for k in range(10)]) < 0.12


@pytest.mark.parametrize("days", [1, 2, 4, 9])
@pytest.mark.parametrize("factor", [1.8, 0.4])
def test_a_feeder_that_was_switched_over_is_followed_to_its_new_level(days: int, factor: float) -> None:
    panel, model = trained()
    moved = changed(panel, 0, slice(AT - days * DAY, None), factor * panel.target[0, AT - days * DAY :])
    found = issued(moved, model, AT)

    sound(found)
    assert error(moved, moved, found) < 0.2


def test_net_load_may_be_negative() -> None:
    panel, _ = trained()
    size = np.abs(panel.target).mean(axis=1, keepdims=True)
    net = replace(panel, target=panel.target - 1.2 * size)
    model = fit_panel(net, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    found = issued(net, model, AT)

    sound(found)
    assert found.rung == ["full"] * 10
    assert (found.quantiles < 0).any()
    actual = net.target[:, AT : AT + HORIZON]
    assert (np.abs(found.quantiles[:, :, 3] - actual) / size).mean() < 0.1


def test_without_a_model_similar_days_forecast() -> None:
    panel, _ = trained()
    found = issued(panel, None, AT)

    sound(found)
    assert set(found.rung) == {"similar_days"}
    assert np.mean([error(panel, panel, found, k) for k in range(10)]) < 0.15


def test_without_a_model_three_days_are_their_own_usual_course() -> None:
    panel, _ = trained()
    found = issued(changed(panel, 0, slice(0, AT - 3 * DAY), np.nan), None, AT)

    sound(found)
    assert found.rung[0] == "climatology" or found.rung[0] == "borrowed"


def test_the_first_step_of_all_is_refused_and_a_clock_without_room_is_an_error() -> None:
    panel, model = trained()

    assert set(issued(panel, model, 0).rung) == {"refused"}
    with pytest.raises(ValueError, match="does not fit"):
        issued(panel, model, panel.clock.size - 3)


def test_a_week_ahead_is_forecast_as_well() -> None:
    panel = loads(4, 70)
    model = fit_panel(panel, until=AT, horizon=7 * DAY, levels=LEVELS, effort=SMALL)
    found = issued(panel, model, AT, 7 * DAY)

    sound(found)
    assert found.quantiles.shape == (4, 7 * DAY, 7)


def test_one_series_alone_is_a_panel_too() -> None:
    panel = loads(1, 70)
    model = fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)

    sound(issued(panel, model, AT))


def test_quantiles_stay_within_a_quarter_beyond_what_was_seen() -> None:
    panel, model = trained()
    wide = Standing([0.5, 0.5], [-9.0, -8.0, -7.0, 0.0, 7.0, 8.0, 9.0], [], None, 0)
    found = issue(panel, model, [wide] * 10, at=AT, horizon=HORIZON, levels=LEVELS)
    seen = panel.target[:, :AT]
    room = 0.25 * np.ptp(seen, axis=1)

    assert (found.quantiles.max(axis=(1, 2)) <= seen.max(axis=1) + room + 1e-3).all()
    assert (found.quantiles >= 0).all()


def test_an_hourly_and_a_quarter_hourly_clock_serve_alike() -> None:
    quarters = loads(3, 40)
    clock = Clock(MONDAY_S, 900, quarters.clock.size * 4, quarters.clock.zone)
    fine = Panel(clock, np.repeat(quarters.target, 4, axis=1), quarters.group, np.full(3, -1))
    model = fit_panel(fine, until=38 * 96, horizon=192, levels=LEVELS, effort=SMALL)

    sound(issued(fine, model, 38 * 96, 192))


def test_a_plant_of_today_borrows_from_its_like_by_what_it_is_rated_at() -> None:
    panel = plants()
    model = fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    found = issued(changed(panel, 0, slice(None), np.nan), model, AT)

    sound(found)
    assert found.rung == ["borrowed", "full", "full", "full"]
    assert found.reason[0] == "no history yet: the course of 3 alike series"
    assert found.quantiles[0].max() <= 100.0
    actual = panel.target[0, AT : AT + HORIZON]
    assert np.abs(found.quantiles[0, :, 3] - actual).mean() < 6.0


def test_a_panel_without_series_is_an_issue_without_any() -> None:
    panel, model = trained()

    assert issued(panel.part(slice(0, 0)), model, AT).quantiles.shape == (0, HORIZON, 7)
