import numpy as np
import pytest

from gridops.engine.flexibility.response import Told, foretold_share

STATED = (0.1, 0.3, 0.5)
NOTHING = Told(np.empty(0), np.empty(0), np.empty(0))


def _told(shares, hours=None, degrees=None):
    count = len(shares)
    given = (shares, hours if hours is not None else [18.0] * count, degrees if degrees is not None else [5.0] * count)
    return Told(*(np.array(one, dtype=float) for one in given))


def _at(told, hour=18.0, temperature_c=5.0, counts_as=2.0):
    return foretold_share(told, hour=hour, temperature_c=temperature_c, stated=STATED, counts_as=counts_as)


def test_before_any_event_what_was_stated_stands_in_the_middle():
    low, middle, high = _at(NOTHING)
    assert middle == pytest.approx(0.3)
    assert low < 0.1 and high > 0.5  # one more draw than the stated level: wider, never narrower


def test_many_alike_events_speak_for_themselves():
    low, middle, high = _at(_told([0.2] * 100))
    assert middle == pytest.approx(0.2, abs=0.003)
    assert high - low < 0.15


def test_the_stated_level_counts_as_so_many_events():
    assert _at(_told([0.2, 0.2]), counts_as=2.0)[1] == pytest.approx(0.25)
    assert _at(_told([0.2, 0.2]), counts_as=0.5)[1] == pytest.approx(0.22)


def test_later_hours_that_gave_more_are_expected_to_give_more():
    told = _told([0.1, 0.2, 0.3] * 10, hours=[16.0, 18.0, 20.0] * 10)
    assert _at(told, hour=16.0)[1] < _at(told, hour=20.0)[1] - 0.15


def test_cold_days_that_gave_more_are_expected_to_give_more():
    told = _told([0.3, 0.2, 0.1] * 10, degrees=[0.0, 5.0, 10.0] * 10)
    assert _at(told, temperature_c=0.0)[1] > _at(told, temperature_c=10.0)[1] + 0.15


def test_far_from_what_was_seen_less_is_certain():
    told = _told([0.1, 0.2, 0.3] * 3, hours=[17.0, 18.0, 19.0] * 3)
    near, far = _at(told, hour=18.0), _at(told, hour=23.0)
    assert far[2] - far[0] > near[2] - near[0]


def test_an_unknown_temperature_changes_nothing_and_an_unknown_share_is_no_event():
    told = _told([0.2, np.nan, 0.2], degrees=[np.nan, 40.0, 5.0])
    assert _at(told, temperature_c=np.nan)[1] == pytest.approx(_at(_told([0.2, 0.2]))[1])


@pytest.mark.parametrize("seed", range(5))
def test_four_of_five_events_lie_between_p10_and_p90(seed):
    rng = np.random.default_rng(seed)
    inside = []
    hours, degrees = rng.uniform(16, 20, 400), rng.uniform(-2, 12, 400)
    truth = 0.2 + 0.03 * (hours - 18) - 0.008 * (degrees - 5) + rng.normal(0, 0.03, 400)
    for n in range(20, 400):
        told = Told(truth[n - 20 : n], hours[n - 20 : n], degrees[n - 20 : n])
        low, _, high = _at(told, hour=hours[n], temperature_c=degrees[n], counts_as=0.5)
        inside.append(low <= truth[n] <= high)
    assert 0.74 < np.mean(inside) < 0.93


def test_a_statement_that_counts_as_nothing_is_refused():
    with pytest.raises(ValueError, match="more than no event"):
        _at(NOTHING, counts_as=0.0)
