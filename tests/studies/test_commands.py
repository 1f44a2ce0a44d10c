"""The studies of commands, small."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.dispatch.choices.order import AddCause
from apps.telemetry.choices import RequestState
from tests.factories.orders import make_desk, switch_control
from tests.studies.command_kills import RECORDED, SENT, run_kills
from tests.studies.command_race import run_race


def test_of_two_who_select_at_once_exactly_one_wins(transactional_db: None) -> None:
    desk = make_desk()
    race = run_race(desk, switch_control(), 12)
    assert race.fair == 12
    assert set(race.reasons) == {AddCause.LOCKED_BY_OTHER_CLIENT}


@pytest.fixture
def var(tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    yield tmp_path


def test_a_process_that_is_killed_never_lets_a_command_reach_the_field_twice(var: Path) -> None:
    found = run_kills(2, var)
    assert found.outcomes == {place: [RequestState.UNKNOWN] * 2 for place in (RECORDED, SENT)}
    assert found.given == {RECORDED: [0, 0], SENT: [1, 1]}
