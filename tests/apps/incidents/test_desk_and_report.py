from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.models import Order
from apps.incidents.choices.incident import FactKind
from apps.incidents.models import Incident
from apps.incidents.selectors.desk import CRITICAL_COUNTS_AS, desk_document
from apps.incidents.selectors.plan import step_states
from apps.incidents.selectors.report import report_document
from tests.factories.incident_rows import any_feeder, crew, estimated, incident_on, restored, sent, tell
from tests.factories.networks import imported
from tests.factories.rings import ring_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def began() -> datetime:
    return timezone.now().replace(microsecond=0) - timedelta(hours=2)


def after(began: datetime, minutes: float) -> datetime:
    return began + timedelta(minutes=minutes)


def lost(model: NetworkModel, began: datetime, n: int = 0, *, customers: int = 100, **fields: int) -> Incident:
    counts = {"customers": customers, "customers_without": customers, **fields}
    return incident_on(any_feeder(model, n), began_at=began, number=f"INC-{n + 1}", **counts)


def test_a_critical_customer_counts_in_the_queue_as_it_is_told(model: NetworkModel, began: datetime) -> None:
    lost(model, began, customers=149)
    lost(model, began, 1, customers=100, critical_customers=1, critical_without=1)
    told = desk_document(as_of=after(began, 10))
    assert told["critical_counts_as"] == CRITICAL_COUNTS_AS == 50
    assert [(one["number"], one["gravity"]) for one in told["open"]] == [("INC-2", 150), ("INC-1", 149)]


def test_customer_minutes_so_far_count_who_is_back_only_until_then(model: NetworkModel, began: datetime) -> None:
    restored(lost(model, began), 0.6, after(began, 10))
    told = desk_document(as_of=after(began, 30))
    assert told["open"][0]["customer_minutes"] == pytest.approx(60 * 10 + 40 * 30)
    assert told["figures"]["customers_without"] == 40
    assert told["figures"]["customers_back"] == 60


def test_a_crew_hour_helps_most_where_most_customers_wait_for_the_shortest_repair(
    model: NetworkModel, began: datetime
) -> None:
    many, few = lost(model, began, customers=600), lost(model, began, 1, customers=300)
    estimated(many, after(began, 1), hours=(3, 6, 8))
    estimated(few, after(began, 1), hours=(0.5, 1, 2))
    sent(crew("one"), many, after(began, 5))
    sent(crew("two"), many, after(began, 6))
    rows = {row["number"]: row for row in desk_document(as_of=began)["open"]}
    assert rows["INC-1"]["customers_per_crew_hour"] == pytest.approx(600 / (2 * 6))
    assert rows["INC-2"]["customers_per_crew_hour"] == pytest.approx(300 / 1)
    late = {row["number"]: row for row in desk_document(as_of=after(began, 90))["open"]}
    assert late["INC-2"]["crew_hours"] == 0.25


def test_crews_are_counted_by_what_they_do(model: NetworkModel, began: datetime) -> None:
    sent(crew("one"), lost(model, began), after(began, 5))
    crew("two")
    crew("three", status="off-duty")
    figures = desk_document(as_of=after(began, 10))["figures"]
    assert [figures[f"crews_{name}"] for name in ("available", "busy", "off_duty")] == [1, 1, 1]


def test_the_report_keeps_momentary_and_sustained_apart(model: NetworkModel, began: datetime) -> None:
    incident = restored(restored(lost(model, began), 0.3, after(began, 5)), 1.0, after(began, 60))
    told = report_document(incident, as_of=timezone.now())
    figures = told["figures"]
    assert (figures["momentary_customers"], figures["sustained_customers"]) == (30, 70)
    assert figures["sustained_customer_minutes"] == pytest.approx(70 * 60)
    assert figures["customer_minutes"] == pytest.approx(30 * 5 + 70 * 60)
    assert figures["duration_min"] == 60
    assert figures["energy_not_served_kwh"] == pytest.approx(incident.lost_kw * (0.3 * 5 + 0.7 * 60) / 60)


def test_an_estimate_is_held_against_what_came(model: NetworkModel, began: datetime) -> None:
    incident = lost(model, began)
    estimated(incident, after(began, 5), hours=(0.5, 1, 1.5))
    estimated(incident, after(began, 30), hours=(1, 1.2, 1.25))
    assert [one["is_inside"] for one in report_document(incident, as_of=after(began, 40))["estimates"]] == [None, None]
    restored(incident, 1.0, after(began, 80))
    first, second = report_document(incident, as_of=timezone.now())["estimates"]
    assert (first["late_min"], first["is_inside"]) == (pytest.approx(20), True)
    assert (second["late_min"], second["is_inside"]) == (pytest.approx(8), False)


def test_what_was_known_later_is_told_so(model: NetworkModel, began: datetime) -> None:
    incident = lost(model, began)
    fact = tell(incident, FactKind.CALL, after(began, 3), "Three customers called.")
    fact.recorded_at = after(began, 7)
    fact.save()
    [call] = [
        one for one in report_document(incident, as_of=after(began, 9))["timeline"] if one["kind"] == FactKind.CALL
    ]
    assert (call["after_min"], call["known_after_s"]) == (3, 240)


def test_a_decision_has_its_person(model: NetworkModel, began: datetime) -> None:
    incident = lost(model, began)
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    tell(incident, FactKind.NOTE, after(began, 4), "Wait for the crew.", by=olga)
    sent(crew("one"), incident, after(began, 5))
    told = report_document(incident, as_of=after(began, 9))
    assert [(one["text"], one["by"]) for one in told["decisions"]] == [
        ("Wait for the crew.", "olga"), ("one was sent.", "dora"),
    ]  # fmt: skip
    assert told["crews"][0]["way_min"] is None


def test_steps_without_an_order_have_not_been_ordered() -> None:
    told = step_states(7, [{"words": "Open A", "device_mrid": "a"}, {"words": "Close B", "device_mrid": "b"}])
    assert [(one["number"], one["order"], one["status_label"]) for one in told] == [
        (1, None, "Not ordered yet"), (2, None, "Not ordered yet"),
    ]  # fmt: skip
    assert not Order.objects.exists()


@pytest.mark.parametrize("path", ["desk", "INC-1/plan", "INC-1/report"])
def test_whoever_sees_the_grid_reads_the_desk(path: str, model: NetworkModel, began: datetime) -> None:
    lost(model, began)
    assert Client().get(f"/api/v1/incidents/{path}").status_code in {401, 403}
    client = Client()
    client.force_login(User.objects.create_user("vic", role=Role.VIEWER))
    assert client.get(f"/api/v1/incidents/{path}").status_code == 200
    assert client.get("/api/v1/incidents/INC-99/plan").status_code == 404
    assert client.get("/api/v1/incidents/INC-99/report").status_code == 404
