"""One network, one overloaded feeder, and what the desks say about it."""

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import watch_troubles
from apps.optimization.services.single_device import SingleDevices
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import FACTOR, HEAVY, base_of, live_of


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def live(model: NetworkModel) -> Live:
    """One feeder carries more than its cable may."""
    return live_of(model, base_of(model, heavy=HEAVY, factor=FACTOR), timezone.now())


@pytest.fixture
def trouble(live: Live) -> Trouble:
    return watch_troubles(live)[0]


@pytest.fixture
def drafts(live: Live, trouble: Trouble) -> list[Draft]:
    return list(SingleDevices(live).plan(trouble, progress=lambda _: None).drafts)


@pytest.fixture
def transfer(live: Live, drafts: list[Draft]) -> Proposal:
    return propose(next(one for one in drafts if one.kind == "transfer"), live=live)


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)
