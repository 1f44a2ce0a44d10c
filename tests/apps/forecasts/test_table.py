from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.forecasts.adapters.table import Unreadable, Wanted, read_table
from tests.apps.forecasts.files import instants, rhythm, series, utc, wall, write

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize("step_min", [5, 15, 30, 60, 1440])
def test_the_resolution_is_that_of_most_rows(tmp_path: Path, step_min: int) -> None:
    table = read_table(series(tmp_path / "a.csv", 40, step_min), Wanted("load"))

    assert table.record.clock.step_s == 60 * step_min
    assert len(table.record.target) == 40 * 1440 // step_min
    assert table.notes == ()


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    plain = read_table(series(tmp_path / "a.csv", 3), Wanted("load")).record
    packed = read_table(series(tmp_path / "a.csv.gz", 3), Wanted("load")).record

    np.testing.assert_array_equal(plain.target, packed.target)


def test_rows_in_any_order_and_doubled_times_are_put_right_and_told(tmp_path: Path) -> None:
    at = instants(2)
    values = np.arange(48.0)
    order = [*reversed(range(48)), 0]
    path = write(tmp_path / "a.csv", utc([at[k] for k in order]), {"load": np.r_[values[order[:-1]], 10.0]})

    table = read_table(path, Wanted("load"))

    np.testing.assert_array_equal(table.record.target[1:], values[1:])
    assert table.record.target[0] == 5.0
    assert any("order of time" in note for note in table.notes)
    assert any("mean was taken" in note for note in table.notes)


@pytest.mark.parametrize("step_min", [15, 60])
def test_the_doubled_and_the_skipped_hour_of_a_local_clock_are_known_by_the_order_of_rows(
    tmp_path: Path, step_min: int
) -> None:
    for begin in (datetime(2024, 3, 29, 23, tzinfo=UTC), datetime(2024, 10, 25, 22, tzinfo=UTC)):
        at = instants(4, step_min, begin)
        path = write(tmp_path / "a.csv", wall(at, BERLIN), {"load": np.arange(float(len(at)))})

        table = read_table(path, Wanted("load", zone=ZoneInfo(BERLIN)))

        assert table.notes == ()
        np.testing.assert_array_equal(table.record.target, np.arange(len(at)))


def test_days_of_a_local_clock_stay_days_when_it_changes(tmp_path: Path) -> None:
    days = [f"2024-{month:02d}-{day:02d}" for month in (3, 4) for day in range(1, 31)]
    path = write(tmp_path / "a.csv", days, {"load": np.arange(60.0)})

    record = read_table(path, Wanted("load", zone=ZoneInfo(BERLIN))).record

    assert len(record.target) == 61
    assert np.flatnonzero(np.isnan(record.target)).tolist() == [30]
    assert record.clock.weekday[:4].tolist() == [4, 5, 6, 0]
    assert record.clock.before(np.array([40]), 7).tolist() == [33]


def test_a_coarser_step_is_laid_on_the_clock(tmp_path: Path) -> None:
    at = instants(2, 10, datetime(2024, 1, 1, 0, 20, tzinfo=UTC))
    path = write(tmp_path / "a.csv", utc(at), {"load": np.ones(len(at))})

    record = read_table(path, Wanted("load", step_s=1800)).record

    assert record.clock.second_of_day[0] == 0
    assert np.isfinite(record.target).all()


def test_times_that_tell_the_end_of_their_step_are_moved_to_its_begin(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", 3)

    begins = read_table(path, Wanted("load")).record.clock.start_s
    ends = read_table(path, Wanted("load", stamps_end=True)).record.clock.start_s

    assert begins - ends == 3600


def test_other_ways_to_write_numbers_and_days_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("tag;last\n" + "".join(f"{day:02d}.01.2024;{day},5\n" for day in range(1, 29)))

    record = read_table(path, Wanted("last")).record

    assert record.target.tolist() == [day + 0.5 for day in range(1, 29)]
    assert record.clock.step_s == 86_400


def test_gaps_are_told_and_stay_gaps(tmp_path: Path) -> None:
    at = instants(10)
    kept = [one for number, one in enumerate(at) if number % 10 > 2]
    path = write(tmp_path / "a.csv", utc(kept), {"load": rhythm(kept)})

    table = read_table(path, Wanted("load"))

    assert len(table.record.target) == len(at) - 3
    assert any("have no value" in note for note in table.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,load\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,x7\n", ["row 3", "column load", "'x7'", "leave empty"]),
        ("time,load\n2024-01-01T00:00Z,1\nyesterday,2\n", ["row 3", "column time", "'yesterday'", "write 2024"]),
        ("time,load\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,inf\n", ["row 3", "column load", "'inf'"]),
        ("time,load\n2024-01-01T00:00Z,1\n2024-01-01 01:00,2\n", ["row 3", "column time", "offset"]),
        ("time,power\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n", ["no column load", "power"]),
        ("time,load\n2024-01-01T00:00Z,\n2024-01-01T01:00Z,\n", ["column load", "no row holds a number"]),
        ("time,load\n2024-01-01T00:00Z,1\n", ["1 rows"]),
        ("time,load\n0,1\n3600,2\n", ["time", "number and no time"]),
        ("time,load\n2024-01-01T00:00Z,1\n2024-01-01T00:00Z,2\n", ["several series", "--only"]),
        ("time,load\n2024-01-01T00:00Z,1\n2024-01-01T00:07Z,2\n2024-01-01T00:14Z,2\n", ["420 s", "--resolution"]),
        ("", ["no CSV"]),
    ],
)
def test_what_cannot_be_read_is_named_with_row_column_and_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)

    with pytest.raises(Unreadable) as refused:
        read_table(path, Wanted("load"))

    for word in words:
        assert word in str(refused.value)


def test_a_file_that_is_none_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no such file"):
        read_table(tmp_path / "none.csv", Wanted("load"))
    (tmp_path / "b.csv.gz").write_bytes(b"time,load")
    with pytest.raises(Unreadable, match="no CSV"):
        read_table(tmp_path / "b.csv.gz", Wanted("load"))


def test_one_of_several_series_is_chosen(tmp_path: Path) -> None:
    at = instants(2)
    path = write(tmp_path / "a.csv", utc([*at, *at]), {"load": np.arange(96.0), "zone": [1] * 48 + [2] * 48})

    assert read_table(path, Wanted("load", only=("zone", "2"))).record.target[0] == 48
    with pytest.raises(Unreadable, match="there are: 1, 2"):
        read_table(path, Wanted("load", only=("zone", "3")))


HOURS = [f"2024-01-01T{hour:02d}:00" for hour in range(24)]


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("time,load", [f'{time},"{1000 + hour:,.1f}"' for hour, time in enumerate(HOURS)]),
        ("time;load", [f"{time};1.0{hour:02d},0" for hour, time in enumerate(HOURS)]),
        ('"time"|"load"', [f'"{time}"|"{1000 + hour}"' for hour, time in enumerate(HOURS)]),
        ("time\tload", [f"{time}\t1 0{hour:02d}" for hour, time in enumerate(HOURS)]),
        ("ts,load", [f"{1_704_067_200 + 3600 * hour},{1000 + hour}" for hour in range(24)]),
        ("ts,load", [f"{1_704_067_200_000 + 3_600_000 * hour},{1000 + hour}" for hour in range(24)]),
        ("time,load", [f"20240101{hour:02d}00,{1000 + hour}" for hour in range(24)]),
        ("time,load", [f"20240101{hour:02d},{1000 + hour}" for hour in range(24)]),
        ("time,load", [f"{time}+00:00,{1000 + hour}\n" for hour, time in enumerate(HOURS)]),
        ("time,load", [f"{time}:{hour % 5 * 7:02d},{1000 + hour}" for hour, time in enumerate(HOURS)]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_same_series_is_read_however_it_is_written(
    tmp_path: Path, head: str, rows: list[str], encoding: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)

    record = read_table(path, Wanted("load")).record

    assert (record.clock.start_s, record.clock.step_s) == (1_704_067_200, 3600)
    assert record.target.tolist() == [1000.0 + hour for hour in range(24)]


def test_letters_of_windows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"Zeit";"Größe, MW"\n' + "".join(f"{time};{2}\n" for time in HOURS), encoding="cp1252")

    assert len(read_table(path, Wanted("Größe, MW")).record.target) == 24


def test_rows_are_told_by_their_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,load,zone\n2024-01-01,1,a\n\n2024-01-01,1,b\n2024-01-02,1,a\n2024-01-03,x,b\n")

    with pytest.raises(Unreadable, match="row 6, column load"):
        read_table(path, Wanted("load", only=("zone", "b")))


def test_a_year_that_is_wrong_and_a_row_that_is_too_long_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{time},1" for time in HOURS]
    path.write_text("\n".join(["time,load", *lines, "1924-01-01T00:00,1"]) + "\n")
    with pytest.raises(Unreadable, match="row 26, column time: '1924"):
        read_table(path, Wanted("load"))

    path.write_text("\n".join(["time,load", *lines, "2024-01-02T00:00,1,5"]) + "\n")
    with pytest.raises(Unreadable, match="row 26 has 3 fields"):
        read_table(path, Wanted("load"))


def test_a_column_of_times_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", 3)

    with pytest.raises(Unreadable, match="no column when"):
        read_table(path, Wanted("load", time="when"))
