import numpy as np
import pytest

from gridops.simulator.vens.crowd import DELAY_S, Crowd
from gridops.simulator.vens.documents import Asked, Event
from gridops.simulator.vens.orders import HIGH, MODERATE, NORMAL
from gridops.simulator.vens.town import draw_town
from tests.simulator.town import town as network

BEGIN, END = 10_000.0, 13_600.0
HOMES = 400


def _event(name="e1", *, level=HIGH, priority=1, percent=None):
    return Event(name, "p", priority, (Asked(BEGIN, END, level, percent),), frozenset({"USAGE"}))


@pytest.fixture
def crowd():
    return Crowd(draw_town(network(), 1, HOMES), 1)


def _tell(crowd, *events):
    return [crowd.learn(place, events) for place in range(HOMES)]


def test_most_do_as_they_are_told_and_some_do_not(crowd):
    _tell(crowd, _event())
    acting = (crowd.orders(BEGIN + DELAY_S[1]).level == HIGH).mean()
    assert 0.85 < acting < 0.98


def test_nobody_acts_before_the_begin_or_after_the_end(crowd):
    _tell(crowd, _event())
    assert not crowd.orders(BEGIN - 1).level.any()
    assert not crowd.orders(END).level.any()


def test_devices_take_their_time(crowd):
    _tell(crowd, _event())
    assert (crowd.orders(BEGIN + 10).level > NORMAL).sum() < (crowd.orders(BEGIN + 60).level > NORMAL).sum()


def test_an_event_that_is_shown_no_longer_is_over(crowd):
    _tell(crowd, _event())
    _tell(crowd)
    assert not crowd.orders(BEGIN + 60).level.any()


def test_the_lower_number_is_the_higher_priority(crowd):
    _tell(crowd, _event(priority=5, level=HIGH), _event("e2", priority=0, level=MODERATE))
    levels = crowd.orders(BEGIN + 60).level
    assert (levels == MODERATE).sum() > 0.85 * HOMES


def test_an_answer_does_not_change_when_it_is_asked_for_again(crowd):
    first = [one[0].is_out for one in _tell(crowd, _event())]
    _tell(crowd)
    assert _tell(crowd, _event()) == [[]] * HOMES
    again = Crowd(draw_town(network(), 1, HOMES), 1)
    assert [one[0].is_out for one in _tell(again, _event())] == first


def test_a_figure_in_percent_is_of_what_can_be_moved(crowd):
    _tell(crowd, _event(percent=-50.0))
    less = crowd.orders(BEGIN + 60).less_kw
    movable = draw_town(network(), 1, HOMES).battery_kw + draw_town(network(), 1, HOMES).process_kw
    told = np.isfinite(less)
    assert told.any()
    assert less[told] == pytest.approx(0.5 * movable[told])


def test_who_is_cold_long_enough_switches_back(crowd):
    _tell(crowd, _event())
    before = (crowd.orders(BEGIN + 60).level > NORMAL).sum()
    tired = [one for n in range(30) for one in crowd.feel(np.full(HOMES, 4.0), BEGIN + 60 + 60 * n, 60.0)]
    assert tired
    assert (crowd.orders(BEGIN + 1900).level > NORMAL).sum() == before - len(tired)
