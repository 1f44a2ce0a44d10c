from datetime import timedelta

import pytest

from apps.microgrids.rules.living import Evidence, lives
from apps.microgrids.rules.situation import NOTHING, Reading
from apps.microgrids.selectors.living import living_nodes
from apps.state.islands import living_islands
from tests.factories.microgrids import ISLANDED, NOW, make_microgrid, told_microgrid


def evidence(coupling=0.0, mode=2.0, hz=50.0, pu=1.0, mode_at=NOW) -> Evidence:
    def read(value, at=NOW):
        return NOTHING if value is None else Reading(value, at)

    return Evidence(read(coupling), read(mode, mode_at), read(hz), read(pu))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (evidence(), True),
        (evidence(mode=3.0), True),
        (evidence(coupling=1.0), False),
        (evidence(mode=1.0), False),
        (evidence(mode=0.0), False),
        (evidence(mode=None), False),
        (evidence(coupling=None), False),
        (evidence(hz=0.0), False),
        (evidence(pu=0.1), False),
        (evidence(hz=None, pu=None), False),
        (evidence(hz=None), True),
    ],
)
def test_only_an_open_breaker_with_a_controller_and_voltage_lives(told, expected):
    assert lives(told, as_of=NOW) is expected


def test_a_controller_that_has_not_told_since_the_opening_gets_the_benefit_of_seconds():
    told = evidence(mode=1.0, mode_at=NOW - timedelta(seconds=4))
    assert lives(told, as_of=NOW + timedelta(seconds=3))
    assert not lives(told, as_of=NOW + timedelta(seconds=30))


@pytest.mark.django_db
def test_nodes_behind_the_open_coupling_live_and_no_others():
    told_microgrid(ISLANDED)
    found = living_nodes(as_of=NOW)
    assert len(found) >= 2
    assert set(found.values()) == {"Harbour"}
    assert living_islands(as_of=NOW) == dict(found)


@pytest.mark.django_db
def test_nothing_lives_alone_beside_the_grid():
    told_microgrid()
    assert living_nodes(as_of=NOW) == {}


@pytest.mark.django_db
def test_a_part_whose_controller_says_nothing_is_not_called_alive():
    make_microgrid()
    assert living_nodes(as_of=NOW) == {}
