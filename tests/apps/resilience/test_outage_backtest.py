"""The command on files: its figures, its columns, and a sentence for what cannot be read."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.resilience.adapters.outage_files import Wanted, read_events, read_weather, records_of

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS, AREAS = 120, ("North", "South", "East", "West")


def told(*args: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("outage_backtest", *map(str, args), "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(6)
    outages, weather = ["began_at,area,customers,cause"], ["valid_at,area,gust_m_s,precipitation_mm,temperature_c"]
    for day in range(DAYS):
        storm = rng.gamma(2, 5)
        for area in AREAS:
            gust = storm + rng.normal(5, 1)
            at = FIRST + timedelta(days=day, hours=12)
            weather.append(f"{at.isoformat()},{area},{gust:.1f},{rng.gamma(0.3, 5):.1f},8.5")
            count = rng.poisson(0.05 * np.exp(0.15 * max(gust - 8, 0)))
            outages += [f"{at.isoformat()},{area},{out},equipment" for out in rng.integers(1, 500, count)]
            outages.append(f"{at.isoformat()},{area},900,planned")
    events, told_weather = tmp_path / "events.csv", tmp_path / "weather.csv"
    events.write_text("\n".join(outages))
    told_weather.write_text("\n".join(weather))
    return events, told_weather


def test_the_figures_stand_by_lead_and_at_the_top(files: tuple[Path, Path]) -> None:
    found = told(*files)
    assert [one["lead_h"] for one in found["by_lead"]] == [24, 48, 72]
    first = found["by_lead"][0]
    assert {name: found[name] for name in ("brier", "brier_climatology", "brier_wind_rule", "calibration_error")} == {
        name: first[name] for name in ("brier", "brier_climatology", "brier_wind_rule", "calibration_error")
    }
    assert found["brier"] < found["brier_climatology"]
    assert sum(one["count"] for one in first["reliability"]) == first["rows"] == 60 * 4
    assert found["weather"] == "as measured"
    assert any("issued_at" in note for note in found["notes"])


def test_planned_work_is_not_foreseen(files: tuple[Path, Path]) -> None:
    assert told(*files)["by_lead"][0]["base_rate"] < 0.6


def test_too_few_outages_give_a_reason_and_no_figures(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    rows = [f"{(FIRST + timedelta(days=10 * n)).isoformat()},North" for n in range(12)]
    path.write_text("\n".join(["began_at,area", *rows]))
    found = told(path)
    assert found["brier"] is None
    assert found["reason"].startswith("Not fitted: 5 rows of the rarer outcome")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("began_at,customers\n2025-01-01T00:00Z,5\nyesterday,5\n", "line 3, column began_at: 'yesterday' is no time"),
        ("began_at,customers\n2025-01-01T00:00Z,5\n2025-01-02T00:00Z,many\n", "line 3, column customers: 'many'"),
        ("began_at,customers\n2025-01-01T00:00Z,5\n2025-01-02T00:00Z,-4\n", "line 3: customers are below 0"),
        ("begun,customers\n2025-01-01T00:00Z,5\n2025-01-02T00:00Z,5\n", "there is no column began_at"),
        ("began_at,cause\n2025-01-01T00:00Z,planned\n2025-01-02T00:00Z,planned\n", "no outage that was not planned"),
    ],
)
def test_a_bad_file_is_told_by_line_and_column(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=says):
        call_command("outage_backtest", str(path))


def test_weather_without_a_variable_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("valid_at,pressure\n2025-01-01T00:00Z,1\n2025-01-02T00:00Z,1\n")
    with pytest.raises(CommandError, match="none of the columns gust_m_s"):
        call_command("outage_backtest", str(files[0]), str(path))


def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("began_at\n2025-01-01T23:30Z\n2025-01-03T12:00Z\n")
    zone = ZoneInfo("Asia/Taipei")
    found = records_of(read_events(path, zone), None, Wanted(zone))
    assert found.days.counts[:, 0].tolist() == [1.0, 1.0]


def test_each_lead_reads_the_issue_that_was_known_then(tmp_path: Path) -> None:
    events, weather = tmp_path / "events.csv", tmp_path / "weather.csv"
    events.write_text("began_at,area\n2025-01-01T12:00Z,North\n2025-01-05T12:00Z,North\n")
    issues = [
        ("2025-01-02T00:00Z", 11),
        ("2025-01-03T00:00Z", 22),
        ("2025-01-04T00:00Z", 33),
        ("2025-01-04T06:00Z", 99),
    ]
    rows = [f"2025-01-04T12:00Z,{issued},North,{gust}" for issued, gust in issues]
    rows += ["2025-01-01T12:00Z,2025-01-01T00:00Z,North,5", "2025-01-05T12:00Z,2025-01-05T00:00Z,North,5"]
    weather.write_text("\n".join(["valid_at,issued_at,area,gust_m_s", *rows]))
    zone = ZoneInfo("UTC")
    found = records_of(read_events(events, zone), read_weather(weather, zone), Wanted(zone))
    assert found.weather is not None
    assert [one.gust_m_s[3, 0] for one in found.weather] == [33.0, 22.0, 11.0]
