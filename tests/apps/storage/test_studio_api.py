"""Lifespans, capacity tests and economic cases over HTTP: who may do what, and what bad input is told."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.storage import tasks
from apps.storage.choices import CaseState, Horizon, PlanOutcome
from apps.storage.models import (
    CapacityTest,
    Earning,
    EconomicCase,
    HealthState,
    LifespanRun,
    StoragePlant,
    StorageSchedule,
)
from apps.storage.services.cases import work_out_waiting
from apps.storage.services.lifespans import work_out
from tests.factories.storage import NOON, cycled, make_plant, priced_zone

pytestmark = pytest.mark.django_db
API = "/api/v1/storage"
JSON = {"content_type": "application/json"}
RAW = {"content_type": "application/octet-stream"}
PROJECT = {
    "currency": "EUR",
    "capex": 300_000,
    "energy_kwh": 1000,
    "years": 15,
    "discount_rate": 0.07,
    "cycles_per_year": 330,
    "depth": 0.8,
    "round_trip_efficiency": 0.9,
    "fade_per_year": 0.02,
    "charge_price_per_mwh": 30,
    "discharge_price_per_mwh": 160,
    "opex_per_year": 4000,
    "yearly": [{"year": 9, "augmentation_cost": 40_000, "augmentation_kwh": 200}],
    "sensitivity": {"capex": 0.2, "fade_per_year": 0.5},
    "scenarios": {"dear night": {"charge_price_per_mwh": 60}},
}


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, tuple]]]:
    """What is handed to workers."""
    found: list[tuple[str, tuple]] = []
    for name in ("work_out_cases", "work_out_lifespan"):
        monkeypatch.setattr(getattr(tasks, name), "delay", lambda *told, name=name: found.append((name, told)))
    return found


@pytest.fixture
def plant(db: None) -> StoragePlant:
    return make_plant(zone=priced_zone())


def test_a_lifespan_is_read_by_all_and_asked_for_by_those_who_study(plant: StoragePlant, handed: list) -> None:
    viewer, path = signed_in(Role.VIEWER), f"{API}/plants/{plant.mrid}/lifespan"
    empty = viewer.get(path).json()
    assert (empty["run"], empty["runs"], empty["tests"], empty["cost"]) == (None, [], [], None)
    cycled(plant, NOON, days=5)
    work_out(plant=plant, as_of=NOON)
    page = viewer.get(path).json()
    assert page["run"]["low"] < page["run"]["years"] < page["run"]["high"]
    assert len(page["run"]["fan"]["years"]) == len(page["run"]["fan"]["median"])
    assert "fan" not in page["runs"][0]
    monday = NOON - timedelta(days=NOON.weekday())
    for rack, capacity in zip(plant.racks.all(), (0.96, 0.92), strict=True):
        for at in (monday, monday - timedelta(days=1)):
            HealthState.objects.create(rack=rack, as_of=at, capacity=capacity, capacity_sigma=0.02)
    (estimated,) = viewer.get(path).json()["estimated"]
    assert (estimated["capacity"], estimated["sigma"]) == (pytest.approx(0.94), 0.02)
    assert viewer.get(f"{path}?at={(NOON - timedelta(days=1)).isoformat()[:19]}Z").json()["run"] is None
    assert viewer.post(path, {}, **JSON).status_code == 403
    engineer = signed_in(Role.ENGINEER)
    assert engineer.post(path, {}, **JSON).status_code == 202
    assert handed == [("work_out_lifespan", (plant.pk, 0.8))]
    tasks.work_out_lifespan(*handed[0][1])
    assert LifespanRun.objects.count() == 2
    assert engineer.post(path, {"end_of_life": 80}, **JSON).status_code == 400


class TestCapacityTests:
    HEAD = "tested_at;energy_kwh;sigma_kwh;conditions;source\n"

    def sent(self, plant: StoragePlant, rows: str) -> tuple[int, dict]:
        client = Client()
        user, _ = User.objects.get_or_create(username="eng", role=Role.ENGINEER)
        client.force_login(user)
        answer = client.post(f"{API}/plants/{plant.mrid}/capacity-tests/file", (self.HEAD + rows).encode(), **RAW)
        return answer.status_code, answer.json()

    def test_a_file_is_taken_whole_and_again_changes_nothing(self, plant: StoragePlant) -> None:
        rows = "2025-03-10 09:00;981,5;9;0.25 C, 23 °C;Report 1\n2026-01-10T08:00Z;962;9;;Report 2\n"
        assert self.sent(plant, rows) == (201, {"made": 2, "known": 0})
        assert self.sent(plant, rows) == (201, {"made": 0, "known": 2})
        newest, first = CapacityTest.objects.all()
        assert (first.energy_kwh, first.conditions, newest.source) == (981.5, "0.25 C, 23 °C", "Report 2")
        assert AuditEvent.objects.filter(action="storage.tests-imported").count() == 1

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("soon;960;9;;Report", "row 3: tested_at: 'soon' is no time"),
            ("2026-01-11;a lot;9;;Report", "row 3: energy_kwh: 'a lot' is no number"),
            ("2026-01-11;960;;;Report", "row 3: sigma_kwh: it is empty; write kWh; of a full discharge"),
            ("2026-01-11;960;9;;", "row 3: source: it is empty; say whose measurement"),
            ("2026-01-11;9600;9;;Report", "row 3: energy_kwh: 9600 is far more than the 1000 kWh"),
            ("2026-01-11;960;961;;Report", "row 3: sigma_kwh: 961 is more than what was measured"),
            ("2099-01-11;960;9;;Report", "row 3: tested_at: it lies in the future."),
            ("2025-01-11;960;9;;Report", "row 3: tested_at: it lies before the batteries went into service"),
            ("2026-01-10T08:00Z;950;9;;Report", "row 3: tested_at: row 2 has the same instant"),
        ],
    )
    def test_a_bad_row_is_named_and_none_is_taken(self, plant: StoragePlant, row: str, told: str) -> None:
        StoragePlant.objects.update(in_service_on="2025-03-01")
        status, body = self.sent(plant, f"2026-01-10T08:00Z;962;9;;Report 2\n{row}\n")
        assert status == 400
        assert told in " ".join(body["problems"])
        assert not CapacityTest.objects.exists()

    def test_a_column_that_is_missing_is_named(self, plant: StoragePlant) -> None:
        self.HEAD = "tested_at;energy_kwh\n"
        assert "the column sigma_kwh is missing" in self.sent(plant, "2026-01-10;960\n")[1]["detail"]


def test_only_engineers_say_what_batteries_cost(plant: StoragePlant) -> None:
    path = f"{API}/plants/{plant.mrid}/battery-cost"
    told = {"per_kwh": 210, "currency": "EUR", "discount_rate": 0.07, "source": "Offer 12"}
    assert signed_in(Role.OPERATOR).put(path, told, **JSON).status_code == 403
    engineer = signed_in(Role.ENGINEER)
    assert engineer.put(path, told, **JSON).json()["per_kwh"] == 210
    assert "currency" in engineer.put(path, told | {"currency": "euro"}, **JSON).json()
    assert "source" in engineer.put(path, told | {"source": ""}, **JSON).json()
    assert engineer.put(path, told | {"per_kwh": "nan"}, **JSON).status_code == 400
    assert engineer.get(f"{API}/plants/{plant.mrid}/lifespan").json()["cost"]["source"] == "Offer 12"


class TestCases:
    def made(self, **more: object) -> dict:
        client = Client()
        user, _ = User.objects.get_or_create(username="ana", role=Role.OPERATOR)
        client.force_login(user)
        body = {"name": "Mill, offer 12", "project": PROJECT, "source": "Offer 12 of May", **more}
        answer = client.post(f"{API}/cases", body, **JSON)
        return answer.json() | {"status": answer.status_code}

    def test_a_case_is_worked_out_by_a_worker_and_comes_to_what_the_command_says(
        self, plant: StoragePlant, handed: list, tmp_path: Path
    ) -> None:
        case = self.made(plant=str(plant.mrid), sources={"capex": "Page 3 of it"})
        assert (case["status"], case["state"], handed) == (201, CaseState.WAITING, [("work_out_cases", ())])
        assert work_out_waiting(as_of=timezone.now()) == 1
        viewer = signed_in(Role.VIEWER)
        page = viewer.get(f"{API}/cases/{case['id']}").json()
        assert page["state"] == CaseState.DONE
        units = {one["name"]: (one["unit"], one["source"]) for one in page["figures"]}
        assert units["capex"] == ("EUR", "Page 3 of it")
        assert units["charge_price_per_mwh"] == ("EUR/MWh", "Offer 12 of May")
        for form in ("csv", "json"):
            file = tmp_path / f"case.{form}"
            file.write_bytes(viewer.get(f"{API}/cases/{case['id']}/file?form={form}").content)
            out = StringIO()
            call_command("storage_economics", str(file), json=True, stdout=out)
            assert json.loads(out.getvalue()) == page["result"]
        assert {bar["field"] for bar in page["result"]["sensitivity"]} == {"capex", "fade_per_year"}
        assert page["result"]["scenarios"]["dear night"]["npv"] < page["npv"]
        (listed,) = viewer.get(f"{API}/cases?plant={plant.mrid}").json()["cases"]
        assert listed["npv"] == page["npv"]
        assert viewer.get(f"{API}/cases?free=true").json()["cases"] == []
        client = signed_in(Role.OPERATOR)
        path, reason = f"{API}/cases/{case['id']}/archive", {"reason": "The offer has lapsed."}
        assert viewer.post(path, reason, **JSON).status_code == 403
        assert client.post(path, {}, **JSON).status_code == 400
        before = listed["made_at"]
        assert client.post(path, reason, **JSON).json()["archived_at"]
        assert client.post(path, reason, **JSON).status_code == 409
        assert viewer.get(f"{API}/cases?plant={plant.mrid}").json()["cases"] == []
        for told in ({"archived": "true"}, {"at": before}):
            (kept,) = viewer.get(f"{API}/cases", {"plant": str(plant.mrid), **told}).json()["cases"]
            assert kept["id"] == case["id"]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"project": {**PROJECT, "discount_rate": 8}}, "field discount_rate: discount_rate is 8"),
            ({"project": {**PROJECT, "capex": "much"}}, "field capex: 'much' is no number"),
            ({"project": {**PROJECT, "capx": 3}}, "field capx: capx is not known"),
            ({"project": {"capex": 3}}, "discount_rate is missing"),
            ({"project": {**PROJECT, "scenarios": {"odd": {"years": 1.5}}}}, "scenario odd: years is 1.5"),
            ({"source": ""}, "sources: capex has none; say where the figure is from"),
            ({"sources": {"salvage": "x"}}, "sources: salvage is no figure of the project"),
            ({"name": ""}, "may not be blank"),
        ],
    )
    def test_bad_input_names_the_field_and_what_to_do(self, handed: list, change: dict, told: str) -> None:
        body = self.made(**change)
        assert body["status"] == 400
        assert told in json.dumps(body)
        assert not EconomicCase.objects.exists()
        assert handed == []

    def test_a_file_of_the_command_is_taken_as_a_case(self, handed: list) -> None:
        operator = signed_in(Role.OPERATOR)
        path = f"{API}/cases/file?name=Free&source=Offer&file=project."
        rows = "year,capex,cash_flow\n0,,-100\n1,,60\n2,,70\n"
        assert operator.post(f"{path}csv", b"field,value\ncapex,many\n", **RAW).json()["detail"].startswith("row 2")
        wide = operator.post(f"{path}csv", rows.encode(), **RAW)
        assert wide.status_code == 400
        assert "discount_rate is missing" in wide.json()["detail"]
        made = operator.post(f"{path}json", json.dumps(PROJECT).encode(), **RAW)
        assert (made.status_code, made.json()["plant"]) == (201, None)
        assert operator.post(f"{path}json&plant={'0' * 32}", b"{}", **RAW).status_code == 404
        assert signed_in(Role.VIEWER).post(f"{path}json", b"{}", **RAW).status_code == 403

    def test_the_form_is_filled_with_what_is_known_of_the_plant(self, plant: StoragePlant) -> None:
        viewer = signed_in(Role.VIEWER)
        free = {one["name"]: one for one in viewer.get(f"{API}/case-form").json()["figures"]}
        assert free["capex"]["is_needed"]
        assert {one["value"] for one in free.values()} == {None}
        cycled(plant, NOON, days=5)
        work_out(plant=plant, as_of=NOON)
        form = viewer.get(f"{API}/plants/{plant.mrid}/case-form").json()
        known = {one["name"]: one for one in form["figures"] if one["value"] is not None}
        assert known["energy_kwh"] == free["energy_kwh"] | {"value": 1000.0, "source": "Sheet of the maker, revision 3"}
        assert known["round_trip_efficiency"]["value"] == pytest.approx(0.9025)
        assert 0 < known["fade_per_year"]["value"] < 0.1
        assert known["discharge_price_per_mwh"]["value"] > known["charge_price_per_mwh"]["value"]
        assert "market days" in known["cycles_per_year"]["source"]
        assert (form["currency"], "capex" in known) == ("EUR", False)


def test_what_was_earned_is_summed_over_days_that_can_be_compared(plant: StoragePlant) -> None:
    today = timezone.localdate()
    money = {"currency": "EUR", "worked_out_at": NOON, "plant": plant}
    full = {"realised": 8.0, "planned": 9.0, "perfect": 10.0, "simple_rule": 7.0, "wear": 1.0, "cycles": 0.5}
    Earning.objects.create(day=today - timedelta(days=1), discharged_kwh=400.0, **full, **money)
    Earning.objects.create(day=today - timedelta(days=2), discharged_kwh=400.0, **full, **money)
    Earning.objects.create(day=today - timedelta(days=3), perfect=50.0, **money)
    parts = {"energy": -9.0, "wear": 1.0, "peak": 0.0, "reserve": -2.5}
    starts_at = timezone.now() - timedelta(days=2)
    for newer in (0.0, 1.0):
        StorageSchedule.objects.create(
            plant=plant,
            horizon=Horizon.DAY_AHEAD,
            outcome=PlanOutcome.PLANNED,
            as_of=NOON,
            starts_at=starts_at,
            steps=96,
            parts=parts | {"reserve": -2.5 - newer},
            engine_version="1",
        )
    found = signed_in(Role.VIEWER).get(f"{API}/plants/{plant.mrid}/earned?days=30").json()
    total = found["total"]
    assert (found["settled_days"], total["days"], found["currency"]) == (3, 2, "EUR")
    assert (total["realised"], total["share_of_perfect"], total["above_simple_rule"]) == (16.0, 0.8, 2.0)
    assert (total["per_cycle"], total["per_mwh"]) == (16.0, 20.0)
    services = {one["name"]: one["planned"] for one in found["services"]}
    assert services == {"energy": 9.0, "wear": -1.0, "reserve": 3.5}
    assert sum(month["days"] for month in found["months"]) == 2
