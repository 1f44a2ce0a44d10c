from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from gridops.engine.forecasting.explanation import Drivers, driver_of, drivers, similar_days
from gridops.engine.forecasting.issuing import issue
from gridops.engine.forecasting.panel import Effort, Panel, PanelModel, fit_panel
from gridops.engine.forecasting.standing import Standing
from tests.engine.forecasting.panels import DAY, HORIZON, LEVELS, changed, loads, trained

AT = 60 * DAY
STANDING = Standing([0.7, 0.3], [0.0] * 7, [], None, 0)


def explained(panel: Panel, model: PanelModel, series: int = 0, median: np.ndarray | None = None) -> Drivers:
    found = drivers(panel, model, STANDING, series=series, at=AT, horizon=HORIZON, median=median)
    assert found is not None
    return found


def test_the_drivers_add_up_to_what_was_issued_less_last_week() -> None:
    panel, model = trained()
    issued = issue(panel, model, [STANDING] * 10, at=AT, horizon=HORIZON, levels=LEVELS).quantiles[3, :, 3]

    found = explained(panel, model, 3, issued)

    assert found.against == "last week"
    assert found.base == pytest.approx(panel.target[3, AT - 168 : AT - 168 + HORIZON])
    assert found.base + found.kw.sum(axis=0) == pytest.approx(issued, rel=1e-6)
    assert {"calendar", "recent level", "usual course", "heat or cold"} <= set(found.names)


def test_a_colder_week_is_told_as_cold() -> None:
    panel = loads(8, 160)
    at = 150 * DAY
    model = fit_panel(panel, until=at, horizon=HORIZON, levels=LEVELS, effort=Effort(8_000, trees=30, leaves=12))
    colder = panel.ahead.copy()
    colder[:, at : at + HORIZON] -= 3
    plain, cold = (
        drivers(one, model, STANDING, series=0, at=at, horizon=HORIZON) for one in (panel, replace(panel, ahead=colder))
    )
    assert plain is not None
    assert cold is not None

    more = cold.kw[cold.names.index("heat or cold")] - plain.kw[plain.names.index("heat or cold")]
    said = [model.say(one, at, HORIZON)[:, 0, :, 3] for one in (panel, replace(panel, ahead=colder))]
    by_model = np.tensordot(STANDING.weights, said[1] - said[0], 1).mean()
    assert by_model > 0
    assert more.mean() == pytest.approx(by_model, rel=0.3)


def test_without_last_week_it_is_told_against_the_usual_course() -> None:
    panel, model = trained()
    gap = changed(panel, 0, slice(AT - 170, AT - 100), np.nan)

    said = issue(gap, model, [STANDING] * 10, at=AT, horizon=HORIZON, levels=LEVELS).quantiles[0, :, 3]

    found = explained(gap, model, median=said)

    assert found.against == "usual course"
    assert found.base + found.kw.sum(axis=0) == pytest.approx(said, rel=1e-4)


def test_what_the_model_cannot_speak_of_is_not_explained() -> None:
    panel, model = trained()
    new = changed(panel, 0, slice(None), np.nan)

    assert drivers(new, model, None, series=0, at=AT, horizon=HORIZON) is None


def test_columns_are_told_in_words() -> None:
    names = ("temperature_2m", "ghi", "wind_speed_10m", "school")

    assert driver_of("temperature_2m_-1h", names) == "heat or cold"
    assert driver_of("ghi_off", names) == "sun"
    assert driver_of("wind_speed_10m", names) == "wind"
    assert driver_of("school", names) == "school"
    assert driver_of("now_off_6h", names) == "recent level"
    assert driver_of("after_holiday", names) == "holiday"
    assert driver_of("clock_1", names) == "usual course"


def test_days_like_the_one_to_come_are_of_its_kind_and_weather_and_lie_before() -> None:
    panel, _ = trained()
    at = 56 * DAY + 6  # Monday 2024-02-26
    found = similar_days(panel, 0, at)
    cold = panel.ahead[0, :, 0]
    local = panel.clock.local_day

    assert len(found) == 5
    assert [distance for _, distance in found] == sorted(distance for _, distance in found)
    for day, _ in found:
        assert day.weekday() < 5
        assert day < date(2024, 2, 26)
    of_days = [cold[local == (day - date(1970, 1, 1)).days].mean() for day, _ in found]
    wanted = cold[local == (date(2024, 2, 26) - date(1970, 1, 1)).days].mean()
    assert np.abs(np.array(of_days) - wanted).mean() < np.abs(cold[:at] - wanted).mean()
