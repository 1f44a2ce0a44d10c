from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
import pytest

from apps.state.adapters import known_bad
from apps.state.adapters.known_bad import AGREEING_SCANS, LASTING_SCANS
from apps.state.choices import Outcome
from gridops.engine.estimation import estimator
from gridops.engine.estimation.estimator import Estimator
from gridops.simulator.points import Column
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
SPEED = 1.0


@pytest.fixture
def clock() -> Iterator[datetime]:
    return (NOON + timedelta(seconds=2 * n) for n in range(10_000))


@pytest.fixture
def room(clock: Iterator[datetime]) -> Room:
    made = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, speed=SPEED)
    for _ in range(4):
        made.step(next(clock))
    return made


def spoil(room: Room, place: int = 5, factor: float = 1.15) -> int:
    """A voltmeter reads that many times too much. Returns its point."""
    chosen = int(np.flatnonzero(room.field.table.column == Column.NODE_VOLTAGE)[place])
    room.field.instruments.gross_factor[chosen] = factor
    return chosen


def searches(room: Room, at: datetime) -> tuple[int, list[str]]:
    """How often a scan looked for bad data, and the meters it named."""
    with patch.object(estimator, "diagnose", wraps=estimator.diagnose) as diagnose:
        solution = room.step(at)
    assert solution.outcome == Outcome.SOLVED
    return diagnose.call_count, [row["point_mrid"] for row in solution.bad_data]


def test_a_standing_bad_meter_is_searched_for_once_and_told_in_every_scan(
    room: Room, clock: Iterator[datetime]
) -> None:
    mrid = room.field.table.mrid[spoil(room)]

    seen = [searches(room, next(clock)) for _ in range(LASTING_SCANS + 10)]

    assert all(named == [mrid] for _, named in seen)
    assert all(count > 0 for count, _ in seen[:LASTING_SCANS])
    assert sum(count for count, _ in seen[LASTING_SCANS:]) == 0


def test_a_meter_that_reads_right_again_is_taken_in_again(room: Room, clock: Iterator[datetime]) -> None:
    chosen = spoil(room)
    for _ in range(LASTING_SCANS + 2):
        room.step(next(clock))
    assert room.scanner._plan is not None
    memory = room.scanner._plan.solver._known_bad
    assert len(memory.rows) == 1

    room.field.instruments.gross_factor[chosen] = 1.0
    named = [searches(room, next(clock))[1] for _ in range(AGREEING_SCANS + 1)]

    assert named == [[]] * (AGREEING_SCANS + 1)
    assert memory.rows == []


def test_a_second_bad_meter_is_found_beside_the_known_one(room: Room, clock: Iterator[datetime]) -> None:
    table = room.field.table
    first = spoil(room)
    for _ in range(LASTING_SCANS + 2):
        room.step(next(clock))
    second = spoil(room, place=40)

    _, named = searches(room, next(clock))

    assert set(named) == {table.mrid[first], table.mrid[second]}


def test_everything_is_judged_anew_now_and_then(room: Room, clock: Iterator[datetime]) -> None:
    with patch.object(known_bad, "FRESH_LOOK_SCANS", 15):
        mrid = room.field.table.mrid[spoil(room)]
        seen = [searches(room, next(clock)) for _ in range(30)]

    assert all(named == [mrid] for _, named in seen)
    assert sum(count > 0 for count, _ in seen) >= 2 * LASTING_SCANS


def test_with_a_known_bad_meter_the_solver_is_asked_once_a_scan_as_with_none(
    room: Room, clock: Iterator[datetime]
) -> None:
    def runs() -> int:
        with patch.object(Estimator, "_run", autospec=True, side_effect=Estimator._run) as run:
            room.step(next(clock))
        return run.call_count

    clean = runs()
    spoil(room)
    searching = [runs() for _ in range(LASTING_SCANS)]
    known = [runs() for _ in range(5)]

    assert clean == 1
    assert min(searching) > 1
    assert known == [1] * 5
