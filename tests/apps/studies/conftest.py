from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.studies.models import Study, StudyRun
from apps.studies.services import runs, studies
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid


@pytest.fixture(scope="session", autouse=True)
def _case_is_read() -> None:
    """Once and before any transaction, which would wait for it too long on a busy machine."""
    grid(MEDIUM_VOLTAGE)


@pytest.fixture
def begun() -> datetime:
    """A little ago, so that what follows is past already."""
    return timezone.now() - timedelta(minutes=5)


@pytest.fixture
def room(begun: datetime) -> Room:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun)
    room.step(begun)
    return room


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erin", password="x" * 20, role=Role.ENGINEER)


@pytest.fixture
def study(room: Room, begun: datetime, engineer: User) -> Study:
    """Live, at the instant of the newest scan."""
    return studies.create_study(name="Winter", note="", at=None, by=engineer, as_of=begun)


@pytest.fixture
def change(engineer: User, begun: datetime) -> Callable[..., Any]:
    def changed(study: Study, **given: Any) -> Any:
        return studies.add_change(study_id=study.pk, given=given, by=engineer, as_of=begun)

    return changed


@pytest.fixture
def run(engineer: User, begun: datetime) -> Callable[..., StudyRun]:
    def done(study: Study, kind: str = "power-flow", **given: Any) -> StudyRun:
        begun_run = runs.begin_run(study_id=study.pk, given={"kind": kind, **given}, by=engineer, as_of=begun)
        return runs.carry_out(run_id=begun_run.pk, clock=timezone.now)

    return done


@pytest.fixture
def api(client: Client, engineer: User) -> Client:
    client.force_login(engineer)
    return client
