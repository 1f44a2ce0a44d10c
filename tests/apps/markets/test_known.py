from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.markets.choices import FileFormat, FileOutcome, Product
from apps.markets.models import MarketBlock, MarketFeed, MarketSeries
from apps.markets.selectors import FALLBACK, expected, price_at, prices
from apps.markets.selectors.known import Prices
from apps.markets.services.files import take_file
from tests.factories.market_files import DAY, NOW, ZONE, document, hours, period, series
from tests.factories.markets import make_feed, make_zone, take, take_day

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def told(as_of: datetime, *, steps: int = 24, step_s: int = 3600, starts_at: datetime = DAY) -> Prices:
    return prices(zone=ZONE, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of)


def test_prices_are_not_known_before_they_came() -> None:
    take_day(make_feed(), range(24))
    assert np.isnan(told(NOW - timedelta(seconds=1)).values).all()
    assert told(NOW).values.tolist() == list(range(24))
    assert (told(NOW).known_at, told(NOW).unit) == (NOW, "EUR/MWh")


def test_a_correction_is_believed_from_when_it_came_and_what_was_known_stays() -> None:
    feed = make_feed()
    take_day(feed, range(24))
    take_day(feed, [*range(23), 999], at=LATER)
    assert told(NOW).values[-1] == 23
    assert told(LATER).values[-1] == 999
    assert MarketBlock.objects.count() == 2
    assert len(np.frombuffer(bytes(MarketBlock.objects.latest("pk").values))) == 1  # only the news is stored


def test_what_is_told_again_is_not_stored_again() -> None:
    feed = make_feed()
    assert take_day(feed, range(24)).outcome == FileOutcome.TAKEN
    assert take_day(feed, range(24), at=LATER).outcome == FileOutcome.KNOWN  # the same content
    again = document(series(period(hours(range(24)))), kind="").replace(b"<mRID>d<", b"<mRID>e<")
    assert take(feed, again, LATER).outcome == FileOutcome.KNOWN  # the same values
    assert MarketBlock.objects.count() == 1


def test_a_gap_is_told_as_a_gap_and_a_later_file_fills_it() -> None:
    feed = make_feed()
    take(feed, document(series(period({1: 10, 4: 40}, steps=4))))
    assert np.array_equal(told(NOW, steps=4).values, [10, np.nan, np.nan, 40], equal_nan=True)
    take(feed, document(series(period({2: 20, 3: 30}, steps=4))), LATER)
    assert told(LATER, steps=4).values.tolist() == [10, 20, 30, 40]


def test_a_price_holds_over_its_step_and_longer_steps_are_means() -> None:
    take(make_feed(), document(series(period(hours([10, 20, 30, 60]), minutes=15, steps=4))))
    assert told(NOW, steps=1).values.tolist() == [30]
    assert told(NOW, steps=8, step_s=450).values.tolist() == [10, 10, 20, 20, 30, 30, 60, 60]
    assert np.isnan(told(NOW, steps=2, step_s=3600).values).tolist() == [False, True]
    ten_past = DAY + timedelta(minutes=10)
    assert told(NOW, steps=1, step_s=600, starts_at=ten_past).values[0] == pytest.approx((5 * 10 + 5 * 20) / 10)


def test_the_price_of_an_interval_is_known_wholly_or_not_at_all() -> None:
    take_day(make_feed(), [10, 30])
    asked = {"zone": ZONE, "as_of": NOW}
    assert price_at(starts_at=DAY, ends_at=DAY + 2 * HOUR, **asked) == 20
    assert price_at(starts_at=DAY, ends_at=DAY + 3 * HOUR, **asked) is None
    assert price_at(starts_at=DAY, ends_at=DAY + 2 * HOUR, zone="nowhere", as_of=NOW) is None
    with pytest.raises(ValueError, match="must end after"):
        price_at(starts_at=DAY, ends_at=DAY, **asked)


def test_of_several_series_the_rank_decides_then_the_finer_and_the_rest_fills() -> None:
    tag = "classificationSequence_AttributeInstanceComponent.position"
    quarters = series(period(hours([1, 1, 1, 1]), minutes=15, steps=4))
    second = series(period(hours([7, 7, 7, 7]), steps=4), more=f"<{tag}>2</{tag}>")
    take(make_feed(), document(series(period(hours([5, 5]), steps=2)), quarters, second))
    assert told(NOW, steps=4).values.tolist() == [1, 5, 7, 7]
    MarketSeries.objects.filter(auction="2").update(rank=0)
    assert told(NOW, steps=4).values.tolist() == [7, 7, 7, 7]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    feed = make_feed()
    for day in range(6):
        take_day(feed, range(24), begin=DAY + timedelta(days=day), at=NOW + day * HOUR)
    with django_assert_num_queries(2):
        found = told(NOW + 9 * HOUR, steps=6 * 96, step_s=900)
    assert np.isfinite(found.values).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(0, 30)), min_size=1, max_size=6), st.data()
)
def test_nothing_that_came_later_is_ever_read(came: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """Each delivery holds its number as a price: what is read came by then, and is the newest that speaks."""
    MarketSeries.objects.all().delete()
    MarketFeed.objects.all().delete()
    feed = make_feed()
    for number, (first, count, hour) in enumerate(came):
        body = period(hours([number] * count), begin=DAY + first * HOUR, steps=count)
        take(feed, document(series(body)), NOW + hour * HOUR)
    at = data.draw(st.integers(-1, 31))
    values = told(NOW + at * HOUR, steps=30).values
    order = sorted(range(len(came)), key=lambda number: (came[number][2], number))
    truth = np.full(30, np.nan)
    for number in order:
        first, count, hour = came[number]
        if hour <= at:
            truth[first : first + count] = number
    assert np.array_equal(values, truth, equal_nan=True)


ARCHIVE = {"file_format": FileFormat.CSV, "is_archive": True}


def csv(*rows: str, names: str = "time,price,zone,resolution") -> bytes:
    return "\n".join([names, *rows]).encode()


def test_a_past_that_is_carried_in_was_known_when_its_day_was_published() -> None:
    make_zone()
    rows = [f"2026-01-{day:02}T{hour:02}:00+01:00,{day},{ZONE},PT60M" for day in (5, 6) for hour in range(24)]
    take(make_feed(**ARCHIVE), csv(*rows))
    sixth = datetime(2026, 1, 5, 23, tzinfo=UTC)
    gate = datetime(2026, 1, 5, 11, 45, tzinfo=UTC)  # 12:45 in Berlin
    assert np.isnan(told(gate - timedelta(seconds=1), starts_at=sixth).values).all()
    assert told(gate, starts_at=sixth).values.tolist() == [6] * 24


def test_what_corrects_the_known_is_known_when_it_is_carried_in() -> None:
    make_zone()
    archive = make_feed(**ARCHIVE)
    take(archive, csv(f"2026-01-05T00:00Z,1,{ZONE},PT60M"))
    take(archive, csv(f"2026-01-05T00:00Z,2,{ZONE},PT60M"), LATER)
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    assert told(NOW, steps=1, starts_at=begin).values.tolist() == [1]
    assert told(LATER, steps=1, starts_at=begin).values.tolist() == [2]


def test_an_archive_is_believed_since_when_it_knew_and_a_running_feed_is_not() -> None:
    rows = (
        f"2026-01-05T00:00Z,2,{ZONE},PT60M,2026-01-04T15:00Z",
        f"2026-01-05T00:00Z,1,{ZONE},PT60M,2026-01-04T12:00Z",
    )
    content = csv(*rows, names="time,price,zone,resolution,known_at")
    take(make_feed(**ARCHIVE), content)
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    found = [told(begin - hours_before * HOUR, steps=1, starts_at=begin).values[0] for hours_before in (13, 12, 9)]
    assert np.array_equal(found, [np.nan, 1, 2], equal_nan=True)
    take(make_feed("running", file_format=FileFormat.CSV), content.replace(ZONE.encode(), b"OTHER"))
    asked = {"zone": "OTHER", "starts_at": begin, "ends_at": begin + HOUR}
    assert price_at(**asked, as_of=NOW - HOUR) is None
    assert price_at(**asked, as_of=NOW) is not None


def test_without_a_price_the_same_hour_of_the_last_known_days_is_expected_and_said() -> None:
    feed = make_feed()
    for back in range(1, 10):
        begin = DAY - timedelta(days=back)
        take_day(feed, [back * 10 + hour for hour in range(24)], begin=begin, at=NOW - timedelta(days=back))
    take_day(feed, [500, 501], at=NOW)
    found = expected(zone=ZONE, starts_at=DAY, steps=24, step_s=3600, as_of=NOW)
    assert found.is_known.tolist() == [True] * 2 + [False] * 22
    assert found.values[:2].tolist() == [500, 501]
    assert found.values[2] == pytest.approx(np.mean([back * 10 + 2 for back in range(1, 8)]))
    assert found.basis == FALLBACK
    assert np.isnan(expected(zone="nowhere", starts_at=DAY, steps=2, step_s=3600, as_of=NOW).values).all()


def test_expected_hours_are_those_of_the_local_clock() -> None:
    """After the night of 25 hours the same hour of the clock stands an hour later in UTC."""
    feed = make_feed()
    make_zone()
    for day in range(21, 25):
        take_day(feed, range(24), begin=datetime(2026, 10, day - 1, 22, tzinfo=UTC), at=NOW)
    begin = datetime(2026, 10, 25, 23, tzinfo=UTC)  # the 26th
    found = expected(zone=ZONE, starts_at=begin, steps=24, step_s=3600, as_of=NOW)
    assert found.values.tolist() == list(range(24))


def test_emission_factors_are_read_alike() -> None:
    content = csv(f"2026-03-10T23:00Z,380,{ZONE},PT60M,emission_marginal", names="time,price,zone,resolution,product")
    take(make_feed(file_format=FileFormat.CSV), content)
    found = prices(zone=ZONE, starts_at=DAY, steps=4, step_s=900, as_of=NOW, product=Product.EMISSION_MARGINAL)
    assert (found.values.tolist(), found.unit) == ([380] * 4, "g/kWh")


def test_a_series_keeps_its_currency() -> None:
    feed = make_feed()
    take_day(feed, [1])
    other = document(series(period({1: 2}, steps=1)).replace("EUR", "NOK"))
    refused = take_file(feed=feed, name="other", content=other, received_at=LATER)
    assert refused.outcome == FileOutcome.REFUSED
    assert "it is stored in EUR/MWh, not in NOK/MWh" in refused.reason
    assert told(LATER, steps=1).values.tolist() == [1]


def test_many_versions_of_an_archive_ask_the_database_for_their_series_once(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_zone()
    rows = [f"2026-01-{day:02}T00:00Z,{day},{ZONE},PT60M,2025-12-{day:02}T00:00Z" for day in range(1, 21)]
    content = csv(*rows, names="time,price,zone,resolution,known_at")
    feed = make_feed(**ARCHIVE)
    with django_assert_max_num_queries(20 * 4 + 20):  # of each version: what was known, and its block in a savepoint
        take(feed, content)
