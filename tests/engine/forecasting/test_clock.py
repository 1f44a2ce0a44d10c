from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gridops.engine.forecasting import Clock
from tests.engine.forecasting.series import DAY, HOUR_S, MONDAY_S

BERLIN = ZoneInfo("Europe/Berlin")
SUMMER_BEGINS_S = 1_711_846_800  # 2024-03-31 01:00 UTC
WINTER_BEGINS_S = 1_729_990_800  # 2024-10-27 01:00 UTC


def test_days_hours_and_weekdays_are_local() -> None:
    clock = Clock(MONDAY_S, HOUR_S, 48, BERLIN)

    assert clock.second_of_day[0] == HOUR_S
    assert clock.weekday[22] == 0
    assert clock.weekday[23] == 1


@pytest.mark.parametrize("begin_s", [SUMMER_BEGINS_S, WINTER_BEGINS_S])
def test_a_week_before_the_clock_showed_the_same_also_across_its_change(begin_s: int) -> None:
    clock = Clock(begin_s - 20 * DAY * HOUR_S, HOUR_S, 40 * DAY, BERLIN)
    step = np.arange(15 * DAY, 30 * DAY)

    before = clock.before(step, 7)

    shown = clock.local_s[step] - clock.local_s[before]
    assert (np.abs(shown - 7 * 86_400) > 0).sum() <= 1  # the hour that was skipped or doubled
    assert (clock.second_of_day[before] == clock.second_of_day[step]).sum() >= len(step) - 1


def test_a_holiday_lasts_its_local_day() -> None:
    clock = Clock(MONDAY_S, HOUR_S, 48, BERLIN, frozenset({date(2024, 1, 2)}))

    assert np.flatnonzero(clock.is_holiday).tolist() == [*range(23, 47)]


def test_a_leap_day_is_a_day_of_its_year() -> None:
    clock = Clock(MONDAY_S, 86_400, 366)

    assert (np.diff(clock.day_of_year) > 0).all()
    assert clock.day_of_year[-1] < 1


def test_a_step_that_does_not_divide_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide a day"):
        Clock(MONDAY_S, 7000, 10)


def test_the_first_step_at_or_after_an_instant() -> None:
    clock = Clock(MONDAY_S, HOUR_S, 10)

    assert clock.index(MONDAY_S) == 0
    assert clock.index(MONDAY_S + 1) == 1
