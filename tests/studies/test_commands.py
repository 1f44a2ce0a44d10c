"""The studies of commands, small."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.dispatch.choices.order import AddCause
from apps.telemetry.choices import RequestState
from tests.factories.orders import make_desk, switch_control
from tests.studies.command_kills import RECORDED, SENT, run_kills
from tests.studies.command_race import run_race


@pytest.mark.timeout(600)
def test_of_two_who_select_at_once_exactly_one_wins(transactional_db: None) -> None:
    desk = make_desk()
    race = run_race(desk, switch_control(), 8)
    assert race.fair == 8
    assert set(race.reasons) == {AddCause.LOCKED_BY_OTHER_CLIENT}


@pytest.fixture
def var(tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    yield tmp_path


@pytest.mark.timeout(600)
def test_a_process_that_is_killed_never_lets_a_command_reach_the_field_twice(var: Path) -> None:
    found = run_kills({RECORDED: 2, SENT: 1}, var)
    assert found.outcomes == {RECORDED: [RequestState.UNKNOWN] * 2, SENT: [RequestState.UNKNOWN]}
    assert found.given == {RECORDED: [0, 0], SENT: [1]}
