from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gridops.cases.season import profile_time
from gridops.simulator.clock import ProfileClock, parse_time
from gridops.simulator.field import Field
from gridops.simulator.profiles import Profiles, Unrest
from tests.simulator.town import START, town, without_profiles


def test_profile_time_runs_by_the_speed() -> None:
    clock = ProfileClock(START, datetime(2016, 3, 1, tzinfo=UTC), 60.0)
    assert clock.at(START + timedelta(seconds=30)) == datetime(2016, 3, 1, 0, 30, tzinfo=UTC)


def test_a_clock_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="negative"):
        ProfileClock(START, START, -1.0)


def test_a_time_without_an_offset_is_utc() -> None:
    assert parse_time("2016-07-01T12:00") == datetime(2016, 7, 1, 12, tzinfo=UTC)


def test_between_two_values_the_factor_is_linear() -> None:
    profiles = Profiles(town())
    at = datetime(2016, 1, 1, 6, tzinfo=UTC)
    first, middle, last = (profiles.factors(at + timedelta(minutes=m))[0][0] for m in (0, 7.5, 15))
    assert middle == pytest.approx((first + last) / 2)
    assert first != last


def test_the_year_repeats() -> None:
    profiles = Profiles(town())
    at = datetime(2016, 1, 3, 6, tzinfo=UTC)
    assert profiles.factors(at)[0] == pytest.approx(profiles.factors(at + timedelta(days=366))[0])


def test_the_start_has_the_week_the_weekday_and_the_time_of_the_wall_clock() -> None:
    assert Profiles(town()).same_season(START) == profile_time(START, 2016)


def test_a_normal_field_begins_there() -> None:
    assert Field(town(), started_at=START).clock.profile_start == profile_time(START, 2016)


def test_without_profiles_demand_peaks_in_the_evening_and_the_sun_shines_by_day() -> None:
    profiles = Profiles(without_profiles(town()))
    night, noon, evening = (profiles.factors(datetime(2016, 5, 1, hour, tzinfo=UTC))[0] for hour in (3, 12, 19))
    solar = len(town().loads)
    assert night[0] < noon[0] < evening[0]
    assert night[solar] == 0 < noon[solar]


def test_unrest_stays_around_one_and_remembers() -> None:
    unrest = Unrest(np.full(4000, 0.03), 600.0, np.random.default_rng(1))
    first, soon = unrest.step(1.0), unrest.step(6.0)
    late = [unrest.step(6000.0) for _ in range(3)][-1]
    assert np.std(late) == pytest.approx(0.03, rel=0.1)
    assert np.corrcoef(first, soon)[0, 1] > 0.95
    assert abs(np.corrcoef(first, late)[0, 1]) < 0.1
