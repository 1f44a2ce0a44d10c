import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gridops.cases.season import profile_time
from gridops.simulator.clock import ProfileClock
from gridops.simulator.field import Field
from gridops.simulator.weather_post import ARCHIVE_DAYS, WeatherPost, archived_issues
from gridops.simulator.weather_service import Scene, WeatherService, wall_to_profile
from tests.simulator.town import town

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOCK = ProfileClock(NOW, profile_time(NOW, 2016))
SERVICE = WeatherService(town(), 1, wall_to_profile(CLOCK, 2016))


def hours(begin: datetime, count: int) -> np.ndarray:
    return begin.timestamp() + 3600.0 * np.arange(count)


@pytest.fixture(scope="module")
def errors() -> dict[str, np.ndarray]:
    """Issues x leads, of many issues three hours apart."""
    found: dict[str, list[np.ndarray]] = {"temperature_2m": [], "wind_speed_100m": [], "shortwave_radiation": []}
    for n in range(250):
        issued = datetime(2025, 6, 1, tzinfo=UTC) + n * 13 * HOUR
        told, truth = SERVICE.forecast(issued)["hourly"], SERVICE.truth(hours(issued, 168))
        found["temperature_2m"].append(np.array(told["temperature_2m"][:-1]) - truth.temperature_c)
        found["wind_speed_100m"].append(np.array(told["wind_speed_100m"][:-1]) / truth.wind_speed_100m_m_s - 1)
        found["shortwave_radiation"].append(np.array(told["shortwave_radiation"][1:]) - truth.ghi_w_m2)
    return {name: np.array(rows) for name, rows in found.items()}


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_errors_of_the_temperature_grow_from_half_a_kelvin_to_two_and_a_half(errors: dict[str, np.ndarray]) -> None:
    of_lead = errors["temperature_2m"]
    assert rms(of_lead[:, 0]) == pytest.approx(0.5, rel=0.25)
    assert rms(of_lead[:, 115:125]) == pytest.approx(2.5, rel=0.25)
    assert abs(of_lead.mean()) < 0.3


@pytest.mark.parametrize("name", ["wind_speed_100m", "shortwave_radiation"])
def test_errors_of_wind_and_sun_grow_too(errors: dict[str, np.ndarray], name: str) -> None:
    assert rms(errors[name][:, :6]) * 1.8 < rms(errors[name][:, 100:])


def test_neighbouring_hours_and_successive_issues_err_alike(errors: dict[str, np.ndarray]) -> None:
    one = errors["temperature_2m"]
    assert np.corrcoef(one[:, 60], one[:, 61])[0, 1] > 0.8
    assert 0.3 < np.corrcoef(one[:-1, 73], one[1:, 60])[0, 1] < 0.95  # of the same hour, issued 13 hours later


def test_the_same_issue_is_told_alike_and_another_seed_errs_otherwise() -> None:
    again = WeatherService(town(), 1, wall_to_profile(CLOCK, 2016))
    other = WeatherService(town(), 2, wall_to_profile(CLOCK, 2016))
    assert again.forecast(NOW) == SERVICE.forecast(NOW) != other.forecast(NOW)
    assert again.observation(NOW) == other.observation(NOW)


def test_what_is_measured_is_the_truth() -> None:
    told = SERVICE.observation(NOW, 24)["hourly"]
    truth = SERVICE.truth(hours(NOW - 24 * HOUR, 24))
    assert told["temperature_2m"][:-1] == pytest.approx(truth.temperature_c, abs=0.051)
    assert told["shortwave_radiation"][1:] == pytest.approx(truth.ghi_w_m2, abs=0.51)


def test_past_and_future_join_where_the_field_began() -> None:
    told = wall_to_profile(CLOCK, 2016)
    before, after = told(np.array([NOW.timestamp() - 1, NOW.timestamp() + 1]))
    assert after - before == pytest.approx(2)
    long_ago = datetime(2025, 8, 7, 6, tzinfo=UTC)
    assert told(np.array([long_ago.timestamp()]))[0] == profile_time(long_ago, 2016).timestamp()


def test_every_hour_has_one_issue_and_one_observation(tmp_path: Path) -> None:
    post = WeatherPost(SERVICE, tmp_path, "town")
    for minutes in (0, 5, 29, 30, 31, 95):
        post.step(NOW + timedelta(minutes=minutes))
    names = sorted(path.name for path in tmp_path.rglob("*.json"))
    assert names == [
        f"{kind}_20260310T{hour}00Z.json" for kind in ("forecasts", "observations") for hour in (12, 13, 14)
    ]
    assert not list(tmp_path.rglob("*.part"))


def test_the_archive_is_written_once_for_each_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.weather_post.ARCHIVE_DAYS", 5)
    assert WeatherPost(SERVICE, tmp_path, "town").archive(NOW)
    assert not WeatherPost(SERVICE, tmp_path, "town").archive(NOW + HOUR)
    assert WeatherPost(SERVICE, tmp_path, "city").archive(NOW)
    (file,) = (tmp_path / "archive-forecasts").iterdir()
    documents = json.loads(file.read_text())
    gate = [one for one in documents if one["issued_at"] == "2026-03-05T05:00Z"]
    assert gate[0]["available_at"] == "2026-03-05T05:05Z"
    assert all(one["available_at"] <= "2026-03-10T12:30Z" for one in documents)


def test_the_archive_has_an_issue_known_at_every_gate_and_hourly_ones_of_the_last_days() -> None:
    issues = archived_issues(NOW.replace(minute=0))
    assert len({one.date() for one in issues if one.hour == 5}) == ARCHIVE_DAYS + 1
    assert set(np.diff([one.timestamp() for one in issues[-72:]])) == {3600.0}
    assert max(issues) == NOW.replace(minute=0) - HOUR


def service_of(scenario: str) -> WeatherService:
    """Of a field that began a day ago."""
    field = Field(town(), started_at=NOW - 24 * HOUR, scenario=scenario)
    told = wall_to_profile(field.clock, field.world.profiles.year)
    return WeatherService(town(), 1, told, Scene(field.clock.started_at.timestamp(), field.scenario.weather.changed))


def test_a_heatwave_is_measured_and_forecast_from_its_begin_on_and_not_before() -> None:
    told, began = service_of("heatwave"), NOW - 24 * HOUR
    measured = np.array(told.observation(NOW, 48)["hourly"]["temperature_2m"][:-1])
    assert measured[:24].max() < 20
    assert measured[24:].max() > 38
    forecast = told.forecast(began)["hourly"]["temperature_2m"][:24]
    assert np.max(forecast) == pytest.approx(measured[24:].max(), abs=3)
    truth = told.truth(hours(began, 48))
    assert (truth.ghi_w_m2 <= 1.03 * truth.clear_sky_w_m2 + 1).all()
    assert truth.ghi_w_m2.sum() > 0.9 * truth.clear_sky_w_m2.sum()


def test_a_storm_blows_under_a_dark_sky() -> None:
    told, day = service_of("storm"), hours(NOW, 24)
    storm, usual = told.truth(day), told.climate.at(told._profile_time(day))
    assert usual.wind_speed_100m_m_s.max() < 10 < storm.wind_speed_100m_m_s.min()
    assert storm.ghi_w_m2.sum() < 0.3 * storm.clear_sky_w_m2.sum()


def test_without_a_scenario_the_weather_is_that_of_the_case() -> None:
    usual = WeatherService(town(), 1, service_of("normal")._profile_time)
    assert service_of("normal").forecast(NOW) == usual.forecast(NOW)
