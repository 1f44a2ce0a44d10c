"""Readings by CSV and Green Button, into days of the site's clock; what does not parse is told by its line."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.accounts.models import User
from apps.demand_response.adapters import espi, meter_csv
from apps.demand_response.adapters.faults import FileRefused
from apps.demand_response.adapters.readings import days_of
from apps.demand_response.choices import ImportKind, ImportState, MeterQuality, MeterSource
from apps.demand_response.models import ImportRun, MeterDay
from apps.demand_response.services.meter_folder import read_meter_folder
from tests.factories import demand
from tests.factories.demand import DAY_HEAD, NOW, day_row
from tests.factories.shared_data import shared_file

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 20)
SPAN = '<entry><content><IntervalBlock xmlns="http://naesb.org/espi">{}</IntervalBlock></content></entry>'
KIND = (
    '<entry><content><ReadingType xmlns="http://naesb.org/espi"><flowDirection>{flow}</flowDirection>'
    "<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom></ReadingType></content></entry>"
)
READING = (
    "<IntervalReading><timePeriod><duration>900</duration><start>{start}</start></timePeriod>"
    "<value>{value}</value></IntervalReading>"
)
BEGIN = int(datetime(2026, 11, 10, tzinfo=BERLIN).timestamp())


def feed(*, uom: int = 72, power: int = 0, flow: int = 1, value: str = "250", start: int = BEGIN) -> bytes:
    inner = KIND.format(flow=flow, power=power, uom=uom) + SPAN.format(READING.format(start=start, value=value))
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{inner}</feed>'.encode()


def csv(*rows: str, head: str = DAY_HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def read(content: bytes) -> meter_csv.Readings:
    return meter_csv.parse(content, zone=BERLIN, today=TODAY)


def faults(content: bytes) -> list[str]:
    found = read(content)
    days_of(found, BERLIN)
    return [str(one) for one in found.faults]


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-11-10", 96)])
def test_a_day_has_as_many_quarter_hours_as_its_clock_runs(day: str, count: int) -> None:
    (found,) = days_of(read(csv(day_row("M1", date.fromisoformat(day), count=count))), BERLIN)
    assert (len(found.kwh), found.starts_at.astimezone(BERLIN).hour) == (count, 0)
    assert f"{day} has {count} intervals of 15 minutes" in faults(csv(f"M1,{day},15,0.1 0.2"))[0]


def test_rows_by_interval_follow_the_local_clock_through_the_doubled_hour() -> None:
    times = [f"2026-10-25 {hour:02}:00" for hour in (0, 1, 2, 2, 3)]
    rows = [f"M1,{at},60,{n}" for n, at in enumerate(times)]
    (found,) = days_of(read(csv(*rows, head="usage_point,start,minutes,kwh")), BERLIN)
    assert (len(found.kwh), found.kwh[:5].tolist()) == (25, [0, 1, 2, 3, 4])


def test_a_gap_is_not_known_and_not_zero() -> None:
    (found,) = days_of(read(csv("M1,2026-11-10,60," + " ".join(["0.5", "-", *["0.5"] * 22]))), BERLIN)
    assert np.isnan(found.kwh[1])
    assert np.isfinite(found.kwh).sum() == 23


def test_what_is_fed_in_is_taken_off() -> None:
    head = "usage_point,start,minutes,kwh,fed_in_kwh"
    (found,) = days_of(read(csv("M1,2026-11-10T00:00+01:00,15,0.1,0.4", head=head)), BERLIN)
    assert found.kwh[0] == pytest.approx(-0.3)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",2026-11-10,15,1", "row 2, usage_point: it is empty"),
        ("M1,10.11.2026,15,1", "row 2, day: '10.11.2026' is no day"),
        ("M1,2026-11-10,7,1", "row 2, minutes: '7' is no length"),
        ("M1,2030-01-01,15,1", "row 2, day: 2030-01-01 is before 2000 or in the future"),
        ("M1,2026-11-10,60," + "x " * 24, "row 2, readings: 'x' is no energy in kWh"),
        ("M1,2026-11-10,60," + "1e9 " * 24, "row 2, readings: '1e9' is no energy in kWh"),
    ],
)
def test_a_row_that_does_not_parse_is_told_by_its_line(row: str, told: str) -> None:
    assert faults(csv(row))[0].startswith(told)


def test_readings_off_their_grid_and_twice_are_told_by_their_line() -> None:
    head = "usage_point,start,minutes,kwh"
    rows = ["M1,2026-11-10T00:00Z,15,1", "M1,2026-11-10T00:07Z,15,1", "M1,2026-11-10T00:00+00:00,15,2"]
    assert [told.partition(":")[0] for told in faults(csv(*rows, head=head))] == ["row 3, start", "row 4, start"]


@pytest.mark.parametrize(
    ("told", "kwh"),
    [
        ({"value": "250"}, 0.25),
        ({"value": "25", "power": 1}, 0.25),
        ({"value": "250000", "power": -3}, 0.25),
        ({"value": "1000", "uom": 38}, 0.25),
    ],
)
def test_energy_and_power_become_kwh_by_their_power_of_ten(told: dict[str, str], kwh: float) -> None:
    (day,) = days_of(espi.parse(feed(**told), usage_point="M1"), BERLIN)
    assert day.kwh[0] == pytest.approx(kwh)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (feed(uom=169), "uom: its unit"),
        (feed(flow=7), "flowDirection: 7 is not known"),
        (feed(value="many"), "value: 'many' is no whole number"),
        (feed(power=40), "powerOfTenMultiplier: 40"),
        (feed(start=BEGIN + 60), "start: it does not begin on a full 15 minutes"),
        (feed(flow=19), "only what was fed in"),
    ],
)
def test_what_cannot_be_used_of_a_feed_is_told(content: bytes, words: str) -> None:
    found = espi.parse(content, usage_point="M1")
    days_of(found, BERLIN)
    assert words in str(found.faults[0])


@pytest.mark.parametrize(
    "content",
    [
        b"<feed",
        b'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "b">]><feed>&a;</feed>',
        b"<feed></feed>",
        b"<a>" * 50 + b"</a>" * 50,
    ],
)
def test_xml_that_is_broken_or_dangerous_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        espi.parse(content)


def test_the_public_sample_of_nine_hourly_days_is_read_whole() -> None:
    folder = "greenbutton/tests/data/electricity"
    found = espi.parse(shared_file(f"{folder}/TestGBDataHourlyNineDaysBinnedDaily.xml").read_bytes(), usage_point="M1")
    assert (found.faults, sum(len(one.kwh) for one in found.points)) == ([], 216)
    yearly = espi.parse(shared_file(f"{folder}/TestGBDataOneYearDailyBinnedMonthly.xml").read_bytes(), usage_point="M1")
    assert "its interval is 86400 s long" in str(yearly.faults[0])


@pytest.mark.django_db
class TestStored:
    @pytest.fixture
    def mia(self) -> User:
        mia = demand.manager("mia")
        demand.enrolled(mia, demand.program(mia), 2)
        return mia

    def test_a_day_is_stored_and_a_later_file_fills_its_gaps(self, mia: User) -> None:
        gap = day_row("C-M000000", TODAY - timedelta(days=1)).replace("0.25", "-", 4)
        demand.imported(csv(gap), mia, None, kind=ImportKind.METER)
        assert MeterDay.objects.get().quality == MeterQuality.PARTIAL
        rest = "C-M000000,2026-11-19,15," + " ".join(["0.5"] * 4 + ["-"] * 92)
        demand.imported(csv(rest), mia, None, kind=ImportKind.METER)
        day = MeterDay.objects.get()
        assert (day.kwh[:5], day.quality, day.source) == ([0.5] * 4 + [0.25], MeterQuality.MEASURED, MeterSource.CSV)

    def test_readings_of_who_has_not_consented_are_not_taken(self, mia: User) -> None:
        run = demand.handed(csv(day_row("STRANGE", TODAY - timedelta(days=1))), mia, None, kind=ImportKind.METER)
        assert (run.state, run.problems[0]["row"]) == (ImportState.REFUSED, 2)

    def test_files_of_the_folder_are_taken_or_put_aside_with_the_reason(
        self, mia: User, settings: Any, tmp_path: Path
    ) -> None:
        settings.METER_ROOT = str(tmp_path)
        (tmp_path / "good.csv").write_bytes(csv(day_row("C-M000001", TODAY - timedelta(days=2))))
        (tmp_path / "bad.csv").write_bytes(b"nothing\n")
        for name in ("good.csv", "bad.csv"):
            os.utime(tmp_path / name, (NOW.timestamp() - 60, NOW.timestamp() - 60))
        assert read_meter_folder(as_of=NOW) == 2
        assert (tmp_path / "taken" / "good.csv").exists()
        assert "no known column" in (tmp_path / "refused" / "bad.csv.txt").read_text()
        assert {run.state for run in ImportRun.objects.filter(by=None)} == {ImportState.DONE, ImportState.REFUSED}
