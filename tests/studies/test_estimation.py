from datetime import UTC, datetime

import pytest

from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.studies.estimation import study

START = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("source", [MEDIUM_VOLTAGE, "simbench:1-MV-rural--1-sw"])
def test_the_estimate_is_as_near_to_the_truth_as_an_operator_needs(source: str) -> None:
    room = make_room(source, cache_dir(), started_at=START)

    accuracy = study(room, START, scans=12)

    assert accuracy.voltage_rms <= 0.002
    assert accuracy.loading_rms <= 0.02
    assert accuracy.observable_nodes > 0.8
