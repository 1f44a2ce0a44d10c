from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.markets.adapters.files import parse_file
from apps.markets.adapters.parsed import Defaults, FileRefused, ParsedFile
from apps.markets.adapters.xml_tree import DEEPEST
from apps.markets.choices import FileFormat, Product
from tests.factories.market_files import (
    DAY,
    NEW,
    OLD,
    ZONE,
    acknowledgement,
    day_document,
    document,
    hours,
    period,
    series,
)

DEFAULTS = Defaults(lambda _: ZoneInfo("Europe/Berlin"))


def read(content: bytes) -> ParsedFile:
    return parse_file(content, FileFormat.ENTSOE_XML, DEFAULTS)


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read(content)
    return str(caught.value)


@pytest.mark.parametrize("namespace", [NEW, OLD, "urn:some:other:version"])
def test_a_day_of_hours_is_read_whatever_the_version_of_its_namespace(namespace: str) -> None:
    prices = [round(40 + 3.5 * n, 2) for n in range(24)]
    (found,) = read(document(series(period(hours(prices))), namespace=namespace)).series
    assert (found.key.zone, found.key.product, found.key.step_s, found.key.unit) == (
        ZONE,
        Product.DAY_AHEAD,
        3600,
        "EUR/MWh",
    )
    assert found.starts_at == DAY
    assert found.values.tolist() == prices
    assert found.published_at == datetime(2026, 3, 10, 11, 57, 3, tzinfo=UTC)


def test_points_left_out_of_a_variable_curve_repeat_the_one_before_up_to_the_end() -> None:
    told = read(document(series(period({1: 10, 3: 30, 4: -5.5}, steps=6), curve="A03")))
    assert told.series[0].values.tolist() == [10, 10, 30, -5.5, -5.5, -5.5]
    assert "3 points that are left out" in told.notes[0]


def test_points_left_out_of_a_fixed_curve_are_a_gap() -> None:
    told = read(document(series(period({1: 10, 3: 30}, steps=4), curve="A01")))
    assert np.array_equal(told.series[0].values, [10, np.nan, 30, np.nan], equal_nan=True)
    assert "2 steps have no price" in told.notes[0]


def test_a_variable_curve_does_not_know_what_comes_before_its_first_point() -> None:
    told = read(document(series(period({2: 20}, steps=3), curve="A03")))
    assert np.array_equal(told.series[0].values, [np.nan, 20, 20], equal_nan=True)


def test_a_variable_curve_ends_with_its_period_and_the_next_begins_anew() -> None:
    first = period({1: 10}, steps=2)
    second = period({2: 50}, begin=DAY + timedelta(hours=2), steps=2)
    (found,) = read(document(series(first, second, curve="A03"))).series
    assert np.array_equal(found.values, [10, 10, np.nan, 50], equal_nan=True)


def test_mixed_resolutions_and_auctions_become_series_of_their_own() -> None:
    tag = "classificationSequence_AttributeInstanceComponent.position"
    quarters = period(hours(range(96)), minutes=15, steps=96)
    told = read(
        document(
            series(period(hours(range(24)))),
            series(quarters),
            series(quarters, more=f"<{tag}>2</{tag}>"),
        )
    )
    assert [(one.key.step_s, one.key.auction) for one in told.series] == [(3600, ""), (900, ""), (900, "2")]
    assert [len(one.values) for one in told.series] == [24, 96, 96]


def test_a_hole_between_periods_is_a_gap() -> None:
    later = period(hours([5, 6]), begin=DAY + timedelta(hours=4), steps=2)
    (found,) = read(document(series(period(hours([1, 2]), steps=2), later))).series
    assert np.array_equal(found.values, [1, 2, np.nan, np.nan, 5, 6], equal_nan=True)


@pytest.mark.parametrize(
    ("steps", "begin"), [(23, datetime(2026, 3, 28, 23, tzinfo=UTC)), (25, datetime(2026, 10, 24, 22, tzinfo=UTC))]
)
def test_days_of_23_and_25_hours_are_whole(steps: int, begin: datetime) -> None:
    (found,) = read(day_document(list(range(steps)), begin=begin)).series
    assert len(found.values) == steps
    assert found.ends_at.astimezone(ZoneInfo("Europe/Berlin")).hour == 0


def test_intraday_prices_are_told_apart_by_their_contract() -> None:
    more = "<contract_MarketAgreement.type>A07</contract_MarketAgreement.type>"
    assert read(document(series(period({1: 1}, steps=1), more=more))).series[0].key.product is Product.INTRADAY


def test_the_same_told_twice_is_taken_once_and_a_contradiction_is_refused() -> None:
    assert len(read(document(series(period({1: 1}, steps=1)), series(period({1: 1}, steps=1)))).series) == 1
    told = refusal(document(series(period({1: 1}, steps=1)), series(period({1: 2}, steps=1))))
    assert "2026-03-10 23:00 UTC is told twice, 1 and 2" in told


def test_a_refusal_of_the_provider_is_told_in_words() -> None:
    told = refusal(acknowledgement())
    assert "No matching data found (code 999)" in told
    assert "nothing is published yet" in told
    assert "see its reason" in refusal(acknowledgement("401", "Unauthorized"))


ONE = period({1: 1}, steps=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<a><b></a>", "not whole XML"),
        (b'<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>', "document type declaration"),
        (b"<a>" * (DEEPEST + 2), "more elements"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "cannot be read"),
        (b"<Balancing_MarketDocument/>", "it is a Balancing_MarketDocument"),
        (document(series(ONE), kind="A69"), "it is A69, not A44"),
        (document(), "holds no TimeSeries"),
        (document(series()), "has no Period"),
        (document(series(period({}))), "has no Point"),
        (document(series(ONE, curve="A02")), "curveType: A02"),
        (document(series(ONE).replace(ZONE, "10YELSE", 1)), "of the border"),
        (document(series(ONE, zone="")), "no zone is told"),
        (document(series(ONE).replace("MWH", "KWH")), "price_Measure_Unit.name"),
        (document(series(ONE).replace("EUR", "money")), "currency_Unit.name"),
        (document(series(ONE.replace("PT60M", "P1D"))), "resolution: 'P1D'"),
        (document(series(ONE.replace("PT60M", ""))), "resolution: ''"),
        (document(series(ONE.replace("2026-03-10T23:00Z", "soon"))), "timeInterval, start: 'soon'"),
        (document(series(ONE.replace("2026-03-10T23:00Z", "2026-03-10T23:20Z"))), "no whole number of steps"),
        (document(series(ONE.replace("2026-03-10T23:00Z", "0001-01-01T00:00+14:00"))), "timeInterval, start"),
        (document(series(period({2: 1}, steps=1))), "position: '2' is none of 1 to 1"),
        (document(series(period({1: "dear"}, steps=1))), "price.amount: 'dear' is no number"),
        (document(series(period({1: "nan"}, steps=1))), "price.amount: 'nan' is no number"),
        (document(series(period({1: "1e9"}, steps=1))), "no possible value"),
        (document(series(ONE, more="<contract_MarketAgreement.type>A06</contract_MarketAgreement.type>")), "A06"),
        (document(series(ONE)).replace(b"2026-03-10T11:57:03Z", b"noon"), "createdDateTime"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_bytes_of_any_kind_are_refused_and_never_fail() -> None:
    generator = np.random.default_rng(7)
    whole = document(series(period(hours(range(24)), steps=24), curve="A03"))
    for _ in range(300):
        broken = bytearray(whole)
        for at in generator.integers(0, len(broken), 4):
            broken[at] = generator.integers(0, 256)
        try:
            read(bytes(broken))
        except FileRefused as refused:
            assert refused.problems
