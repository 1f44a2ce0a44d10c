"""Rare kinds, the light of solar plants, weather that was forecast from afar, bands of few days."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting.panel import Panel, PanelModel, fit_panel
from gridops.engine.forecasting.sampling import ahead_of, sampled
from gridops.engine.forecasting.standing import standings
from tests.engine.forecasting.panels import DAY, HORIZON, LEVELS, SMALL, issued, loads, plants
from tests.engine.forecasting.test_standing import said

AT = 60 * DAY


def solar() -> tuple[Panel, PanelModel]:
    panel = replace(plants(), is_solar=np.ones(4, np.bool_), sun="ghi")
    return panel, fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)


def test_solar_plants_follow_the_light_that_is_forecast_and_give_nothing_by_night() -> None:
    panel, model = solar()
    steps = slice(AT, AT + HORIZON)
    found, actual = model.say(panel, AT, HORIZON), panel.target[:, steps]
    last_week = panel.target[:, AT - 7 * DAY : AT - 7 * DAY + HORIZON]

    assert set(model.families) == {"solar"}
    assert (found[:, :, actual.max(axis=0) == 0] == 0).all()
    for member in found:
        assert np.abs(member[..., 3] - actual).mean() < 0.5 * np.abs(last_week - actual).mean()
    assert np.array_equal(PanelModel.from_bytes(model.to_bytes()).say(panel, AT, HORIZON), found)


def test_a_kind_of_few_has_more_rows_than_its_share() -> None:
    panel = replace(loads(10, 30), group=np.array([0] * 9 + [1]))
    rows, _, _ = sampled(panel, until=30 * DAY, horizon=HORIZON, effort=SMALL, progress=lambda *_: None)

    assert (rows.group == 1).mean() == pytest.approx(1 / 4, abs=0.03)


def test_a_past_issue_sees_what_had_been_forecast_by_then_and_no_later_gate() -> None:
    panel = loads(2, 30)
    later = np.stack([panel.ahead + 100.0 * (1 + days) for days in range(6)])
    past = replace(panel, later=later, gate=6)
    issue = 20 * DAY + 6  # at the gate: tomorrow is known as at the day before it
    ahead = ahead_of(past, panel.ahead_names, issue, 7 * DAY)
    seen = ahead._values[0, 0] - ahead_of(panel, panel.ahead_names, issue, 7 * DAY)._values[0, 0]

    known = seen[issue - ahead._first :]
    assert known[0] == pytest.approx(0.0)
    assert known[18 + DAY - 1] == pytest.approx(0.0, abs=1e-3)
    assert known[18 + DAY] == pytest.approx(100.0, abs=1e-3)
    assert known[18 + 4 * DAY] == pytest.approx(400.0, abs=1e-3)
    assert past.days_ahead(issue - 1, np.array([issue + 20]))[0] == 1


def test_rows_are_learned_from_with_weather_as_it_was_forecast_from_their_lead() -> None:
    panel = loads(2, 40)
    later = np.stack([panel.ahead + 100.0 * (1 + days) for days in range(6)])
    past = replace(panel, later=later, gate=0)
    rows, _, _ = sampled(past, until=40 * DAY, horizon=7 * DAY, effort=SMALL, progress=lambda *_: None)
    lead, celsius = (rows.values[:, rows.names.index(name)] for name in ("lead_h", "celsius"))
    known = np.isfinite(celsius)

    days = np.round((celsius - 10) / 100)[known]
    assert (days <= np.ceil(lead[known] / 24)).all()
    assert (days >= np.floor(lead[known] / 24) - 1).all()


def test_of_few_days_a_series_keeps_to_its_kind() -> None:
    panel, issues = said((3.0, 3.0))
    few = issues[-4:]
    alone = standings(replace(panel, group=np.array([0, 1])), few, now=(60 - 1) * DAY, levels=LEVELS)
    together = standings(panel, few, now=(60 - 1) * DAY, levels=LEVELS)

    apart = [abs(found[0].shift[0] - found[1].shift[0]) for found in (alone, together)]
    assert apart[1] < 0.8 * apart[0]
    assert all(one.shift[0] < 0 < one.shift[-1] for one in together)


def test_a_week_is_full_as_far_as_its_weather_goes() -> None:
    panel = loads(4, 70)
    model = fit_panel(panel, until=AT, horizon=7 * DAY, levels=LEVELS, effort=SMALL)
    for hours, rung in ((72, "full"), (30, "reduced")):
        short = panel.ahead.copy()
        short[:, AT + hours :] = np.nan
        found = issued(replace(panel, ahead=short), model, AT, 7 * DAY)
        assert set(found.rung) == {rung}
        assert np.isfinite(found.quantiles).all()
        assert ("full for 72 h" in found.reason[0]) == (rung == "full")


def test_a_quick_training_learns_with_the_weather_of_the_day_before() -> None:
    panel = loads(2, 40)
    past = replace(panel, later=np.stack([panel.ahead + 100.0] * 6))
    quick = replace(SMALL, by_lead=False)
    found = [
        sampled(one, until=40 * DAY, horizon=7 * DAY, effort=quick, progress=lambda *_: None)[0].values
        for one in (panel, past)
    ]

    assert np.array_equal(*found, equal_nan=True)
