"""Reserve that people commit batteries to: the plan keeps room of power, and the energy to run as long as promised."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.packed import unpacked
from apps.storage.adapters.reserve_sheet import FileRefused
from apps.storage.choices import PlanMethod, PlanOutcome
from apps.storage.models import ReserveCommitment, StorageFleet, StoragePlant
from apps.storage.services.planning import plan_day_ahead
from apps.storage.services.reserving import Promise, commit_reserve, import_reserve, withdraw_reserve
from tests.factories.market_files import DAY
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db


def somebody() -> User:
    return User.objects.get_or_create(username="eve", role=Role.ENGINEER)[0]


EVENING = {"starts_at": DAY + timedelta(hours=16), "ends_at": DAY + timedelta(hours=22)}
API = "/api/v1/storage/reserve"


def promise(**more: Any) -> Promise:
    usual = {"up_kw": 200.0, "down_kw": 0.0, "backing_h": 1.0, "price_per_kw_h": 0.01, "currency": "EUR"}
    return Promise(**{**EVENING, **usual, "source": "Contract 7", **more})


@pytest.fixture
def plant() -> StoragePlant:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    return plant


def commit(plant: StoragePlant | None = None, fleet: StorageFleet | None = None, **more: Any) -> ReserveCommitment:
    return commit_reserve(plant=plant, fleet=fleet, promise=promise(**more), by=somebody(), as_of=NOON)


def test_the_plan_keeps_power_and_energy_for_it_and_tells_what_it_is_paid(plant: StoragePlant) -> None:
    (free,) = plan_day_ahead(as_of=NOON)
    free.delete()
    commit(plant)
    (row,) = plan_day_ahead(as_of=NOON)
    held = slice(64, 88)
    soc, power, up = (unpacked(raw) for raw in (row.soc, row.power_kw, row.up_kw))
    assert (up[held] >= 200 - 1e-2).all()
    assert (soc[held] - plant.least_soc >= 200 / 0.95 / plant.energy_kwh - 1e-4).all()
    assert (475 + power[held] >= 200 - 1e-2).all()
    assert row.parts["reserve"] == pytest.approx(-200 * 6 * 0.01)
    assert row.parts["energy"] > free.parts["energy"]
    assert any("Holds up to 200 kW up as reserve, with the energy to run for 1 h" in word for word in row.words)


def test_what_a_fleet_has_promised_its_plants_hold_together(plant: StoragePlant) -> None:
    other = make_plant(zone=plant.price_zone, name="Pond battery")
    charged(other, 0.5, NOON)
    commit(fleet=plant.fleet, up_kw=700.0)
    rows = list(plan_day_ahead(as_of=NOON))
    assert {(row.outcome, row.method) for row in rows} == {(PlanOutcome.PLANNED, PlanMethod.COORDINATED)}
    together = np.sum([unpacked(row.up_kw) for row in rows], axis=0)
    assert (together[64:88] >= 700 - 1e-2).all()


def test_more_than_the_batteries_can_hold_is_refused_by_field_and_remedy(plant: StoragePlant) -> None:
    with pytest.raises(Refused, match="up_kw: 1,200 kW is more than the 1,001 kW"):
        commit(plant, up_kw=1200.0)
    with pytest.raises(Refused, match=r"up_kw: 300 kW for 4 h needs 1,200 kWh .* Commit less"):
        commit(plant, up_kw=300.0, backing_h=4.0)
    commit(plant, up_kw=500.0)
    with pytest.raises(Refused, match="400 kW beside 500 kW promised already"):
        commit(plant, up_kw=400.0)
    with pytest.raises(Refused, match="ends_at"):
        commit(plant, ends_at=EVENING["starts_at"])
    with pytest.raises(Refused, match="either a plant or a fleet"):
        commit(plant, fleet=plant.fleet)


def test_what_is_withdrawn_is_held_no_longer(plant: StoragePlant) -> None:
    row = commit(plant)
    withdraw_reserve(commitment_id=row.pk, reason="Sold.", by=somebody(), as_of=NOON)
    (schedule,) = plan_day_ahead(as_of=NOON)
    assert not schedule.up_kw
    with pytest.raises(Refused, match="withdrawn by"):
        withdraw_reserve(commitment_id=row.pk, reason="Again.", by=somebody(), as_of=NOON)


def test_a_file_is_taken_whole_or_every_fault_is_told_with_its_row(plant: StoragePlant) -> None:
    head = "plant;fleet;starts_at;ends_at;up_kw;down_kw;backing_h;price_per_kw_h;currency;source"
    when = "2026-03-11T16:00Z;2026-03-11T20:00Z"
    bad = [f"Nowhere;;{when};100;;1;0,01;EUR;Contract", f"{plant.mrid};;{when};900;;1;;;Contract", f";;{when};1;;1;;;C"]
    with pytest.raises(FileRefused) as refused:
        import_reserve(content="\n".join([head, *bad[:2]]).encode(), by=somebody(), as_of=NOON)
    assert [one.split(":")[0] for one in refused.value.problems] == ["row 2", "row 3"]
    with pytest.raises(FileRefused, match="row 4"):
        import_reserve(content="\n".join([head, *bad]).encode(), by=somebody(), as_of=NOON)
    assert not ReserveCommitment.objects.exists()
    good = [f"{plant.name};;{when};100;50;0.5;0,01;EUR;Contract", f";Town;{when};;100;1;;;Contract"]
    made = import_reserve(content="\n".join([head, *good]).encode(), by=somebody(), as_of=NOON)
    assert [(row.up_kw, row.down_kw, row.price_per_kw_h) for row in made] == [(100.0, 50.0, 0.01), (0.0, 100.0, 0.0)]


def test_over_http_an_engineer_commits_and_a_viewer_reads(plant: StoragePlant) -> None:
    client, viewer = Client(), Client()
    client.force_login(User.objects.create_user("engineer", role=Role.ENGINEER))
    viewer.force_login(User.objects.create_user("viewer", role=Role.VIEWER))
    now = timezone.now()
    body = {
        "plant": str(plant.mrid),
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=5)).isoformat(),
        "up_kw": 100.0,
        "backing_h": 1.0,
        "source": "Contract 7",
    }
    assert viewer.post(API, body, content_type="application/json").status_code == 403
    made = client.post(API, body, content_type="application/json")
    assert made.status_code == 201, made.content
    (told,) = viewer.get(f"{API}?plant={plant.mrid}").json()["commitments"]
    assert (told["up_kw"], told["source"], told["entered_by"]) == (100.0, "Contract 7", "engineer")
    assert client.post(API, body | {"up_kw": 9000}, content_type="application/json").status_code == 409
    path = f"{API}/{told['id']}/withdrawal"
    assert client.post(path, {"reason": "Sold."}, content_type="application/json").status_code == 201
    assert client.post(path, {"reason": "Sold."}, content_type="application/json").status_code == 409
    file = client.post(f"{API}/file", b"plant\nx", content_type="application/octet-stream")
    assert file.status_code == 400
    assert "row 1" in file.json()["problems"][0]
