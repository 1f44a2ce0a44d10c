"""What if: the model that made a forecast is asked again under other weather or holidays; nothing is stored."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.forecasts.adapters.panels import Panel
from apps.forecasts.adapters.scenarios import Change, altered
from apps.forecasts.choices import Rung
from apps.forecasts.models import STEPS_A_DAY, Forecast, ForecastRun, ModelVersion, Series
from apps.forecasts.selectors.inputs import history_of, panel_known
from apps.forecasts.selectors.scenarios import NoScenario, scenario_document
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.training import train
from apps.weather.choices import Variable
from apps.weather.models import Location
from tests.factories.histories import NOW, TINY, small_grid
from tests.factories.weather import run

pytestmark = pytest.mark.django_db
DAYS = 50
FIRST = NOW.date() - timedelta(DAYS)
START = datetime.combine(FIRST, datetime.min.time(), UTC)


@pytest.fixture
def heated(db: None) -> Series:
    """A feeder whose load falls by 10 kW per degree, forecast by a model that learned it from forecasts of the air."""
    Location.objects.create(name="Town", latitude=53.0, longitude=8.0)
    steps, until = (DAYS + 4) * STEPS_A_DAY, int((NOW - START).total_seconds()) // 900
    step = np.arange(steps)
    generator = np.random.default_rng(3)
    celsius = 12 + 4 * np.sin(step / STEPS_A_DAY * 2 * np.pi) + np.repeat(generator.normal(0, 4, DAYS + 4), STEPS_A_DAY)
    place = Location.objects.get()
    for day in range(DAYS + 1):
        gate = START + timedelta(days=day - 1, hours=5)
        values = celsius[max(day - 1, 0) * STEPS_A_DAY : (day + 4) * STEPS_A_DAY]
        begin = START + timedelta(days=max(day - 1, 0))
        run(place, gate, values, starts_at=begin, variable=Variable.TEMPERATURE_C, step_s=900)
    course = 400 - 10 * celsius + 60 * np.sin((step % STEPS_A_DAY) / 15) + generator.normal(0, 3, steps)
    course[until:] = np.nan
    series = small_grid()["first"]
    write_days([series.pk], FIRST, course[None, : (DAYS + 1) * STEPS_A_DAY], over=True)
    train(as_of=NOW, effort=TINY)
    issue(as_of=NOW)
    return series


def asked(series: Series, **change: Any) -> dict[str, Any]:
    return scenario_document(series, Change(**change), as_of=NOW, horizon="intraday")


def medians(document: dict[str, Any]) -> np.ndarray:
    return np.array(document["quantiles"]["0.5"], float)


def test_without_any_change_the_scenario_is_the_forecast_and_colder_air_raises_it(heated: Series) -> None:
    same = asked(heated)
    assert same["quantiles"] == same["issued"]
    assert same["is_scenario"]
    before = Forecast.objects.count(), ForecastRun.objects.count()
    colder, warmer = asked(heated, temperature_c=-4.0), asked(heated, temperature_c=4.0)
    assert medians(colder).mean() > medians(same).mean() + 10
    assert medians(warmer).mean() < medians(same).mean() - 10
    assert colder["energy_kwh"] > 0 > warmer["energy_kwh"]
    columns = np.array(list(colder["quantiles"].values()), float)
    assert (np.diff(columns, axis=0) >= 0).all()
    assert (Forecast.objects.count(), ForecastRun.objects.count()) == before


def test_air_that_was_never_so_cold_is_told(heated: Series) -> None:
    assert "leaves what the last weeks saw" in asked(heated, temperature_c=-15.0)["notes"][0]


def test_a_fallback_and_weather_that_was_not_learned_are_refused_with_the_reason(api: Client, heated: Series) -> None:
    with pytest.raises(NoScenario, match="not learned from wind"):
        asked(heated, wind_percent=20.0)
    path = f"/api/v1/forecasts/series/{heated.pk}/scenario"
    Forecast.objects.update(rung=Rung.SIMILAR_DAYS)
    answer = api.get(path, {"temperature_c": "2"})
    assert answer.status_code == 409
    assert "fallback" in answer.json()["detail"]
    with pytest.raises(NoScenario, match="fallback"):
        asked(heated, temperature_c=2.0)
    with pytest.raises(NoScenario, match="Nothing had been issued"):
        scenario_document(heated, Change(), as_of=NOW - timedelta(days=2), horizon="intraday")


@pytest.mark.parametrize(
    ("query", "field"),
    [("temperature_c=40", "temperature_c"), ("sun_percent=-101", "sun_percent"), ("holidays=soon", "holidays")],
)
def test_a_wish_beyond_reason_is_told_by_its_field(api: Client, query: str, field: str) -> None:
    series = small_grid()["first"]
    answer = api.get(f"/api/v1/forecasts/series/{series.pk}/scenario?{query}")
    assert answer.status_code == 400
    assert field in answer.json()


def test_a_holiday_changes_the_days_ahead_alone(heated: Series) -> None:
    panel, at, today = panel_of(heated)
    with_it = altered(panel, Change(holidays=frozenset({today})), None, at=at, steps=192, days=[today])
    assert with_it.panel.clock.holidays == panel.clock.holidays | {today}
    without = altered(with_it.panel, Change(holidays=frozenset()), None, at=at, steps=192, days=[today])
    assert without.panel.clock.holidays == panel.clock.holidays - {today}


def test_no_scenario_has_more_sun_than_a_clear_sky(heated: Series) -> None:
    panel, at, today = panel_of(heated)
    sunny = replace(panel, ahead=np.full_like(panel.ahead, 700.0), ahead_names=(str(Variable.GHI_W_M2),))
    place = Location.objects.get()
    found = altered(sunny, Change(sun_percent=100.0), place, at=at, steps=192, days=[today])
    ahead = found.panel.ahead[panel.place[0], at : at + 192, 0]
    assert ahead.max() < 1100
    assert ahead.min() == 700.0  # at night what was said stays
    assert any("clear sky" in note for note in found.notes)


def panel_of(series: Series) -> tuple[Panel, int, date]:
    history = history_of([series], days=10, as_of=NOW)
    panel, _ = panel_known(history, groups=ModelVersion.objects.get().made_with["groups"], as_of=NOW)
    return panel, history.at, NOW.date()
