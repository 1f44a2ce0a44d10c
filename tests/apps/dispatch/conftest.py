from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid


@pytest.fixture(scope="session")
def _medium_voltage() -> None:
    """Read once and before any transaction, which would wait for it too long on a busy machine."""
    grid(MEDIUM_VOLTAGE)


@pytest.fixture
def begun() -> datetime:
    """A little ago, so that what follows is past already."""
    return timezone.now() - timedelta(minutes=5)


@pytest.fixture
def room(_medium_voltage: None, begun: datetime) -> Room:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun)
    room.step(begun)
    return room


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", role=Role.OPERATOR)


@pytest.fixture
def carla() -> User:
    return User.objects.create_user("carla", role=Role.SUPERVISOR)
