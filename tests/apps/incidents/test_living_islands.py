"""Customers of a part that lives without the grid have supply: nobody opens an incident for them."""

import numpy as np
import pytest

from apps.incidents.models import Incident
from apps.state import islands
from apps.state.models import Outage
from tests.factories.faults import INNER, Feeders, feeders

pytestmark = pytest.mark.django_db


def behind(city: Feeders, switch: str) -> list[str]:
    ground = city.ground
    closed = ground.network.normal_closed.copy()
    closed[ground.network.switches.name.index(switch)] = False
    return [ground.network.nodes.mrid[n] for n in np.flatnonzero(~ground.energised(closed))]


def test_no_incident_is_opened_for_a_part_that_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    city = feeders()
    told = dict.fromkeys(behind(city, INNER), "Harbour")
    monkeypatch.setattr(islands, "_tellers", {"test": lambda *, as_of: told})
    city.moved(INNER, closed=False)
    city.round()
    city.round()
    assert not Incident.objects.exists()
    assert not Outage.objects.exists()


def test_a_part_that_dies_later_becomes_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    city = feeders()
    told = dict.fromkeys(behind(city, INNER), "Harbour")
    monkeypatch.setattr(islands, "_tellers", {"test": lambda *, as_of: told})
    city.moved(INNER, closed=False)
    city.round()
    told.clear()
    for _ in range(2):
        city.round()
    assert Incident.objects.get().customers_without > 0
