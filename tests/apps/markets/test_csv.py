from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.markets.adapters.files import parse_file
from apps.markets.adapters.parsed import MOST_BYTES, MOST_TOLD, Defaults, FileRefused, ParsedFile, ParsedSeries
from apps.markets.choices import FileFormat, Product

BERLIN = ZoneInfo("Europe/Berlin")
DEFAULTS = Defaults(lambda _: BERLIN, "TOWN")
DAY = datetime(2026, 3, 10, tzinfo=UTC)


def read(text: str | bytes, defaults: Defaults = DEFAULTS) -> ParsedFile:
    return parse_file(text if isinstance(text, bytes) else text.encode(), FileFormat.CSV, defaults)


def one(text: str | bytes) -> ParsedSeries:
    (found,) = read(text).series
    return found


def refusal(text: str | bytes, defaults: Defaults = DEFAULTS) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        read(text, defaults)
    return caught.value.problems


def test_times_with_their_offset_and_prices_with_points() -> None:
    found = one("time,price,zone,resolution\n2026-03-10T00:00Z,12.5,10Y,PT60M\n2026-03-10T02:00+01:00,-3,10Y,PT60M\n")
    assert (found.key.zone, found.key.step_s, found.key.unit) == ("10Y", 3600, "EUR/MWh")
    assert (found.starts_at, found.values.tolist()) == (DAY, [12.5, -3.0])


def test_semicolons_decimal_commas_and_dates_by_the_local_clock() -> None:
    found = one("Time;Price\n10.03.2026 01:00;1.012,50\n10.03.2026 01:15;-0,5\n")
    assert (found.starts_at, found.key.step_s, found.values.tolist()) == (DAY, 900, [1012.5, -0.5])


def test_a_file_that_a_spreadsheet_saved_as_utf_16_with_tabs() -> None:
    assert one("time\tprice\n2026-03-10 01:00\t1,5\n2026-03-10 02:00\t2\n".encode("utf-16")).values.tolist() == [1.5, 2]


def local_night(begin: datetime, hours: int, minutes: int) -> list[str]:
    steps = (begin + timedelta(minutes=minutes * n) for n in range(hours * 60 // minutes))
    return [f"{step.astimezone(BERLIN):%Y-%m-%d %H:%M}" for step in steps]


@pytest.mark.parametrize(
    ("begin", "hours"), [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)]
)
@pytest.mark.parametrize("minutes", [15, 60])
def test_days_of_23_and_25_hours_by_the_local_clock(begin: datetime, hours: int, minutes: int) -> None:
    rows = [f"{at},{n}" for n, at in enumerate(local_night(begin, hours, minutes))]
    found = one("time,price\n" + "\n".join(rows))
    assert (found.starts_at, found.key.step_s) == (begin, minutes * 60)
    assert found.values.tolist() == list(range(hours * 60 // minutes))


def test_an_hour_that_the_clock_skips_is_refused_by_its_row() -> None:
    (told,) = refusal("time,price\n2026-03-29 01:00,1\n2026-03-29 02:00,2\n2026-03-29 03:00,3\n")
    assert told == "row 3, time: 2026-03-29 02:00 does not exist in Europe/Berlin: the clock skips it"


def test_a_local_hour_stands_twice_only_where_the_clock_is_put_back() -> None:
    (told,) = refusal("time,price\n2026-03-10 01:00,1\n2026-03-10 01:00,2\n")
    assert told.startswith("row 3, time: 2026-03-10 01:00 stands in the file already")


def test_rows_that_are_missing_or_empty_are_gaps_and_the_order_is_free() -> None:
    told = read("time,price,resolution\n2026-03-10T03:00Z,4,60\n2026-03-10T00:00Z,1,60\n2026-03-10T01:00Z,n/a,60\n")
    assert np.array_equal(told.series[0].values, [1, np.nan, np.nan, 4], equal_nan=True)
    assert told.notes == ["TOWN, Day-ahead price, 60 min: 2 steps have no value and stay a gap"]


@pytest.mark.parametrize(("unit", "value"), [("EUR/MWh", 250.0), ("EUR/kWh", 250_0.0), ("ct/kWh", 2500.0), ("", 250.0)])
def test_units_become_that_of_a_megawatt_hour(unit: str, value: float) -> None:
    price = {"EUR/kWh": 2.5}.get(unit, 250)
    assert one(f"time,price,unit,resolution\n2026-03-10T00:00Z,{price},{unit},PT60M\n").values[0] == pytest.approx(
        value
    )


def test_another_currency_stays_what_it_is() -> None:
    assert one("time,price,currency,resolution\n2026-03-10T00:00Z,7,nok,1h\n").key.unit == "NOK/MWh"
    assert one("time,price,unit,resolution\n2026-03-10T00:00Z,7,CHF/MWh,1h\n").key.unit == "CHF/MWh"


def test_emission_factors_come_in_the_same_form() -> None:
    told = read(
        "time,value,product,unit\n2026-03-10T00:00Z,0.4,emission_average,t/MWh\n"
        "2026-03-10T01:00Z,380,emission_average,gCO2/kWh\n2026-03-10T00:00Z,700,emission marginal,\n"
        "2026-03-10T01:00Z,720,emission-marginal,\n"
    )
    assert {found.key.product: found.values.tolist() for found in told.series} == {
        Product.EMISSION_AVERAGE: [400.0, 380.0],
        Product.EMISSION_MARGINAL: [700.0, 720.0],
    }
    assert {found.key.unit for found in told.series} == {"g/kWh"}


def test_versions_of_a_value_are_told_apart_by_since_when_they_were_known() -> None:
    told = read(
        "time,price,resolution,known_at\n2026-03-10T00:00Z,1,60,2026-03-09T12:00Z\n"
        "2026-03-10T00:00Z,2,60,2026-03-09T15:00Z\n"
    )
    assert [(found.known_at, found.values.tolist()) for found in told.series] == [
        (datetime(2026, 3, 9, 12, tzinfo=UTC), [1.0]),
        (datetime(2026, 3, 9, 15, tzinfo=UTC), [2.0]),
    ]


def test_every_wrong_row_is_told_with_its_field_up_to_a_limit() -> None:
    problems = refusal("time,price\nlater,1\n2026-03-10T01:00Z,much\n2026-03-10T02:00Z,99999\n")
    assert [told.partition(":")[0] for told in problems] == ["row 2, time", "row 3, price", "row 4, price"]
    assert len(refusal("time,price\n" + "later,1\n" * 50)) == MOST_TOLD


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,price\n", "no row of values"),
        ("", "it is empty"),
        ("when,price\n1,2\n", "'when' is no known column"),
        ("time,zone\n1,2\n", "the column price is missing"),
        ("time,date,price\n1,2,3\n", "the column time stands twice"),
        ("time,price\n2026-03-10 01:00,12,5\n", "put semicolons between the columns"),
        ("time,price\n2026-03-10T00:00Z,1\n", "resolution: it cannot be seen"),
        ("time,price\n2026-03-10T00:00Z,1\n2026-03-10T00:07Z,1\n", "resolution: it cannot be seen"),
        ("time,price,resolution\n2026-03-10T00:00Z,1,P1D\n", "'P1D' is no resolution"),
        ("time,price,resolution\n2026-03-10T00:00Z,1,45\n", "there are 5, 10, 15, 30 and 60 minutes"),
        ("time,price,resolution\n2026-03-10T00:00Z,1,60\n2026-03-10T00:30Z,1,60\n", "do not lie on those"),
        ("time,price,resolution\n2026-03-10T00:00Z,1,60\n2026-03-10T00:00Z,2,60\n", "is told twice, 1 and 2"),
        ("time,price,product\n2026-03-10T00:00Z,1,futures\n", "product: 'futures' is not known"),
        ("time,price,unit\n2026-03-10T00:00Z,1,EUR/barrel\n", "unit: 'EUR/barrel' is not read"),
        ("time,price,currency\n2026-03-10T00:00Z,1,money\n", "currency: 'MONEY'"),
        ("time,price,known_at\n2026-03-10T00:00Z,1,2026-03-09 12:00\n", "known_at: '2026-03-09 12:00' has no offset"),
        ("time,price\n0001-01-01T00:00+14:00,1\n", "it lies outside 1990 to 2200"),
        ("time,price,resolution\n1991-01-01T00:00Z,1,5\n2150-01-01T00:00Z,1,5\n", "mend a wrong year"),
        (b"time,price\n\xff\xfe\xfa", "no UTF-8 text"),
        ("time,price\n" + "," * 20_000, "row 2: it has more than 10000 letters"),
        (b"\x1f\x8bnothing", "cannot be unpacked"),
        (b"x" * (MOST_BYTES + 1), "more than 32 MB"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str | bytes, words: str) -> None:
    assert words in refusal(text)[0]


def test_without_a_zone_the_row_is_refused() -> None:
    assert "zone: give the bidding zone" in refusal("time,price\n2026-03-10T00:00Z,1\n", Defaults(lambda _: BERLIN))[0]


def test_text_of_any_kind_is_refused_and_never_fails() -> None:
    generator = np.random.default_rng(7)
    whole = b"time;price;zone;resolution;known_at\n" + b"2026-03-10T00:00Z;1,5;10Y;PT60M;2026-03-09T12:00Z\n" * 2
    for _ in range(500):
        broken = bytearray(whole)
        for at in generator.integers(0, len(broken), 4):
            broken[at] = generator.integers(0, 256)
        try:
            read(bytes(broken))
        except FileRefused as refused:
            assert refused.problems
