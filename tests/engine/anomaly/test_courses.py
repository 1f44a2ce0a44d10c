import numpy as np
import pytest

from gridops.engine.anomaly.courses import echo, lasting_mean, lasting_median, longest, step_size, still_for
from gridops.engine.anomaly.thresholds import line_of


def test_a_single_wrong_reading_does_not_show_in_the_lasting_median() -> None:
    rest = np.zeros((20, 1))
    rest[10] = 50.0
    assert lasting_median(rest, 5).max() == 0
    rest[8:13] = 50.0
    assert lasting_median(rest, 5)[12, 0] == 50.0
    assert lasting_median(rest, 5)[9, 0] == 0  # it looks back only


def test_a_mean_holds_each_reading_within_bounds() -> None:
    rest = np.zeros((10, 1))
    rest[4] = 1000.0
    assert lasting_mean(rest, 5)[4, 0] == 1.0  # 5 spreads in 5 readings
    assert lasting_mean(rest, 5)[9, 0] == 0.0


def test_a_step_is_the_difference_to_so_many_scans_before() -> None:
    course = np.array([[0.0], [0.0], [3.0], [3.0]])
    assert step_size(course, 2)[:, 0].tolist() == [0, 0, 3, 3]


def test_stillness_counts_equal_readings_and_ends_with_a_new_one() -> None:
    values = np.array([[1.0], [1.0], [1.0], [2.0], [2.0], [np.nan], [np.nan]])
    assert still_for(values)[:, 0].tolist() == [0, 1, 2, 0, 1, 0, 0]


def test_repeated_noise_is_found_with_its_time_and_fresh_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    fresh = rng.standard_normal((600, 6))
    told = echo(fresh, window=30, least_ago=60)
    assert told.likeness.max() < 0.9
    forged = fresh.copy()
    forged[-40:, :3] = fresh[100:140, :3]
    told = echo(forged, window=30, least_ago=60)
    assert (told.likeness[:3] > 0.999).all()
    assert set(told.scans_ago[:3].tolist()) == {460}
    assert told.likeness[3:].max() < 0.9
    assert told.together > 6


def test_a_course_too_short_for_an_echo_has_none() -> None:
    assert echo(np.random.default_rng(1).standard_normal((50, 2)), window=30, least_ago=60).likeness.max() == 0


def test_maxima_are_taken_of_whole_stretches() -> None:
    assert longest(np.array([1.0, 5.0, 2.0, 3.0, 9.0]), 2).tolist() == [5.0, 3.0]


@pytest.mark.parametrize("per_day", [1.0, 0.25])
def test_an_exponential_tail_is_crossed_as_often_as_allowed(per_day: float) -> None:
    """Independent exponential values: the rate of crossings is known in closed form."""
    rng = np.random.default_rng(3)
    line = line_of(rng.exponential(1.0, 1440 * 30), scans_per_day=1440, stretch_scans=60, alarms_per_day=per_day)
    assert 1440 * np.exp(-line.threshold) == pytest.approx(per_day, rel=0.6)


def test_one_rare_event_does_not_move_the_line() -> None:
    course = np.random.default_rng(3).exponential(1.0, 1440 * 10)
    clean = line_of(course, scans_per_day=1440, stretch_scans=60, alarms_per_day=0.2)
    course[700:760] = 500.0
    assert line_of(course, scans_per_day=1440, stretch_scans=60, alarms_per_day=0.2).threshold < clean.threshold + 1.5


def test_without_enough_clean_data_there_is_no_line() -> None:
    assert np.isinf(line_of(np.ones(600), scans_per_day=1440, stretch_scans=60, alarms_per_day=1.0).threshold)
