from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.weather.adapters.files import parse_file
from apps.weather.adapters.open_meteo import parse
from apps.weather.adapters.parsed import FileRefused, ParsedSeries
from apps.weather.choices import FileFormat, Variable
from tests.factories.weather_files import MIDNIGHT, as_json, open_meteo

HOUR = timedelta(hours=1)


def series(document: Any) -> dict[Variable, ParsedSeries]:
    (run,) = parse(as_json(document))
    return {one.variable: one for one in run.series}


def hourly(units: dict[str, str] | None = None, times: list[Any] | None = None, **columns: list[Any]) -> dict[str, Any]:
    length = len(next(iter(columns.values())))
    stamps = times or open_meteo(length)["hourly"]["time"]
    return open_meteo(hourly_units=units or {}, hourly={"time": stamps, **columns})


def test_a_document_is_read_as_its_provider_means_it() -> None:
    found = series(hourly(temperature_2m=[1, 2.5, None], shortwave_radiation=[0, 100, 200]))
    assert found[Variable.TEMPERATURE_C].starts_at == MIDNIGHT
    assert found[Variable.TEMPERATURE_C].values == pytest.approx([1, 2.5, np.nan], nan_ok=True)
    # of the hour before its stamp
    assert found[Variable.GHI_W_M2].starts_at == MIDNIGHT - HOUR
    assert found[Variable.GHI_W_M2].place.latitude == 53.1


@pytest.mark.parametrize(
    ("name", "unit", "told", "meant"),
    [
        ("wind_speed_10m", None, 36.0, 10.0),  # km/h where the file does not say
        ("wind_speed_10m", "m/s", 10.0, 10.0),
        ("wind_speed_100m", "kn", 10.0, 5.1444),
        ("windspeed_10m", "mp/h", 10.0, 4.4704),
        ("temperature_2m", "°F", 50.0, 10.0),
        ("temperature_2m", "K", 283.15, 10.0),
        ("precipitation", "inch", 1.0, 25.4),
        ("snow_depth", None, 0.3, 30.0),
        ("pressure_msl", "Pa", 101_325.0, 1013.25),
        ("wind_direction_10m", "°", 360.0, 0.0),
    ],
)
def test_units_become_ours(name: str, unit: str | None, told: float, meant: float) -> None:
    (one,) = series(hourly({name: unit} if unit else None, **{name: [told, told]})).values()
    assert one.values == pytest.approx([meant, meant], abs=1e-3)


def test_local_times_of_the_file_become_utc_and_numbers_are_utc() -> None:
    local = {**open_meteo(), "utc_offset_seconds": 7200}
    assert series(local)[Variable.TEMPERATURE_C].starts_at == MIDNIGHT - 2 * HOUR
    unix = [int(MIDNIGHT.timestamp()) + n * 3600 for n in range(2)]
    assert series(hourly(times=unix, temperature_2m=[1, 2]))[Variable.TEMPERATURE_C].starts_at == MIDNIGHT


def test_quarter_hours_and_members_and_several_places_are_read() -> None:
    quarter = open_meteo(4, step_s=900)["hourly"]
    document = {**open_meteo(hourly=None), "minutely_15": {**quarter, "temperature_2m_member02": [1, 2, 3, 4]}}
    (run,) = parse(as_json([document, {**open_meteo(), "latitude": 52.0}]))
    assert sorted((one.step_s, one.member, one.place.latitude) for one in run.series) == [
        (900, 0, 53.1),
        (900, 2, 53.1),
        (3600, 0, 52.0),
    ]


def test_documents_of_several_issues_are_several_runs() -> None:
    issues = ["2026-03-09T06:00Z", "2026-03-10T06:00+01:00"]
    runs = parse(as_json([open_meteo(issued_at=one, available_at="2026-03-10T07:00Z") for one in issues]))
    assert [run.issued_at for run in runs] == [
        datetime(2026, 3, 9, 6, tzinfo=UTC),
        datetime(2026, 3, 10, 5, tzinfo=UTC),
    ]
    assert runs[0].available_at == datetime(2026, 3, 10, 7, tzinfo=UTC)


SPRING = ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T03:00"]
AUTUMN = ["2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T02:00"]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (hourly(times=SPRING, temperature_2m=[1, 2, 3]), r"hourly.time\[2\]"),
        (hourly(times=AUTUMN, temperature_2m=[1, 2, 3]), r"hourly.time\[2\]"),
        (hourly(times=["2026-03-10T01:00", "2026-03-10T00:00"], temperature_2m=[1, 2]), r"hourly.time\[1\].*rising"),
        (hourly(times=["soon", "later"], temperature_2m=[1, 2]), r"hourly.time\[0\]: 'soon'"),
        (hourly(times=[0.5, 1.5], temperature_2m=[1, 2]), r"hourly.time\[0\]"),
        (hourly({"temperature_2m": "bananas"}, temperature_2m=[1, 2]), r"hourly_units.temperature_2m.*bananas"),
        (hourly({"temperature_2m": 7}, temperature_2m=[1, 2]), r"hourly_units.temperature_2m"),
        (hourly(temperature_2m=[283.15, 284.0]), r"hourly.temperature_2m\[0\]: 283.15.*unit"),
        (hourly(temperature_2m=[1, "x"]), r"hourly.temperature_2m\[1\]: 'x'"),
        (hourly(temperature_2m=[1, True]), r"hourly.temperature_2m\[1\]"),
        (hourly(temperature_2m=[1e300, 10**4]), r"no possible value"),
        (open_meteo(hourly={"time": ["2026-03-10T00:00"], "temperature_2m": [1, 2]}), "one value for each of the 1"),
        (open_meteo(hourly={"time": [], "temperature_2m": []}), "list of times"),
        (open_meteo(hourly=[]), "list of times"),
        (open_meteo(hourly=None), "no variable that is known"),
        (hourly(soil_moisture=[1, 2]), "no variable that is known"),
        (open_meteo(latitude=None), "latitude.*no coordinate"),
        (open_meteo(longitude=1e9), "longitude.*no coordinate"),
        (open_meteo(utc_offset_seconds="CET"), "utc_offset_seconds"),
        (open_meteo(issued_at="2026-03-10T06:00"), "issued_at.*offset"),
        (open_meteo(issued_at="0001-01-01T00:00+14:00"), "issued_at"),
        ({"error": True, "reason": "Daily API request limit exceeded."}, "limit exceeded"),
        ([], "0 documents"),
        (7, "no object"),
        ("text", "no object"),
    ],
)
def test_a_bad_document_is_refused_with_its_place_and_a_remedy(document: Any, place: str) -> None:
    with pytest.raises(FileRefused, match=place):
        parse(as_json(document))


@pytest.mark.parametrize(
    "content", [b"{", b"", b"\xff\xfe", b'{"hourly": NaN}', b"[" * 100_000, as_json(open_meteo())[:-20]]
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="JSON"):
        parse(content)


def test_too_many_instants_are_refused() -> None:
    times = [n * 3600 for n in range(20_001)]
    with pytest.raises(FileRefused, match="cut the file"):
        parse(as_json(hourly(times=times, temperature_2m=[1] * len(times))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*open_meteo(), "minutely_15", "issued_at", "location"]), JSON)
def test_whatever_stands_in_a_field_is_read_or_refused(name: str, value: Any) -> None:
    _read_or_refused({**open_meteo(), name: value})


@given(st.sampled_from(["time", "temperature_2m", "wind_speed_10m"]), JSON, st.integers(0, 3))
def test_whatever_stands_in_a_column_is_read_or_refused(name: str, value: Any, place: int) -> None:
    document = open_meteo()
    column = list(document["hourly"].get(name, [1, 2, 3, 4]))
    column[place] = value
    _read_or_refused({**document, "hourly": {**document["hourly"], name: column}})


def _read_or_refused(document: Any) -> None:
    try:
        parse_file(as_json(document), FileFormat.OPEN_METEO, [])
    except FileRefused as refusal:
        assert ":" in str(refusal)
