"""Plants with a meter of their own are not guessed."""

from datetime import UTC, datetime

import numpy as np
import pytest

from apps.assets import selectors as assets
from apps.assets.adapters import GENERATOR
from apps.state.adapters import MeterPlan
from apps.state.adapters.plants import PlantMeters
from apps.state.adapters.pseudo import Allocator
from apps.state.services.live_state import meter_rows
from apps.telemetry import selectors as telemetry
from gridops.engine.estimation.measurements import Injections
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def test_what_plants_feed_in_is_what_their_meters_say_and_of_the_others_what_their_class_has() -> None:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON)
    room.step(NOON, scan=False)
    model = assets.current_model()
    assert model is not None
    network, rows = assets.assembled(model), meter_rows()
    readings = MeterPlan.build(rows, network).read(telemetry.latest_values(), NOON)

    place, fed_kw = PlantMeters(rows, network).told(readings)
    allocator, nobody = Allocator(network), Injections()
    guessed, found = allocator.allocate(nobody), allocator.allocate(nobody, (place, fed_kw))

    assert len(place) > 0
    true_kw = room.field.state.p_kw[place]
    assert fed_kw == pytest.approx(true_kw, abs=0.05 * np.abs(network.injection.rated_s_kva[place]).max())
    plants = network.injection.kind == GENERATOR
    assert found.generation_kw == pytest.approx(found.element_p_kw[plants].sum())
    np.testing.assert_array_equal(found.element_p_kw[place], fed_kw)
    others = np.setdiff1d(np.arange(len(plants)), place)
    np.testing.assert_array_equal(found.element_p_kw[others], guessed.element_p_kw[others])
