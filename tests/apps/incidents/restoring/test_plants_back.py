"""Plants without supply feed in nothing at first, and come back when they like: a plan bears both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.assets.adapters import CONSUMER, GENERATOR
from apps.dispatch.adapters.expected import Ahead
from apps.dispatch.services.scenes import Live
from apps.incidents.adapters.restoring import dead_injections, hours_of
from apps.incidents.models import Incident
from apps.incidents.services.restoring_loads import with_plants
from tests.factories.solutions import solution_of

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def hours(live: Live, plant_kw: float) -> tuple[np.ndarray, np.ndarray]:
    """Of the ring with one of its dead consumers as a plant; an hour of four quarters."""
    network = live.scene.place.network
    dead = dead_injections(live.scene)
    plant = int(np.flatnonzero(dead)[0])
    kind = network.injection.kind.copy()
    kind[plant] = GENERATOR
    changed = replace(network, injection=replace(network.injection, kind=kind))
    p = np.tile(np.where(kind == CONSUMER, -100.0, 0.0), (4, 1)) * np.array([1.0, 1.4, 0.5, 0.9])[:, None]
    p[:, plant] = plant_kw
    ahead = Ahead(p, 0.1 * p, [START + n * timedelta(minutes=15) for n in range(4)], "a test")
    found = hours_of(ahead, changed, dead, outage_h=0.01, rest_h=1.0)
    return found.p_kw[:, plant], found.rest_hours


@pytest.mark.django_db
def test_the_hour_has_the_plant_off_and_a_row_of_no_length_has_it_back(live: Live) -> None:
    plant_kw, lengths = hours(live, 800.0)
    assert plant_kw.tolist() == [0.0, 800.0]
    assert lengths.tolist() == [1.0, 0.0]


@pytest.mark.django_db
def test_a_plant_that_gave_nothing_makes_no_row(live: Live) -> None:
    _, lengths = hours(live, 0.0)
    assert lengths.tolist() == [1.0]


@pytest.mark.django_db
def test_a_dead_plant_counts_as_it_fed_in_before_the_fault(live: Live, incident: Incident) -> None:
    network, dead = live.scene.place.network, dead_injections(live.scene)
    plant = int(np.flatnonzero(dead)[0])
    kind = network.injection.kind.copy()
    kind[plant] = GENERATOR
    place = replace(live.scene.place, network=replace(network, injection=replace(network.injection, kind=kind)))
    here = replace(live, scene=replace(live.scene, place=place))
    before = replace(live, as_of=incident.began_at - timedelta(seconds=10))
    solution_of(before, sequence=90)
    base = with_plants(live.scene.base, here, dead, incident=incident, as_of=live.as_of)
    assert base.injection_p_kw[plant] == pytest.approx(network.injection.p_kw[plant], rel=0.01)
    others = np.arange(len(dead)) != plant
    assert (base.injection_p_kw[others] == live.scene.base.injection_p_kw[others]).all()
