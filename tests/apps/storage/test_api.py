"""Fleets, plants, limits and schedules over HTTP: who may do what, and what bad input is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.storage.choices import Horizon
from apps.storage.models import SafetyState, StoragePlant, StorageSchedule
from apps.storage.services.planning import plan_plant
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db
API = "/api/v1/storage"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


@pytest.fixture
def plant(db: None) -> StoragePlant:
    plant = make_plant()
    charged(plant, 0.4, timezone.now())
    return plant


def test_a_fleet_tells_what_it_holds_and_a_plant_all_its_limits(plant: StoragePlant) -> None:
    viewer = signed_in(Role.VIEWER)
    make_plant(name="Pond battery")
    (fleet,) = viewer.get(f"{API}/fleets").json()["fleets"]
    assert (fleet["energy_kwh"], fleet["stored_kwh"], fleet["known"]) == (2000.0, 400.0, 1)
    assert [one["soc"] for one in fleet["plants"]] == [0.4, None]
    page = viewer.get(f"{API}/plants/{plant.mrid}").json()
    assert page["datasheet"] == "Sheet of the maker, revision 3"
    assert [rack["soc"] for rack in page["racks"]] == [0.4, 0.4]
    rule = next(one for one in page["limits"]["rules"] if one["name"] == "state of charge high")
    assert (rule["is_watched"], rule["holds"]["derate"], rule["holds"]["trip"]) == (True, 0.95, None)
    assert viewer.get(f"{API}/plants/{plant.mrid}/charge?days=2").json()["soc"] == [None] * 192
    assert viewer.get(f"{API}/plants/{plant.mrid}/charge?days=0").status_code == 400
    assert viewer.get(f"{API}/plants/{plant.mrid}/earnings").json() == {"earnings": []}
    assert page["racks"][0]["health"] is None
    assert [one["used"] for one in page["warranty"]["terms"]] == [None] * 5
    assert viewer.get(f"{API}/plants/00000000-0000-0000-0000-000000000000").status_code == 404


def test_limits_are_narrowed_with_a_reason_and_lifted_and_never_widened(plant: StoragePlant) -> None:
    operator, path = signed_in(Role.OPERATOR), f"{API}/plants/{plant.mrid}/limits"
    told = {"name": "charge_kw", "value": 300.0, "reason": "One fan is out."}
    setting = operator.post(path, told, content_type="application/json")
    assert setting.status_code == 201
    wide = operator.post(path, told | {"value": 600.0}, content_type="application/json")
    assert wide.status_code == 409
    assert "would widen the limit of 500" in wide.json()["detail"]
    limits = operator.get(path).json()
    assert next((one["datasheet"], one["holds"]) for one in limits["ratings"]) == (500.0, 300.0)
    assert AuditEvent.objects.filter(action="storage.limit-narrowed").count() == 1
    rung = {"name": "charge temperature high", "rung": "stop", "value": 39.0, "reason": "Hot days."}
    refused = operator.post(path, rung, content_type="application/json")
    assert (refused.status_code, "derate must lie before stop" in refused.json()["detail"]) == (409, True)
    assert operator.post(path, {"name": "charge_kw", "value": 1.0}, content_type="application/json").status_code == 400
    lift = f"{API}/limit-settings/{setting.json()['id']}/lifting"
    assert operator.post(lift, {"reason": "Mended."}, content_type="application/json").status_code == 201
    assert operator.post(lift, {"reason": "Again."}, content_type="application/json").status_code == 409
    assert operator.get(path).json()["settings"] == []
    assert signed_in(Role.VIEWER).post(path, told, content_type="application/json").status_code == 403


def test_capacity_tests_are_entered_by_engineers_and_must_make_sense(plant: StoragePlant) -> None:
    engineer, path = signed_in(Role.ENGINEER), f"{API}/plants/{plant.mrid}/capacity-tests"
    told = {"tested_at": (timezone.now() - timedelta(days=3)).isoformat(), "energy_kwh": 962.0, "sigma_kwh": 8.0}
    assert engineer.post(path, told, content_type="application/json").status_code == 201
    assert "already" in engineer.post(path, told, content_type="application/json").json()["detail"]
    far = engineer.post(path, told | {"tested_at": "2099-01-01T00:00Z"}, content_type="application/json")
    assert "future" in far.json()["detail"]
    other = {"tested_at": (timezone.now() - timedelta(days=2)).isoformat(), "energy_kwh": 5000.0}
    assert "far more" in engineer.post(path, told | other, content_type="application/json").json()["detail"]
    assert engineer.post(path, told | {"sigma_kwh": 0}, content_type="application/json").status_code == 400
    assert signed_in(Role.OPERATOR).post(path, told, content_type="application/json").status_code == 403


def test_schedules_are_read_with_their_columns_and_reasons() -> None:
    plant = make_plant(zone=priced_zone())
    viewer = signed_in(Role.VIEWER)
    plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
    charged(plant, 0.5, NOON)
    row = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    path = f"{API}/plants/{plant.mrid}/schedules"
    newest, older = viewer.get(path).json()["schedules"]
    assert (newest["id"], newest["outcome"], older["outcome"]) == (row.pk, "planned", "no_charge")
    assert "not known" in older["reason"]
    assert len(viewer.get(f"{path}?horizon=intraday").json()["schedules"]) == 1
    page = viewer.get(f"{API}/schedules/{row.pk}").json()
    assert len(page["power_kw"]) == len(page["soc"]) == len(page["price"]) == 96
    assert page["drivers"]
    assert "No envelope" in page["inputs"]["room"][0]
    assert viewer.post(path, {}, content_type="application/json").status_code == 403
    assert StorageSchedule.objects.count() == 2


def test_only_who_operates_tells_that_a_trip_was_reset(plant: StoragePlant) -> None:
    path = f"{API}/plants/{plant.mrid}/reset"
    told = {"reason": "Reset at the cabinet."}
    operator = signed_in(Role.OPERATOR)
    assert operator.post(path, told, content_type="application/json").status_code == 409
    SafetyState.objects.create(plant=plant, as_of=NOON, charge_kw=0, discharge_kw=0, tripped_at=NOON)
    assert signed_in(Role.ENGINEER).post(path, told, content_type="application/json").status_code == 403
    page = operator.post(path, told, content_type="application/json")
    assert (page.status_code, page.json()["is_tripped"]) == (201, False)
    assert AuditEvent.objects.filter(action="storage.reset-told").exists()
