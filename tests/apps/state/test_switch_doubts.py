from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.alarms.choices import BaseState, Condition
from apps.alarms.models import Alarm
from apps.state import frames
from apps.state.choices import Supply
from apps.state.services.scan import Scanner
from gridops.engine.network.topology import resolve
from gridops.simulator.points import Column
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db
DOUBLE_POINT_OPEN = 1.0
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def liar(room: Room) -> int:
    """A switch that feeds several nodes says that it is open, and it is not. Returns its point."""
    plan = room.scanner._plan
    assert plan is not None
    network, closed = plan.network.network, plan.network.normal_closed
    table = room.field.table
    for point in np.flatnonzero(table.column == Column.SWITCH_STATE):
        switch = plan.network.switches.position[table.points[point].equipment_mrid]
        opened = closed.copy()
        opened[switch] = False
        if closed[switch] and (~resolve(network, opened).node_energised[network.injection_node]).sum() > 5:
            room.field.instruments.is_frozen[point] = True
            room.field.instruments._held[point] = DOUBLE_POINT_OPEN
            return int(point)
    raise AssertionError("no switch feeds anybody")


def test_a_switch_that_lies_is_named_and_what_it_would_have_cut_off_is_shown_live() -> None:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, speed=1.0)
    room.step(NOON)
    point = liar(room)
    mrid = room.field.table.points[point].equipment_mrid

    solution = room.run(NOON + timedelta(seconds=2), seconds=40)

    (doubt,) = solution.topology
    assert mrid in [doubt["equipment_mrid"], *doubt["alternatives"]]
    assert (doubt["reported"], doubt["likely"]) == ("open", "closed")
    assert solution.system["doubtful_switches"] == 1
    assert solution.system["customers_without_supply"] == 0
    frame = frames.decode(bytes(solution.frame))
    assert set((frame.node_status & 0b11).tolist()) == {Supply.LIVE}
    alarm = Alarm.objects.get(condition=Condition.SWITCH_DOUBTFUL)
    assert alarm.base_state == BaseState.UNACKNOWLEDGED
    assert "reported open" in alarm.message

    room.field.instruments.is_frozen[point] = False
    solution = room.step(NOON + timedelta(seconds=44))

    assert solution.topology == []
    alarm.refresh_from_db()
    assert alarm.base_state == BaseState.RETURNED


def test_a_real_operation_raises_no_doubt_while_the_meters_follow_one_after_the_other() -> None:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, scenario="feeder-fault")

    for second in range(0, 60, 2):
        solution = room.step(NOON + timedelta(seconds=second), everything=False)
        assert solution.topology == []

    assert solution.system["customers_without_supply"] > 0


def test_a_new_process_ends_the_doubt_that_it_does_not_share() -> None:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, speed=1.0)
    room.step(NOON)
    point = liar(room)
    room.run(NOON + timedelta(seconds=2), seconds=40)
    room.field.instruments.is_frozen[point] = False
    room.scanner = Scanner()

    room.step(NOON + timedelta(seconds=44))

    assert Alarm.objects.get(condition=Condition.SWITCH_DOUBTFUL).base_state == BaseState.RETURNED
