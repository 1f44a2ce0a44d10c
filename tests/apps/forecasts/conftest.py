from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.forecasts.models import STEP_S
from tests.factories.forecasts import City, instant, make_city, step


@pytest.fixture
def now() -> datetime:
    """The quarter hour in which we are."""
    return instant(int(timezone.now().timestamp()) // STEP_S)


@pytest.fixture
def city(now: datetime, db: None) -> City:
    assert step(now) * STEP_S == int(now.timestamp())
    return make_city(now, issues_h=12)


@pytest.fixture
def client_of(db: None) -> Callable[[Role], Client]:
    def signed_in(role: Role) -> Client:
        client = Client()
        client.force_login(User.objects.create_user(f"f-{role}", role=role))
        return client

    return signed_in


@pytest.fixture
def api(client_of: Callable[[Role], Client]) -> Client:
    return client_of(Role.OPERATOR)
