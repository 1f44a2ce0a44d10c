"""What the six kinds of objects do, by the cases that VTNs are judged by."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.openadr.models import Notification
from tests.apps.openadr.door import BASE, Outsider, business, ven

pytestmark = pytest.mark.django_db
INTERVAL = {"id": 0, "payloads": [{"type": "SIMPLE", "values": [1]}]}
UNKNOWN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def bl() -> Outsider:
    return business()


@pytest.fixture
def program(bl: Outsider) -> dict[str, Any]:
    return bl.post("programs", {"programName": "peak"}).json()


def event(program: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"programID": program["id"], "intervals": [INTERVAL], **more}


def subscription(**more: Any) -> dict[str, Any]:
    entry = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": "https://ven.example/callback"}
    return {"clientName": "house", "objectOperations": [{**entry, **more}]}


def test_a_program_lives_from_create_to_delete(bl: Outsider) -> None:
    body = {"programName": "peak", "targets": ["group-1"], "attributes": [{"type": "X", "values": [1.5, "a", True]}]}
    made = bl.post("programs", body)
    told = made.json()
    assert made.status_code == 201 and body.items() <= told.items()
    assert told["objectType"] == "PROGRAM" and told["createdDateTime"].endswith("Z")
    assert bl.get(f"programs/{told['id']}").json() == told
    changed = bl.put(f"programs/{told['id']}", {"programName": "peak 2"}).json()
    assert (changed["programName"], changed["id"], changed["targets"]) == ("peak 2", told["id"], [])
    assert "attributes" not in changed and changed["modificationDateTime"] > told["modificationDateTime"]
    assert bl.delete(f"programs/{told['id']}").json()["programName"] == "peak 2"
    assert bl.get(f"programs/{told['id']}").status_code == 404 and bl.get("programs").json() == []


def test_every_write_is_audited_and_told_with_the_clients_name(bl: Outsider, program: dict[str, Any]) -> None:
    bl.put(f"programs/{program['id']}", {"programName": "peak 2"})
    bl.delete(f"programs/{program['id']}")
    rows = AuditEvent.objects.filter(action__startswith="openadr.program.").order_by("id")
    assert [row.action.rpartition(".")[2] for row in rows] == ["create", "update", "delete"]
    assert {row.detail["client"] for row in rows} == {"business"}
    assert list(Notification.objects.order_by("id").values_list("operation", flat=True)) == [
        "CREATE", "UPDATE", "DELETE",
    ]  # fmt: skip


def test_a_name_that_is_taken_is_a_conflict(bl: Outsider, program: dict[str, Any]) -> None:
    assert bl.post("programs", {"programName": "peak"}).status_code == 409
    other = bl.post("programs", {"programName": "other"}).json()
    assert bl.put(f"programs/{other['id']}", {"programName": "peak"}).status_code == 409
    bl.delete(f"programs/{program['id']}")
    assert bl.post("programs", {"programName": "peak"}).status_code == 201


def test_an_event_of_an_unknown_program_is_a_conflict(bl: Outsider) -> None:
    for key in (UNKNOWN, "program-999"):
        assert bl.post("events", event({"id": key})).status_code == 409


def test_a_deleted_program_takes_its_events_along(bl: Outsider, program: dict[str, Any]) -> None:
    made = bl.post("events", event(program)).json()
    bl.delete(f"programs/{program['id']}")
    assert bl.get("events").json() == [] and bl.get(f"events/{made['id']}").status_code == 404
    assert Notification.objects.filter(object_type="EVENT", operation="DELETE").count() == 1


def test_events_are_ordered_by_priority_and_then_the_newest_first(bl: Outsider, program: dict[str, Any]) -> None:
    for name, priority in (("none", None), ("low", 9), ("high", 0), ("high too", 0)):
        bl.post("events", event(program, eventName=name, priority=priority))
    assert [each["eventName"] for each in bl.get("events").json()] == ["high too", "high", "low", "none"]


def test_pages_are_cut_by_skip_and_limit(bl: Outsider, program: dict[str, Any]) -> None:
    for priority in range(4):
        bl.post("events", event(program, priority=priority))
    assert [each["priority"] for each in bl.get("events", skip=1, limit=2).json()] == [1, 2]
    assert bl.get("events", limit=0).json() == []
    for wrong in ({"limit": 51}, {"limit": -1}, {"skip": "x"}, {"skip": 2**40}, {"limit": ""}):
        assert bl.get("events", **wrong).status_code == 400


def test_filters_are_anded(bl: Outsider, program: dict[str, Any]) -> None:
    other = bl.post("programs", {"programName": "other"}).json()
    bl.post("events", event(program, eventName="1", targets=["a", "b"]))
    bl.post("events", event(program, eventName="2", targets=["a"]))
    bl.post("events", event(other, eventName="3", targets=["a", "b"]))

    def names(**query: Any) -> set[str]:
        return {each["eventName"] for each in bl.get("events", **query).json()}

    assert names(targets=["a", "b"]) == {"1", "3"}
    assert names(targets=["a", "b"], programID=program["id"]) == {"1"}
    assert names(programID=UNKNOWN) == names(programID="program-999") == set()
    assert names(dateStart="x", dateEnd="y", targetType="GROUP", targetValues="a") == {"1", "2", "3"}


def test_only_active_events_leave_out_those_that_have_ended(bl: Outsider, program: dict[str, Any]) -> None:
    def period(hours: int) -> dict[str, Any]:
        start = (timezone.now() + timedelta(hours=hours)).isoformat()
        return {"intervalPeriod": {"start": start, "duration": "PT1H"}}

    for name, more in (("past", period(-3)), ("now", period(0)), ("endless", {}), ("long", {**period(-3)})):
        bl.post("events", event(program, eventName=name, **more, **({"duration": "P1D"} if name == "long" else {})))
    assert {each["eventName"] for each in bl.get("events", active="true").json()} == {"now", "endless", "long"}
    assert len(bl.get("events", active="false").json()) == 4
    assert bl.get("events", active="maybe").status_code == 400


def test_names_are_found_by_the_words_of_today_and_of_version_3_0(bl: Outsider) -> None:
    ven("house 1"), ven("house 2")
    for query in ({"venName": "house 2"}, {"targetType": "VEN_NAME", "targetValues": "house 2"}):
        assert [each["venName"] for each in bl.get("vens", **query).json()] == ["house 2"]


def test_a_body_against_the_standard_is_refused_with_field_and_reason(bl: Outsider, program: dict[str, Any]) -> None:
    wrong = [
        ("programs", {}, "programName"),
        ("programs", {"programName": ""}, "programName"),
        ("programs", {"programName": "x" * 129}, "programName"),
        ("programs", {"programName": 7}, "programName"),
        ("programs", {"programName": "x", "targets": "a"}, "targets"),
        ("events", event(program, priority=-1), "priority"),
        ("events", event(program, intervalPeriod={"start": "yesterday"}), "start"),
        ("events", event(program, intervalPeriod={"duration": "an hour"}), "duration"),
        ("subscriptions", subscription(operations=["LOOK"]), "operations"),
        ("subscriptions", {"clientName": "x", "objectOperations": [{}]}, "objects"),
        ("vens", {"venName": "x"}, "objectType"),
        ("programs", [], "body"),
    ]
    for path, body, field in wrong:
        answer = bl.post(path, body)
        assert (answer.status_code, field in answer.json()["detail"]) == (400, True), (body, answer.json())


def test_clients_that_name_all_they_lack_are_understood_and_one_null_alone_is_a_mistake(bl: Outsider) -> None:
    told = bl.post("programs", {"programName": "x", "intervalPeriod": None, "targets": None}).json()
    assert "intervalPeriod" not in told and told["targets"] == []
    assert bl.post("programs", {"programName": "y", "intervalPeriod": None}).status_code == 400


def test_what_is_no_json_is_refused(bl: Outsider) -> None:
    headers = {"Authorization": f"Bearer {bl.token}"}
    for text in ("{", '{"programName": NaN}', '{"programName": "x", "attributes": [1e400]}'):
        answer = Client().post(f"{BASE}/programs", text, content_type="application/json", headers=headers)
        assert answer.status_code == 400
    assert Client().post(f"{BASE}/programs", "", content_type="application/json", headers=headers).status_code == 403
    assert Client().post(f"{BASE}/programs", "a=b", content_type="text/plain", headers=headers).status_code == 415


def test_what_the_standard_does_not_know_is_dropped_and_metadata_is_ours(bl: Outsider) -> None:
    told = bl.post("programs", {"programName": "x", "id": "mine", "createdDateTime": "1999", "secret": 1}).json()
    assert told["id"] != "mine" and not told["createdDateTime"].startswith("1999") and "secret" not in told


def test_characters_that_the_database_cannot_hold_come_back_as_they_went(bl: Outsider) -> None:
    told = bl.post("programs", {"programName": "a\x00b", "targets": ["ü-☃"]})
    assert told.status_code == 201 and bl.get(f"programs/{told.json()['id']}").json()["programName"] == "a\x00b"


def test_an_undeclared_method_and_an_unknown_address_are_told_as_such(bl: Outsider) -> None:
    answer = Client().patch(f"{BASE}/programs", headers={"Authorization": f"Bearer {bl.token}"})
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    assert bl.get("nothing").json()["detail"]
    assert bl.get("programs/äöü").status_code == 400


def test_a_change_of_what_was_changed_meanwhile_is_refused(bl: Outsider, program: dict[str, Any]) -> None:
    path = f"programs/{program['id']}"
    seen = bl.get(path).headers["ETag"]
    assert bl.put(path, {"programName": "first"}, **{"If-Match": seen}).status_code == 200
    assert bl.put(path, {"programName": "second"}, **{"If-Match": seen}).status_code == 412
    assert bl.delete(path, **{"If-Match": seen}).status_code == 412
    assert bl.get(path).json()["programName"] == "first"
    assert bl.put(path, {"programName": "third"}).status_code == 200


def test_reports_are_written_by_vens_only(bl: Outsider, program: dict[str, Any]) -> None:
    made = bl.post("events", event(program)).json()
    report = {"eventID": made["id"], "clientName": "house", "resources": []}
    assert bl.post("reports", report).status_code == 403
    house = ven("house 1")
    told = house.post("reports", report)
    assert told.status_code == 201 and told.json()["clientID"] == house.client_id
    key = told.json()["id"]
    assert bl.delete(f"reports/{key}").status_code == 403
    assert [each["id"] for each in bl.get("reports", programID=program["id"], clientName="house").json()] == [key]
    assert bl.get("reports", eventID=UNKNOWN).json() == []
    assert house.put(f"reports/{key}", {**report, "reportName": "late"}).json()["reportName"] == "late"
    assert house.delete(f"reports/{key}").status_code == 200 and bl.get("reports").json() == []
    assert house.post("reports", {**report, "eventID": UNKNOWN}).status_code == 409


def test_subscriptions_take_the_words_of_version_3_0(bl: Outsider) -> None:
    told = bl.post("subscriptions", subscription(operations=["POST", "PUT", "GET", "DELETE"]))
    assert told.status_code == 201
    assert told.json()["objectOperations"][0]["operations"] == ["POST", "PUT", "GET", "DELETE"]
    assert len(bl.get("subscriptions", objects="EVENT").json()) == 1
    assert bl.get("subscriptions", objects="REPORT").json() == []
    assert bl.get("subscriptions", objects="NOTHING").status_code == 400
    assert bl.post("subscriptions", {**subscription(), "programID": UNKNOWN}).status_code == 409


def test_a_ven_registers_itself_and_its_resources(bl: Outsider) -> None:
    house = ven("head end", with_ven=False)
    made = house.post("vens", {"objectType": "VEN_VEN_REQUEST", "venName": "house 1", "targets": ["all"]}).json()
    assert (made["clientID"], made["targets"], made["objectType"]) == (house.client_id, [], "VEN")
    assert house.post("vens", {"objectType": "VEN_VEN_REQUEST", "venName": "house 2"}).status_code == 409
    body = {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": "car", "venID": made["id"], "targets": ["all"]}
    resource = house.post("resources", body).json()
    assert (resource["targets"], resource["clientID"]) == ([], house.client_id)
    assert house.post("resources", body).status_code == 409
    assert house.get("resources", venID=made["id"], resourceName="car").json() == [resource]
    bl.put(f"vens/{made['id']}", {**of_ven(house), "targets": ["granted"]})
    kept = house.put(f"vens/{made['id']}", {"objectType": "VEN_VEN_REQUEST", "venName": "house 3"}).json()
    assert (kept["targets"], kept["venName"]) == (["granted"], "house 3")
    assert house.delete(f"vens/{made['id']}").status_code == 200 and bl.get("resources").json() == []


def of_ven(house: Outsider, name: str = "house 1") -> dict[str, Any]:
    return {"objectType": "BL_VEN_REQUEST", "venName": name, "clientID": house.client_id}


def test_business_logic_registers_vens_for_clients_that_there_are(bl: Outsider) -> None:
    house, other = ven("head end", with_ven=False), ven("another", with_ven=False)
    made = bl.post("vens", {**of_ven(house), "targets": ["b", "a"]})
    assert made.status_code == 201 and made.json()["targets"] == ["a", "b"]
    assert bl.post("vens", of_ven(house, "house 2")).status_code == 409
    assert bl.post("vens", of_ven(other)).status_code == 409
    assert bl.post("vens", {**of_ven(house, "x"), "clientID": "nobody"}).status_code == 403
    assert bl.post("vens", {"objectType": "VEN_VEN_REQUEST", "venName": "x"}).status_code == 403
    assert [each["venName"] for each in bl.get("vens", targets=["a"]).json()] == ["house 1"]
    key, body = made.json()["id"], {"objectType": "BL_RESOURCE_REQUEST", "resourceName": "car"}
    assert bl.post("resources", {**body, "venID": key, "clientID": house.client_id}).status_code == 201
    assert bl.post("resources", {**body, "venID": key, "clientID": other.client_id}).status_code == 409
    assert bl.post("resources", {**body, "venID": UNKNOWN, "clientID": house.client_id}).status_code == 404


def test_the_notifiers_are_webhooks_and_topics_where_there_is_a_broker(bl: Outsider, settings: Any) -> None:
    assert bl.get("notifiers").json() == {"WEBHOOK": True}
    assert bl.get("notifiers/mqtt/topics/programs").status_code == 404
    settings.OPENADR_MQTT_BROKER = "127.0.0.1:1"
    assert bl.get("notifiers").json()["MQTT"]["serialization"] == "JSON"
    assert bl.get("notifiers/mqtt/topics/programs").json()["topics"]["CREATE"].startswith("programs/")
    house = ven("house 1")
    own = house.get("vens").json()[0]["id"]
    assert house.get(f"notifiers/mqtt/topics/vens/{own}/events").json()["topics"]["ALL"].startswith(f"vens/{own}/")
    assert house.get("notifiers/mqtt/topics/programs").json()["topics"]["ALL"].startswith(f"vens/{own}/")
    for path in ("events", "reports", "subscriptions", "vens", "resources"):
        assert bl.get(f"notifiers/mqtt/topics/{path}").status_code == 200
        assert house.get(f"notifiers/mqtt/topics/{path}").status_code == 403
