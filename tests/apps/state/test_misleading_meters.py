"""Wrong meters of nodes on feeders with nodes that have none: the unmetered would give way, and nobody be named."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gridops.simulator.points import Column
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
LEAST_KW = 50.0  # a gross error of less is lost among the pseudo-measurements
CHOSEN = 6


class Watched:
    def __init__(self) -> None:
        self.room: Room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, speed=1.0)
        self.scans = 0
        for _ in range(4):
            self.named()

    def named(self) -> list[str]:
        solution = self.room.step(NOON + timedelta(seconds=2 * self.scans))
        self.scans += 1
        return [row["point_mrid"] for row in solution.bad_data]

    def named_with(self, point: int, factor: float) -> list[str]:
        """What one scan says; the meter is right again after it."""
        factors = self.room.field.instruments.gross_factor
        factors[point] = factor
        found = self.named()
        factors[point] = 1.0
        return found

    def large_meters(self) -> np.ndarray:
        of_nodes = self.room.field.table.column == Column.NODE_P
        large = np.flatnonzero(of_nodes & (np.abs(self.room.field.true_values) > LEAST_KW))
        return np.random.default_rng(5).choice(large, CHOSEN, replace=False)


def test_a_node_meter_of_30_times_is_named_and_alone_and_others_are_never_accused() -> None:
    watched = Watched()
    mrid = watched.room.field.table.mrid
    chosen = watched.large_meters()

    assert [watched.named_with(n, 30.0) for n in chosen] == [[mrid[n]] for n in chosen]
    tenfold = [watched.named_with(n, 10.0) for n in chosen]
    assert all(named in ([], [mrid[n]]) for n, named in zip(chosen, tenfold, strict=True))
    assert sum(map(bool, tenfold)) >= CHOSEN - 1
    for factor in (0.1, -1.0):
        assert all(watched.named_with(n, factor) in ([], [mrid[n]]) for n in chosen)


def test_right_meters_are_not_accused() -> None:
    watched = Watched()

    assert [watched.named() for _ in range(20)] == [[]] * 20
