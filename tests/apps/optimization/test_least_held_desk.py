"""The desk that lets plants feed in, on the state of an imported network that the test sets."""

from collections.abc import Callable

import numpy as np
import pytest
from django.utils import timezone

from apps.assets.models import NetworkModel
from apps.dispatch.choices.proposal import Breach, StepQuantity
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters.candidates import target_of
from apps.optimization.adapters.live_held import HeldAnswer, least_held_near
from apps.optimization.selectors.rates import cost_rates
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of, live_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def heavy() -> Live:
    """Loads draw so much that a line before the battery carries more than its rating."""
    model: NetworkModel = imported(ring_file())
    return live_of(model, base_of(model, heavy="A", factor=1.6), timezone.now())


def answer(live: Live, may: Callable[[str, StepQuantity], bool]) -> HeldAnswer | None:
    loading = live.scene.before.state.line_loading
    worst = int(np.nanargmax(loading))
    assert loading[worst] > 1.0
    target = target_of(live.scene, Breach.OVERLOAD, [live.scene.place.network.lines.mrid[worst]])
    return least_held_near(live.scene, target, may=may, rates=cost_rates())


def test_the_battery_gives_and_who_takes_no_orders_is_left_alone(heavy: Live) -> None:
    found = answer(heavy, lambda *_: True)
    assert found is not None and found.steps
    assert found.held_kw == 0 and found.stored_kw < 0
    assert all(step.to < 0 for step in found.steps if step.quantity == StepQuantity.ACTIVE_POWER)
    assert answer(heavy, lambda *_: False) is None
    active = answer(heavy, lambda _, quantity: quantity == StepQuantity.ACTIVE_POWER)
    assert active is not None
    assert {step.quantity for step in active.steps} == {StepQuantity.ACTIVE_POWER}
