"""Commands and files: what they take, and what they say to what is wrong."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from apps.forecasts.adapters.panels import clock_of
from apps.forecasts.models import CalendarDay, Regressor, Series
from apps.forecasts.selectors.ahead import known_ahead
from apps.forecasts.selectors.inputs import active_series, history_of, zone
from apps.forecasts.selectors.matrix import matrix
from apps.forecasts.services.calendar import sync_holidays
from gridops import environment
from tests.factories.histories import NOW, small_grid

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refused(command: str, *arguments: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(command, *arguments, stdout=out, stderr=out)
    return f"{out.getvalue()}{refusal.value}"


@pytest.fixture
def file(tmp_path: Path):
    def written(text: str) -> str:
        path = tmp_path / "given.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def known(series: Series, day: date) -> np.ndarray:
    return matrix([series.pk], first=day, days=1)[0]


def test_a_wide_file_of_five_minutes_becomes_quarter_hours(file) -> None:
    grid = small_grid()
    rows = [f"2026-03-01T00:{minute:02d}:00Z,{minute},7" for minute in range(0, 30, 5)]
    told = run("import_history", file("time,works,North F01\n" + "\n".join(rows)))
    assert "4 quarter hours of 2 series" in told
    assert list(known(grid["works"], date(2026, 3, 1))[:2]) == [5.0, 20.0]


def test_a_long_file_of_hours_in_local_time_over_the_change_to_summer_time(file) -> None:
    grid = small_grid()
    rows = [f"2026-03-29 {hour:02d}:00,station/net_load,{hour}" for hour in (0, 1, 3, 4)]  # two o'clock is left out
    run("import_history", file("time,series,value\n" + "\n".join(rows)), "--zone", "Europe/Berlin")
    at_midnight = known(grid["station"], date(2026, 3, 29))
    assert list(at_midnight[:12:4]) == [1.0, 3.0, 4.0]
    assert known(grid["station"], date(2026, 3, 28))[-4:].tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("time,works\n2026-03-01T00:00Z,12a", ["row 2", "'works'", "no number"]),
        ("time,works\nyesterday,12", ["row 2", "'time'", "2026-01-31T12:00:00Z"]),
        ("time,nobody\n2026-03-01T00:00Z,12", ["column 'nobody'", "not known"]),
        ("when,works\n2026-03-01T00:00Z,12", ["row 1", "'time'"]),
        ("time,series,value\n2026-03-01T00:00Z,ghost,1", ["row 2", "'ghost'"]),
        ("time,works\n", ["no value"]),
        ("", ["row 1", "'time'"]),
    ],
)
def test_a_history_with_a_fault_is_refused_whole_by_row_and_column(file, text: str, named: list[str]) -> None:
    grid = small_grid()
    told = refused("import_history", file(text))
    assert all(word in told for word in named), told
    assert np.isnan(known(grid["works"], date(2026, 3, 1))).all()


def test_files_and_zones_that_do_not_exist_are_said(file) -> None:
    assert "cannot be read" in refused("import_history", "/nowhere.csv")
    assert "cannot be read" in refused("import_calendar", "/nowhere.csv")
    assert "--zone" in refused("import_history", file("time,works\n"), "--zone", "Mars/Olympus")
    assert "--days" in refused("seed_history", "--days", "0")
    assert "import_network" in refused("seed_history")


def test_days_and_factors_come_from_files_and_again_change_nothing(file) -> None:
    text = "day,kind,name,value\n2026-06-20,event,Marathon,\n2026-07-01,school,Summer holidays,1\n"
    assert "2 days" in run("import_calendar", file(text))
    run("import_calendar", file(text))
    assert CalendarDay.objects.count() == 2
    assert "1 values" in run("import_calendar", file("day,factor,value,known_at\n2026-06-01,output,97.5,2026-06-10\n"))
    assert Regressor.objects.get().known_at == datetime(2026, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("day,kind\n1st of May,event", ["row 2", "'day'", "2026-01-31"]),
        ("day,kind,value\n2026-05-01,event,much", ["row 2", "'value'"]),
        ("day,name\n2026-05-01,Fair", ["'kind'"]),
        ("day,factor,value\n2026-05-01,output,", ["row 2", "'value'"]),
        ("day,factor,value,known_at\n2026-05-01,output,3,soon", ["row 2", "'known_at'"]),
        ("day,kind\n", ["no day"]),
    ],
)
def test_a_calendar_with_a_fault_is_refused_whole(file, text: str, named: list[str]) -> None:
    told = refused("import_calendar", file(text))
    assert all(word in told for word in named), told
    assert not CalendarDay.objects.exists()
    assert not Regressor.objects.exists()


def test_public_holidays_of_the_country_come_once_and_leave_what_a_person_named() -> None:
    CalendarDay.objects.create(day=date(2026, 12, 25), name="Our own name")
    with override_settings(COUNTRY="DE-NI"):
        assert sync_holidays(as_of=NOW) > 50
        assert sync_holidays(as_of=NOW) == 0
    assert CalendarDay.objects.get(day=date(2026, 12, 25)).name == "Our own name"
    assert CalendarDay.objects.filter(day=date(2026, 10, 31)).exists()  # of this part of the country


@pytest.mark.parametrize("wrong", ["XX", "Mars", "DE-XX"])
def test_a_country_that_nobody_knows_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("GRIDOPS_COUNTRY", wrong)
    with pytest.raises(ImproperlyConfigured, match="GRIDOPS_COUNTRY"):
        environment.country("GRIDOPS_COUNTRY", "DE")


def test_a_factor_counts_from_when_it_was_known_and_an_event_on_its_local_day() -> None:
    small_grid()
    CalendarDay.objects.create(day=NOW.date(), kind="event", name="Fair", value=2)
    for day, value, known_at in ((40, 5.0, 30), (10, 6.0, 5), (2, 7.0, -1)):
        at = NOW - timedelta(days=known_at)
        Regressor.objects.create(name="output", day=NOW.date() - timedelta(day), value=value, known_at=at)
    history = history_of(active_series(), days=60, as_of=NOW)
    clock = clock_of(history.first, 65, zone(), frozenset())
    found = known_ahead(history, clock.local_day, as_of=NOW)
    assert found.names == ("calendar_event", "factor_output")
    noon = np.arange(48, clock.size, 96)
    assert found.values[0, noon, 0].tolist() == [2.0 if day == 60 else 0.0 for day in range(65)]
    factor = found.values[0, noon, 1]
    assert np.isnan(factor[:30]).all()
    assert factor[[30, 54, 55, 60]].tolist() == [5.0, 5.0, 6.0, 6.0]
