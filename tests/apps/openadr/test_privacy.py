"""Object privacy: every kind of client at every address with every id that is not its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from tests.apps.openadr.door import Outsider, business, ven

pytestmark = pytest.mark.django_db
INTERVAL = {"id": 0, "payloads": [{"type": "SIMPLE", "values": [1]}]}


@dataclass(frozen=True)
class House:
    """A VEN and one object of each kind that is its own or meant for it alone."""

    door: Outsider
    ids: dict[str, str]


@dataclass(frozen=True)
class World:
    bl: Outsider
    one: House
    other: House


def _made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def _house(bl: Outsider, name: str) -> House:
    door = ven(name)
    key = door.get("vens").json()[0]["id"]
    own = {"objectType": "BL_VEN_REQUEST", "venName": name, "clientID": door.client_id, "targets": [name]}
    assert bl.put(f"vens/{key}", own).status_code == 200
    program = _made(bl.post("programs", {"programName": f"for {name}", "targets": [name]}))["id"]
    event = _made(bl.post("events", {"programID": program, "targets": [name], "intervals": [INTERVAL]}))["id"]
    report = _made(door.post("reports", {"eventID": event, "clientName": name, "resources": []}))["id"]
    resource = {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": "car", "venID": key}
    return House(
        door,
        {
            "programs": program,
            "events": event,
            "reports": report,
            "subscriptions": _made(door.post("subscriptions", subscription()))["id"],
            "vens": key,
            "resources": _made(door.post("resources", resource))["id"],
        },
    )


def subscription(**more: Any) -> dict[str, Any]:
    entry = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": "https://ven.example/x", "bearerToken": "s"}
    return {"clientName": "house", "objectOperations": [entry], **more}


@pytest.fixture
def world() -> World:
    bl = business()
    return World(bl, _house(bl, "one"), _house(bl, "other"))


def body_for(kind: str, house: House, targets: list[str]) -> dict[str, Any]:
    """A change of the other's object that would be right if it were one's own."""
    return {
        "programs": {"programName": "x", "targets": targets},
        "events": {"programID": house.ids["programs"], "targets": targets},
        "reports": {"eventID": house.ids["events"], "clientName": "x", "resources": []},
        "subscriptions": subscription(),
        "vens": {"objectType": "VEN_VEN_REQUEST", "venName": "stolen"},
        "resources": {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": "x", "venID": house.ids["vens"]},
    }[kind]


def test_each_ven_sees_its_own_and_nothing_of_the_other(world: World) -> None:
    for asker, stranger in ((world.one, world.other), (world.other, world.one)):
        for kind, key in asker.ids.items():
            assert [each["id"] for each in asker.door.get(kind).json()] == [key], kind
            assert asker.door.get(f"{kind}/{key}").status_code == 200
            assert asker.door.get(f"{kind}/{stranger.ids[kind]}").status_code == 404, kind


def test_no_address_of_another_ven_can_be_written(world: World) -> None:
    one, other = world.one, world.other
    for kind, key in other.ids.items():
        before = world.bl.get(f"{kind}/{key}").json()
        refused = (403,) if kind in ("programs", "events") else (404,)
        assert one.door.put(f"{kind}/{key}", body_for(kind, one, ["one"])).status_code in refused, kind
        assert one.door.delete(f"{kind}/{key}").status_code in refused, kind
        assert world.bl.get(f"{kind}/{key}").json() == before


def test_ids_of_another_ven_within_a_body_are_as_if_unknown(world: World) -> None:
    one, foreign = world.one.door, world.other.ids
    cases = [
        ("reports", {"eventID": foreign["events"], "clientName": "x", "resources": []}, 409),
        ("subscriptions", subscription(programID=foreign["programs"]), 409),
        ("resources", {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": "x", "venID": foreign["vens"]}, 404),
    ]
    for path, body, status in cases:
        assert one.post(path, body).status_code == status, path
    own = world.one.ids
    assert one.put(f"reports/{own['reports']}", cases[0][1]).status_code == 409
    assert one.put(f"subscriptions/{own['subscriptions']}", cases[1][1]).status_code == 409
    assert one.put(f"resources/{own['resources']}", cases[2][1]).status_code in (404, 409)


def test_filters_find_nothing_of_another_ven(world: World) -> None:
    one, foreign = world.one.door, world.other.ids
    for path, query in (
        ("programs", {"targets": "other"}),
        ("programs", {"programName": "for other"}),
        ("events", {"programID": foreign["programs"]}),
        ("events", {"targets": ["one", "other"]}),
        ("reports", {"eventID": foreign["events"]}),
        ("reports", {"clientName": "other"}),
        ("subscriptions", {"programID": foreign["programs"]}),
        ("vens", {"venName": "other"}),
        ("vens", {"targetType": "VEN_NAME", "targetValues": "other"}),
        ("resources", {"venID": foreign["vens"]}),
    ):
        assert one.get(path, **query).json() == [], (path, query)


def test_topics_of_another_ven_do_not_exist(world: World, settings: Any) -> None:
    settings.OPENADR_MQTT_BROKER = "127.0.0.1:1"
    one, foreign = world.one.door, world.other.ids
    for rest in ("", "/events", "/programs", "/resources"):
        assert one.get(f"notifiers/mqtt/topics/vens/{foreign['vens']}{rest}").status_code == 404
    for rest in ("", "/events"):
        assert one.get(f"notifiers/mqtt/topics/programs/{foreign['programs']}{rest}").status_code == 404


def test_only_business_logic_writes_targets(world: World) -> None:
    one, key = world.one.door, world.one.ids["vens"]
    greedy = {"objectType": "BL_VEN_REQUEST", "venName": "one", "clientID": one.client_id, "targets": ["other"]}
    assert one.put(f"vens/{key}", greedy).status_code == 403
    one.put(f"vens/{key}", {"objectType": "VEN_VEN_REQUEST", "venName": "one", "targets": ["other"]})
    car = {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": "c2", "venID": key, "targets": ["other"]}
    assert one.post("resources", car).json()["targets"] == []
    assert one.get(f"events/{world.other.ids['events']}").status_code == 404


def test_an_event_is_seen_by_whom_all_its_targets_are_granted_to(world: World) -> None:
    program = world.bl.post("programs", {"programName": "open"}).json()["id"]
    for targets in ([], ["one"], ["one", "feeder-7"], ["one", "other"]):
        world.bl.post("events", {"programID": program, "targets": targets, "eventName": "+".join(targets)})

    def seen() -> set[str]:
        return {each["eventName"] for each in world.one.door.get("events", programID=program).json()}

    assert seen() == {"", "one"}
    car, own = world.one.ids["resources"], world.one.ids["vens"]
    granted = {"objectType": "BL_RESOURCE_REQUEST", "resourceName": "car", "venID": own, "targets": ["feeder-7"]}
    world.bl.put(f"resources/{car}", {**granted, "clientID": world.one.door.client_id})
    assert seen() == {"", "one", "one+feeder-7"}
    assert world.one.door.delete(f"resources/{car}").status_code == 200
    assert seen() == {"", "one"}


def test_a_ven_may_report_on_an_event_that_it_is_shown_no_more(world: World) -> None:
    one, key = world.one.door, world.one.ids["vens"]
    plain = {"objectType": "BL_VEN_REQUEST", "venName": "one", "clientID": one.client_id}
    world.bl.put(f"vens/{key}", plain)
    assert one.get("events").json() == []
    report = {"eventID": world.one.ids["events"], "clientName": "one", "resources": []}
    assert one.post("reports", report).status_code == 201
    assert world.other.door.post("reports", report).status_code == 409


def test_business_logic_sees_all_but_the_tokens_of_others_callbacks(world: World) -> None:
    for kind in world.one.ids:
        assert {world.one.ids[kind], world.other.ids[kind]} <= {each["id"] for each in world.bl.get(kind).json()}
    told = world.bl.get(f"subscriptions/{world.one.ids['subscriptions']}").json()
    assert told["objectOperations"][0]["bearerToken"] is None
    own = world.one.door.get(f"subscriptions/{world.one.ids['subscriptions']}").json()
    assert own["objectOperations"][0]["bearerToken"] == "s"


@pytest.fixture
def managers(make_person: Callable[..., User]) -> tuple[User, User]:
    return make_person("ann"), make_person("bob")


@pytest.fixture
def make_person() -> Callable[..., User]:
    def make(name: str) -> User:
        return User.objects.create_user(name, role=Role.PROGRAM_MANAGER)

    return make


def test_business_logic_of_a_manager_sees_that_managers_own(world: World, managers: tuple[User, User]) -> None:
    ann, bob = (business(person.username, manager=person) for person in managers)
    program = _made(ann.post("programs", {"programName": "of ann"}))["id"]
    event = _made(ann.post("events", {"programID": program, "intervals": [INTERVAL]}))["id"]
    report = _made(world.one.door.post("reports", {"eventID": event, "clientName": "x", "resources": []}))["id"]
    own = _made(ann.post("subscriptions", subscription()))["id"]
    ids = {"programs": program, "events": event, "reports": report, "subscriptions": own}
    for kind, key in ids.items():
        assert [each["id"] for each in ann.get(kind).json()] == [key], kind
        assert bob.get(kind).json() == [] and bob.get(f"{kind}/{key}").status_code == 404, kind
        assert bob.delete(f"{kind}/{key}").status_code in (403, 404)
    assert bob.post("events", {"programID": program}).status_code == 409
    for kind, key in world.one.ids.items():
        assert bob.get(f"{kind}/{key}").status_code == 404, kind
    assert ann.get("vens").json() == ann.get("resources").json() == []
