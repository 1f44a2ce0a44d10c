from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.weather.adapters.csv_long import parse
from apps.weather.adapters.files import UNPACKED_BYTES, parse_file
from apps.weather.adapters.parsed import MOST_BYTES, FileRefused
from apps.weather.choices import FileFormat, Variable

NIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HEAD = "issued_at,valid_at,location,variable,value,unit"


def rows(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def hours(variable: str, values: list[object], unit: str = "", issued: str = "2026-03-09T06:00Z") -> list[str]:
    return [f"{issued},2026-03-10T{n:02}:00Z,Airport,{variable},{value},{unit}" for n, value in enumerate(values)]


def test_rows_in_any_order_become_series_on_a_grid_with_gaps() -> None:
    lines = hours("temperature_c", [1, 2, 3, 4], "C")
    (run,) = parse(rows(lines[3], lines[0], lines[1]))
    (one,) = run.series
    assert (one.starts_at, one.step_s, run.issued_at) == (NIGHT, 3600, NIGHT - timedelta(hours=18))
    assert one.values == pytest.approx([1, 2, np.nan, 4], nan_ok=True)
    assert one.place.name == "Airport"


def test_semicolons_a_mark_of_unicode_and_empty_lines_are_read() -> None:
    text = "valid_at;latitude;longitude;variable;value\n2026-03-10T00:00+01:00;53.1;8.2;temperature_c;7\n\n"
    (run,) = parse(b"\xef\xbb\xbf" + text.encode())
    assert run.series[0].starts_at == NIGHT - timedelta(hours=1)
    assert run.issued_at is None


def test_several_issues_members_and_ends_of_steps() -> None:
    head = HEAD + ",member,stamp"
    lines = [*hours("ghi_w_m2", [0, 50], "W/m2"), *hours("ghi_w_m2", [0, 60], "W/m2", "2026-03-09T12:00Z")]
    runs = parse(rows(*[f"{line},{n // 2},end" for n, line in enumerate(lines)], head=head))
    assert [run.series[0].member for run in runs] == [0, 1]
    assert runs[0].series[0].starts_at == NIGHT - timedelta(hours=1)


def test_sums_since_the_issue_become_means_of_each_step_and_may_begin_anew() -> None:
    (run,) = parse(rows(*hours("ghi_w_m2", [360_000, 1_080_000, 180_000], "J/m2 since issue")))
    assert run.series[0].values == pytest.approx([100, 200, 50])
    (run,) = parse(rows(*hours("ghi_w_m2", [360_000, 720_000], "J/m2")))
    assert run.series[0].values == pytest.approx([100, 200])


def test_components_of_the_wind_become_speed_and_the_direction_it_blows_from() -> None:
    (run,) = parse(rows(*hours("wind_u_m_s", [3, 0, -5], "m/s"), *hours("wind_v_m_s", [4, -2, 0], "m/s")))
    found = {one.variable: one.values for one in run.series}
    assert found[Variable.WIND_SPEED_M_S] == pytest.approx([5, 2, 5])
    assert found[Variable.WIND_DIRECTION_DEG] == pytest.approx([216.87, 0, 90], abs=0.01)


ONE = hours("temperature_c", [1])[0]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "empty"),
        (rows(), "row 2: there is no row"),
        (rows(ONE, head="valid_at,variable,value"), "row 1.*location"),
        (rows(ONE, head=HEAD.replace("value", "worth")), "row 1: the column value"),
        (rows(ONE, head=HEAD + ",colour"), "row 1: 'colour'"),
        (rows(ONE, ONE), "row 3.*same variable"),
        (rows(ONE + ",7"), "row 2.*more fields"),
        (rows(ONE.replace("temperature_c", "heat")), "row 2, variable: 'heat'"),
        (rows(*hours("temperature_c", ["warm"])), "row 2, value: 'warm'"),
        (rows(*hours("temperature_c", ["inf"])), "row 2, value"),
        (rows(*hours("temperature_c", [1], "furlong")), "row 2, unit: the unit 'furlong'"),
        (rows(*hours("temperature_c", [283.15], "C")), r"row 2\[0\]: 283.15"),
        (rows(ONE.replace("2026-03-10T00:00Z", "2026-03-10T00:00")), "row 2, valid_at.*offset"),
        (rows(ONE.replace("2026-03-10T00:00Z", "10.3.2026")), "row 2, valid_at: '10.3.2026' is no time"),
        (rows(ONE, ONE.replace("T00:00Z,A", "T00:20Z,A"), ONE.replace("T00:00Z,A", "T00:50Z,A")), "steps of 1200 s"),
        (rows(ONE, ONE.replace("2026-03-10", "2126-03-10")), "row 2: a step of"),
        (rows(ONE + ",-1", head=HEAD + ",member"), "row 2, member"),
        (rows(ONE + ",middle", head=HEAD + ",stamp"), "row 2, stamp"),
        (rows(*hours("wind_u_m_s", [3])), "wind_u_m_s is told without wind_v_m_s"),
        (rows(*hours("wind_v_m_s", [3])), "wind_v_m_s is told without wind_u_m_s"),
        (rows(*hours("wind_u_m_s", [3, 4]), *hours("wind_v_m_s", [3])), "do not speak of the same times"),
        (b"\xff\xfe\x00", "byte 0"),
        (rows("2026" * 50_000), "row 2|no CSV"),
        (b"\x00" * 1000, "row 1|no CSV|empty"),
    ],
)
def test_a_bad_file_is_refused_with_its_row_and_a_remedy(content: bytes, place: str) -> None:
    with pytest.raises(FileRefused, match=place):
        parse_file(content, FileFormat.CSV, [])


def test_what_is_missing_stays_missing() -> None:
    (run,) = parse(rows(*hours("temperature_c", ["", "nan", 3])))
    assert run.series[0].values == pytest.approx([np.nan, np.nan, 3], nan_ok=True)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(FileRefused, match="32 MB"):
        parse_file(b"x" * (MOST_BYTES + 1), FileFormat.CSV, [])


def test_a_small_file_that_unfolds_into_a_huge_one_is_refused() -> None:
    import gzip

    with pytest.raises(FileRefused, match="unpacked"):
        parse_file(gzip.compress(b"0" * (UNPACKED_BYTES + 10), 9), FileFormat.CSV, [])
    whole = gzip.compress(rows(ONE))
    assert parse_file(whole, FileFormat.CSV, [])
    for broken in (whole[:-9], whole[:12] + b"junk" + whole[16:]):
        with pytest.raises(FileRefused, match="gzip"):
            parse_file(broken, FileFormat.CSV, [])


@given(st.binary(max_size=200) | st.text(max_size=100).map(rows))
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes) -> None:
    for file_format in FileFormat:
        try:
            parse_file(content, file_format, [])
        except FileRefused as refusal:
            assert ":" in str(refusal)
