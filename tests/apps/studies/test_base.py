"""What a study's base takes from meters."""

from datetime import datetime

import numpy as np
import pytest

from apps.assets.selectors import assembled, current_model
from apps.studies.services.starting import live_start
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint
from tests.factories.field import Room, make_room
from tests.factories.grids import cache_dir, grid

pytestmark = pytest.mark.django_db


GRID = "simbench:1-MV-semiurb--1-sw"  # with plants and batteries large enough for meters of their own


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(GRID)


@pytest.fixture
def room(begun: datetime) -> Room:
    room = make_room(GRID, cache_dir(), started_at=begun)
    room.step(begun)
    return room


def test_plants_with_a_meter_of_their_own_feed_in_what_it_says(room: Room, begun: datetime) -> None:
    model, state = current_model(), room.field.state
    assert model is not None and state is not None
    network, case = assembled(model), room.field.case
    elements = [*case.loads, *case.generators, *case.storages]
    truth = {element.mrid: float(power) for element, power in zip(elements, state.p_kw, strict=True)}
    rows = MeasurementPoint.objects.filter(quantity=Quantity.ACTIVE_POWER).values_list("equipment_mrid", flat=True)
    own = [str(mrid) for mrid in rows if str(mrid) in network.injections.position]
    base = live_start(as_of=begun).base
    told = np.array([base.injection_p_kw[network.injections.position[mrid]] for mrid in own])
    real = np.array([truth[mrid] for mrid in own])
    assert len(own) > 3
    assert np.abs(told - real).max() < 0.05 * np.abs(real).max(), (told, real)
    assert base.injection_is_metered.any() and not base.injection_is_metered.all()
