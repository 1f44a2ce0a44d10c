"""A whole room on CGMES files: simulated field, signal list, samples and estimation."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.state.choices import Outcome
from tests.cases.cgmes.writer import folder
from tests.factories.field import make_room
from tests.factories.grids import cache_dir
from tests.factories.shared_data import shared_file

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 7, 12, tzinfo=UTC)


def outcome(source: str) -> str:
    room = make_room(source, cache_dir(), started_at=AT)
    room.step(AT + timedelta(seconds=2))
    return room.step(AT + timedelta(seconds=4)).outcome


def test_a_small_distribution_grid_is_played_measured_and_estimated(tmp_path: Path) -> None:
    assert outcome(folder(tmp_path / "grid")) == Outcome.SOLVED


@pytest.mark.parametrize("name", ["create_ieee14", "create_four_substations_node_breaker_network"])
def test_the_real_files_are_played_measured_and_estimated(name: str) -> None:
    assert outcome(f"cgmes:{shared_file(f'cgmes/{name}.zip')}") == Outcome.SOLVED
