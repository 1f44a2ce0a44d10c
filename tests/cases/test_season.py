from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.cases.season import profile_time

INSTANTS = st.integers(0, 60 * 366 * 86_400).map(lambda s: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@given(INSTANTS, st.integers(2005, 2030))
def test_week_weekday_and_time_of_day_stay(wall: datetime, year: int) -> None:
    played = profile_time(wall, year)
    assert played.timetz() == wall.timetz()
    assert played.isocalendar()[1:] == (min(wall.isocalendar()[1], 52), wall.isocalendar()[2])
    assert played.isocalendar()[0] == year


@given(INSTANTS, st.integers(2005, 2030))
def test_within_a_week_it_runs_as_the_wall_clock_does(wall: datetime, year: int) -> None:
    monday = wall.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=wall.weekday())
    assert profile_time(wall, year) - profile_time(monday, year) == wall - monday


def test_a_53rd_week_is_played_as_the_52nd() -> None:
    wall = datetime(2026, 12, 31, 7, tzinfo=UTC)  # Thursday of week 53
    assert profile_time(wall, 2016) == profile_time(wall - timedelta(weeks=1), 2016)


def test_the_time_of_day_is_of_utc() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert profile_time(noon, 2016) == datetime(2016, 7, 6, 10, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        profile_time(datetime(2026, 7, 1, tzinfo=UTC).replace(tzinfo=None), 2016)
