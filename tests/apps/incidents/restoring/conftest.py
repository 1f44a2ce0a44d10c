"""A ring whose first feeder is dead, a located fault, and people."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.services.scenes import Live
from apps.incidents.models import Incident
from tests.factories.faulted_rings import faulted_incident, stood_still, tripped_live
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def live(model: NetworkModel, now: datetime) -> Live:
    """As protection left it, standing still since."""
    found = tripped_live(model, now)
    stood_still(found)
    return found


@pytest.fixture
def incident(model: NetworkModel, now: datetime) -> Incident:
    return faulted_incident(model, now - timedelta(seconds=20))


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.SUPERVISOR)
