"""A small network whose hours ahead the test knows, and customers of a program on it who can be called."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest

from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, NetworkModel, UsagePoint
from apps.assets.selectors import assembled
from apps.demand_response.models import DemandProgram, EnrolledDevice
from apps.demand_response.services.credentials import issue_credentials
from apps.dispatch.services import call_verification
from tests.factories import demand
from tests.factories.ahead import expected_of
from tests.factories.scenes import base_of, live_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEPS = 96


def hours_known(
    model: NetworkModel, monkeypatch: pytest.MonkeyPatch, load_factor: Sequence[float] | np.ndarray, *, heavy: int = 0
) -> None:
    """The live state and what is expected, in the place of the real ones; quarter hours from NOW on."""
    factors = np.resize(np.asarray(load_factor, np.float64), STEPS)
    live = live_of(model, base_of(model, heavy=heavy), NOW)
    expected = expected_of(assembled(model), factors)

    def told(_: object, __: datetime, steps: int) -> object:
        return expected_of(assembled(model), factors[:steps])

    assert expected is not None
    monkeypatch.setattr(call_verification, "live_scene", lambda *, as_of: live)
    monkeypatch.setattr(call_verification, "from_forecasts", told)


def customers_on(
    model: NetworkModel,
    program: DemandProgram,
    by: User,
    count: int,
    *,
    kind: str = "thermostat",
    rated_kw: float = 10.0,
) -> None:
    """Enrolled, with an identity, spread over the network's consumers."""
    demand.enrolled(by, program, count)
    mrids = list(EnergyConsumer.objects.filter(model=model).order_by("index").values_list("mrid", flat=True))
    for n, point in enumerate(UsagePoint.objects.order_by("name")):
        UsagePoint.objects.filter(pk=point.pk).update(consumer_mrid=UUID(str(mrids[n % len(mrids)])))
    EnrolledDevice.objects.filter(customer__enrolments__program=program).update(kind=kind, rated_kw=rated_kw)
    issue_credentials(program=program, by=by, as_of=NOW)
