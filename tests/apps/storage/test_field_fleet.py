"""What a fresh demo has beside its batteries, and what people may change of a customer's connection."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import EnergyConsumer
from apps.audit.models import AuditEvent
from apps.forecasts.models import Series
from apps.renewables.models import StabilityArea
from apps.renewables.services.field_area import LOAD_OF_LOSS, prepare_field_area
from apps.storage.models import BatteryCost, ReserveCommitment, StoragePlant, StorageSite
from apps.storage.services.field_fleet import TARIFF, prepare_field_fleet
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.storage import NOON, make_plant
from tests.factories.storage_plans import make_site

pytestmark = pytest.mark.django_db


def person(role: Role) -> User:
    return User.objects.get_or_create(username=f"the {role}", defaults={"role": role})[0]


def customer() -> Series:
    """The largest of the small ring, as it is forecast."""
    grid(str(ring_file()))
    largest = EnergyConsumer.objects.filter(model=imported(ring_file())).order_by("-p_kw", "mrid").first()
    assert largest is not None
    return Series.objects.create(subject_mrid=str(largest.mrid), subject="customer", quantity="load", name="Works")


def test_a_fresh_demo_has_costs_with_a_source_a_reserve_and_a_customer_once() -> None:
    load, by = customer(), person(Role.SUPERVISOR)
    small, large = make_plant(name="Small", energy_kwh=400.0), make_plant(name="Large", energy_kwh=4000.0)
    assert prepare_field_fleet(by=by, as_of=NOON) == ["cost of batteries", "reserve", "site"]
    assert {one.plant_id for one in BatteryCost.objects.all()} == {small.pk, large.pk}
    assert all("Assumption of the demo" in one.source for one in BatteryCost.objects.all())
    promise = ReserveCommitment.objects.get()
    assert (promise.plant_id, promise.up_kw, promise.entered_by) == (large.pk, 10.0, by)
    site = StorageSite.objects.get()
    assert (site.load, site.tariff) == (load, TARIFF)
    assert [one.pk for one in StoragePlant.objects.filter(site=site)] == [small.pk]
    StorageSite.objects.update(name="Renamed")
    assert prepare_field_fleet(by=by, as_of=NOON + timedelta(days=1)) == []


def test_without_a_customer_no_meter_is_made_up() -> None:
    make_plant(name="Small")
    assert prepare_field_fleet(by=person(Role.SUPERVISOR), as_of=NOON) == []
    make_plant(name="Large")
    assert prepare_field_fleet(by=person(Role.SUPERVISOR), as_of=NOON) == ["cost of batteries", "reserve"]


def test_the_area_of_the_demo_follows_its_largest_plant_and_what_somebody_wrote_stays() -> None:
    assert not prepare_field_area()
    for number, rated in enumerate((400.0, 2500.0)):
        Series.objects.create(
            subject_mrid=f"plant {number}", subject="plant", quantity="wind", name=f"Wind {number}", rated_kw=rated
        )
    assert prepare_field_area()
    area = StabilityArea.objects.get()
    assert area.load_kw == LOAD_OF_LOSS * 2500.0
    assert "Assumption of the demo" in area.source
    area.full_clean()
    StabilityArea.objects.update(is_active=False)
    assert not prepare_field_area()


def put(client: Client, site: StorageSite, **more: object) -> int:
    body = {"import_kw": 800.0, "export_kw": None, "is_curtailable": False, "reason": "New contract.", **more}
    answer = client.put(f"/api/v1/storage/sites/{site.pk}", json.dumps(body), content_type="application/json")
    return answer.status_code


def test_who_may_changes_a_connection_with_a_reason(client: Client) -> None:
    site = make_site(NOON, load=[100.0] * 24)
    client.force_login(person(Role.OPERATOR))
    assert put(client, site) == 403
    client.force_login(person(Role.ENGINEER))
    assert put(client, site, import_kw=-1.0) == 400
    assert put(client, site, reason="") == 400
    assert put(client, site) == 201
    site.refresh_from_db()
    assert (site.import_kw, site.export_kw, site.is_curtailable) == (800.0, None, False)
    event = AuditEvent.objects.get(action="storage.site-changed")
    assert event.detail["reason"] == "New contract."
    (told,) = client.get("/api/v1/storage/sites").json()["sites"]
    assert told["import_kw"] == 800.0
    assert StorageSite.objects.count() == 1
    assert put(client, StorageSite(pk=site.pk + 1)) == 404
