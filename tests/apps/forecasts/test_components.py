"""What moves a load: found each night from stored history and weather, and split when it is asked for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client

from apps.forecasts.adapters.explaining import Driver
from apps.forecasts.models import STEPS_A_DAY, Separation, Series
from apps.forecasts.selectors import agreement
from apps.forecasts.selectors.issues import issue_at
from apps.forecasts.selectors.separations import NotSeparated, separation_document
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.separations import separate
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Location
from gridops.engine.forecasting.physical import Site, plane_irradiance, pv_power, sun
from tests.factories.histories import NOW, small_grid
from tests.factories.weather import run

pytestmark = pytest.mark.django_db
DAYS = 40
FIRST = NOW.date() - timedelta(DAYS)
START = datetime.combine(FIRST, datetime.min.time(), UTC)
ARRAY_KW = 150.0


@pytest.fixture
def grid() -> dict[str, Series]:
    """Forty days of a feeder with panels on its roofs, of a wind farm, and of the weather over them."""
    place = Location.objects.create(name="Town", latitude=53.0, longitude=8.0)
    generator = np.random.default_rng(5)
    steps, until = (DAYS + 3) * STEPS_A_DAY, int((NOW - START).total_seconds()) // 900
    middle = int(START.timestamp()) + np.arange(steps) * 900 + 450
    cloud = np.repeat(generator.uniform(0.2, 1.0, DAYS + 3), STEPS_A_DAY)
    ghi = sun(Site(53.0, 8.0), middle).clear_wm2 * cloud
    wind = np.clip(7 + 3 * np.repeat(generator.standard_normal(DAYS + 3), STEPS_A_DAY), 0, 20)
    celsius = np.full(steps, 18.0)
    known = {Variable.TEMPERATURE_C: celsius, Variable.GHI_W_M2: ghi, Variable.WIND_SPEED_100M_M_S: wind}
    for variable, values in known.items():
        told = {"variable": variable, "step_s": 900, "available_at": NOW}
        run(place, NOW, values[:until], starts_at=START, data_kind=DataKind.OBSERVATION, **told)
        run(place, NOW, values[until:], starts_at=START + until * timedelta(seconds=900), **told)
    found = small_grid()
    found["farm"] = Series.objects.create(
        subject_mrid="farm", subject="plant", quantity="wind", name="Farm", rated_kw=900.0, latitude=53.0, longitude=8.0
    )
    solar = ARRAY_KW * pv_power(plane_irradiance(Site(53.0, 8.0), middle, ghi), celsius)
    wave = 300 + 80 * np.sin(np.arange(steps) / STEPS_A_DAY * 2 * np.pi)
    courses = {"first": wave - solar + generator.normal(0, 5, steps), "farm": 40.0 * wind}
    for name, course in courses.items():
        course[until:] = np.nan
        write_days([found[name].pk], FIRST, course[None, : (DAYS + 1) * STEPS_A_DAY], over=True)
    return found


def test_the_panels_below_a_feeder_are_found_and_its_load_is_split(api: Client, grid: dict[str, Series]) -> None:
    assert separate(as_of=NOW) == 5
    row = Separation.objects.get(series=grid["first"])
    assert row.size_kw["solar"] == pytest.approx(ARRAY_KW, rel=0.05)
    assert "heating" in row.reasons
    issue(as_of=NOW)
    given = {"as_of": NOW, "seen_at": NOW, "horizon": "intraday"}
    found = separation_document(grid["first"], start=NOW - timedelta(hours=24), **given)
    parts = {part["name"]: np.array(part["kw"], float) for part in found["parts"]}
    known = np.isfinite(parts["base"])
    np.testing.assert_allclose((parts["base"] + parts["solar"])[known], np.array(found["kw"], float)[known], atol=0.01)
    assert parts["solar"][known].min() < -0.2 * ARRAY_KW
    assert found["t"][0] < found["forecast_from"] < found["t"][-1]
    assert {one["name"] for one in found["cannot"]} == {"heating", "cooling", "wind"}
    answer = api.get(f"/api/v1/forecasts/series/{grid['first'].pk}/components", {"at": NOW.isoformat()})
    assert answer.status_code == 200
    assert answer.json()["sentence"] == found["sentence"]


def test_of_a_wind_farm_its_own_power_curve_is_learned(grid: dict[str, Series]) -> None:
    separate(as_of=NOW)
    curve = Separation.objects.get(series=grid["farm"]).curve
    np.testing.assert_allclose(np.interp([6.0, 9.0], curve["m_s"], curve["kw"]), [240.0, 360.0], rtol=0.1)


def test_what_cannot_be_told_is_said_in_words(api: Client, grid: dict[str, Series]) -> None:
    path = f"/api/v1/forecasts/series/{grid['works'].pk}/components"
    assert "not been looked at yet" in api.get(path).json()["detail"]
    separate(as_of=NOW)
    assert "0 days with values and weather" in api.get(path).json()["detail"]
    with pytest.raises(NotSeparated, match="the sun"):
        separation_document(grid["park"], start=NOW, as_of=NOW, seen_at=NOW, horizon="intraday")
    assert "back_h" in api.get(path, {"back_h": 1000}).json()


def test_of_the_past_only_what_had_been_found_by_then_is_told(grid: dict[str, Series]) -> None:
    separate(as_of=NOW)
    then = {"as_of": NOW - timedelta(days=1), "seen_at": NOW, "horizon": "intraday"}
    with pytest.raises(NotSeparated, match="not been looked at yet"):
        separation_document(grid["first"], start=NOW - timedelta(days=2), **then)


def test_a_driver_names_the_part_behind_it_only_where_both_agree(
    grid: dict[str, Series], monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(as_of=NOW)
    issued = issue_at(grid["first"], as_of=NOW)
    monkeypatch.setattr(agreement, "_changes", lambda *_: {"solar": 40.0, "wind": -5.0})
    drivers = [Driver("duller", 30.0, ""), Driver("windier", 20.0, ""), Driver("recent level", 9.0, "")]
    found = agreement.agreed(grid["first"], issued, drivers, slice(0, 4))
    assert [one.name for one in found] == ["duller (less solar power)", "windier", "recent level"]
