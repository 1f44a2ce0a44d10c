"""Homes with and without calls: what a call does, what comes back, and what must not depend on how it is asked."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gridops.simulator.vens.fleet import Fleet
from gridops.simulator.vens.orders import HIGH, Orders
from gridops.simulator.vens.past import past_days
from gridops.simulator.vens.town import CLASSES, draw_town, feeder_loads
from tests.simulator.town import town as network

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 1, 20, 17, tzinfo=UTC).timestamp()
HOMES, HOUR = 60, 60


@pytest.fixture(scope="module")
def case():
    return network()


@pytest.fixture(scope="module")
def people(case):
    return draw_town(case, 1, HOMES)


@pytest.fixture(scope="module")
def called(case, people):
    """Steps of an evening: an hour before, an hour of the call, four after."""
    fleet = Fleet(case, people, seed=1, clock=BERLIN, start_s=EVENING - 3600)
    asked = Orders(np.full(HOMES, HIGH, dtype=np.int32), np.full(HOMES, np.nan))
    none = Orders.none(HOMES)
    return [fleet.step(asked if HOUR <= n < 2 * HOUR else none) for n in range(6 * HOUR)]


def _kwh(steps, first, end):
    return sum(float((one.called_kw - one.free_kw).sum()) for one in steps[first:end]) / 60


def test_homes_hang_at_consumers_of_feeders_only(case, people):
    assert set(people.load.tolist()) <= set(feeder_loads(case, 2).tolist())
    assert {case.loads[one].mrid for one in people.load} == set(people.load_mrid)


def test_the_same_seed_draws_the_same_town_and_another_seed_another(case, people):
    assert draw_town(case, 1, HOMES).devices(3) == people.devices(3)
    assert not np.array_equal(draw_town(case, 2, HOMES).base_kw, people.base_kw)


def test_each_class_is_there_in_a_small_town(people):
    assert set(people.class_of.tolist()) == set(range(len(CLASSES)))


def test_before_a_call_both_worlds_are_one(called):
    assert _kwh(called, 0, HOUR) == 0.0


def test_a_call_takes_load_away_and_some_of_it_comes_back(called):
    saved, back = -_kwh(called, HOUR, 2 * HOUR), _kwh(called, 2 * HOUR, 6 * HOUR)
    assert saved > 0.2 * sum(float(one.free_kw.sum()) for one in called[HOUR : 2 * HOUR]) / 60
    assert 0.1 * saved < back < saved


def test_nobody_feeds_in(called):
    assert min(float(one.called_kw.min()) for one in called) >= 0.0


def test_the_past_does_not_depend_on_where_it_began(case, people):
    """Two starts a day apart tell the same evening."""
    early = Fleet(case, people, seed=1, clock=BERLIN, start_s=EVENING - 86_400)
    late = Fleet(case, people, seed=1, clock=BERLIN, start_s=EVENING)
    while early.unix_s < late.unix_s:
        early.go_on()
    ours, theirs = early.go_on(), late.go_on()
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.01)


def test_the_past_has_every_quarter_of_its_days(case, people):
    fleet = Fleet(case, people, seed=1, clock=BERLIN, start_s=EVENING)
    begin = datetime(2026, 1, 20, 21, tzinfo=UTC).timestamp()
    days = list(past_days(case, fleet, begin, begin + 4 * 3600, clock=BERLIN))
    times = [at for _, quarters in days for at, _ in quarters]
    assert times == [int(begin) + 900 * n for n in range(16)]
    assert [(day.day, len(quarters)) for day, quarters in days] == [(20, 8), (21, 8)]
