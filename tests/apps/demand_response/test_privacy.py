"""Another manager's rows: not found on every path. The matrix is made from the URL conf, so that an address which comes
later is held to it by itself."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.demand_response.models import Enrolment, Evaluation, Participation, SettlementMonth, Strategy
from apps.dispatch.models import Call
from tests.factories import demand
from tests.factories.demand_events import BEGIN, END, call_of

VERBS = ("get", "post", "put", "patch", "delete")
NAMES = ("Anna Secret", "SECRET-", "Hidden program")
DAY = {"first": "2026-11-01", "last": "2026-11-02"}


pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> dict[str, Any]:
    """Two managers; whatever the first one has is foreign to the second."""
    mine, other = demand.manager("holder"), demand.manager("stranger")
    program = demand.program(mine, title="Hidden program")
    (enrolment,) = demand.enrolled(mine, program, 1, prefix="SECRET-")
    enrolment.customer.name = "Anna Secret"
    enrolment.customer.save()
    run = demand.handed(demand.sheet(3, prefix="SECRET-N", bad=1), mine, program)
    people = {role: User.objects.create_user(f"{role}-p", password=None, role=role) for role in Role}
    people[Role.PROGRAM_MANAGER] = other
    keys = {
        "program_id": program.pk,
        "enrolment_id": enrolment.pk,
        "customer_id": enrolment.customer_id,
        "device_id": enrolment.customer.devices.get().pk,
        "run_id": run.pk,
    }
    return {"keys": keys | foreign_calls(enrolment), "people": people, "owner": mine, "program": program}


def foreign_calls(enrolment: Enrolment) -> dict[str, int]:
    """Keys of what the first manager's customers were asked for, and of what it came to."""
    program = enrolment.program
    call = call_of([enrolment])
    Call.objects.filter(pk=call.pk).update(program_name=program.openadr_program.program_name, title="Hidden program")
    strategy = Strategy.objects.create(
        program=program, starts_at=BEGIN, ends_at=END, wanted_kw=1.0, made_at=BEGIN, call=call
    )
    evaluation = Evaluation.objects.create(
        call=call, program=program, is_newest=True, asked_at=END, as_of=END, method=program.baseline_method
    )
    month = SettlementMonth.objects.create(program=program, month=BEGIN.date().replace(day=1))
    return {
        "call_id": call.pk,
        "strategy_id": strategy.pk,
        "participation_id": Participation.objects.get(enrolment=enrolment).pk,
        "evaluation_id": evaluation.pk,
        "month_id": month.pk,
    }


def walked(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, URLPattern, dict[str, Any]]]:
    """With what stands before them, and the keys in it."""
    for one in patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from walked(one.url_patterns, path)
        else:
            yield path, one, dict(one.pattern.converters)


def routes() -> list[tuple[str, dict[str, Any]]]:
    """Every address of the desk: of the API, and of the pages below /demand/."""
    own = walked(get_resolver().url_patterns)
    return [(path, converters) for path, _, converters in own if path.startswith(("api/v1/demand/", "demand/"))]


WITH_KEYS = [(path, converters) for path, converters in routes() if converters]
LISTS = [path for path, converters in routes() if not converters]
FOR_ADMINISTRATORS = ("api/v1/demand/programs/<int:program_id>/managers",)


def path_of(path: str, converters: dict[str, Any], world: dict[str, Any]) -> str:
    missing = [one for one in converters if one not in world["keys"]]
    assert not missing, f"{path} takes {missing}: give this matrix a row of another manager for it"
    for name, converter in converters.items():
        path = path.replace(f"<{_WORD[type(converter).__name__]}:{name}>", str(world["keys"][name]))
    return f"/{path}"


_WORD = {"IntConverter": "int", "UUIDConverter": "uuid", "StringConverter": "str", "SlugConverter": "slug"}


_clients: dict[int, Client] = {}  # by person; signed in once, as a sign-in costs more than what is asked


def _client_of(who: User | None) -> Client:
    if who is None:
        return Client()
    if who.pk not in _clients:
        _clients[who.pk] = Client()
        _clients[who.pk].force_login(who)
    return _clients[who.pk]


def ask(who: User | None, verb: str, path: str, body: Any = None) -> Any:
    client = _client_of(who)
    if verb == "get":
        return client.get(path, DAY if "readings" in path else None)
    return getattr(client, verb)(path, json.dumps(body or {}), content_type="application/json")


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_what_another_manager_has_is_not_found(world: dict[str, Any]) -> None:
    assert len(WITH_KEYS) > 15
    told = []
    for path, converters in WITH_KEYS:
        for verb in VERBS:
            answer = ask(world["people"][Role.PROGRAM_MANAGER], verb, path_of(path, converters, world))
            fine = (404, 405, 403) if path in FOR_ADMINISTRATORS else (404, 405)
            if answer.status_code not in fine or any(word in text_of(answer) for word in NAMES):
                told.append((verb, path, answer.status_code))
    assert told == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR, Role.ENGINEER, None])
def test_nobody_without_the_role_reads_a_customer(world: dict[str, Any], role: Role | None) -> None:
    who, told = world["people"][role] if role else None, []
    may_see = who is not None and who.may(Permission.VIEW_DEMAND)
    for path, converters in WITH_KEYS:
        answer = ask(who, "get", path_of(path, converters, world))
        fine = (200, 403, 404, 405) if may_see else (302, 401, 403, 405)
        if answer.status_code not in fine or any(word in text_of(answer) for word in NAMES[:2]):
            told.append((path, answer.status_code))
    assert told == []


@pytest.mark.parametrize("role", [*(role for role in Role if role is not Role.ADMIN), None])
def test_no_list_search_or_export_tells_of_it(world: dict[str, Any], role: Role | None) -> None:
    who, told = world["people"][role] if role else None, []
    hidden = NAMES if role in (Role.PROGRAM_MANAGER, None) else NAMES[:2]
    for path in LISTS:
        for query in ("", f"?search=SECRET&q=SECRET&customer={world['keys']['customer_id']}"):
            answer = ask(who, "get", f"/{path}{query}")
            if answer.status_code >= 500 or any(word in text_of(answer) for word in hidden):
                told.append((path, query, answer.status_code))
    assert told == []


@pytest.mark.parametrize("name", ["demand_response:customers", "demand_response:customers-file"])
def test_a_list_of_another_managers_program_is_not_found(world: dict[str, Any], db: None, name: str) -> None:
    stranger = world["people"][Role.PROGRAM_MANAGER]
    assert ask(stranger, "get", f"{reverse(name)}?program={world['program'].pk}").status_code == 404


def test_a_key_inside_a_request_is_as_foreign_as_one_in_an_address(world: dict[str, Any]) -> None:
    stranger = world["people"][Role.PROGRAM_MANAGER]
    demand.imported(demand.sheet(1, prefix="OWN"), stranger, None)
    own = stranger.demand_customers.get()
    path = reverse("demand_response:invitations", args=[own.pk])
    assert ask(stranger, "post", path, {"program": world["program"].pk}).status_code == 404
    wish = {"program": world["program"].pk, "starts_at": BEGIN.isoformat(), "ends_at": END.isoformat(), "wanted_kw": 5}
    assert ask(stranger, "post", reverse("demand_calls:strategies"), wish).status_code == 404
    client = Client()
    client.force_login(stranger)
    address = f"{reverse('demand_response:imports')}?program={world['program'].pk}"
    assert client.post(address, b"x", content_type="application/octet-stream").status_code == 404


def test_the_owner_and_an_administrator_find_it(world: dict[str, Any]) -> None:
    path = reverse("demand_response:customer", args=[world["keys"]["customer_id"]])
    assert ask(world["owner"], "get", path).json()["name"] == "Anna Secret"
    assert ask(world["people"][Role.ADMIN], "get", path).json()["name"] == "Anna Secret"


def test_whoever_comes_to_manage_the_program_sees_its_customers_and_ceases_to(world: dict[str, Any]) -> None:
    path = reverse("demand_response:customer", args=[world["keys"]["customer_id"]])
    other = world["people"][Role.PROGRAM_MANAGER]
    world["program"].managers.add(other)
    assert ask(other, "get", path).status_code == 200
    world["program"].managers.remove(other)
    assert ask(other, "get", path).status_code == 404


def test_meter_readings_of_anothers_customer_are_not_stored(world: dict[str, Any]) -> None:
    content = f"usage_point,day,minutes,readings\n{demand.day_row('SECRET--M000000', demand.days_before(1)[0])}\n"
    run = demand.handed(content.encode(), world["people"][Role.PROGRAM_MANAGER], None, kind=demand.ImportKind.METER)
    assert "none of a customer of yours" in run.problems[0]["problem"]


def test_the_audit_names_who_carried_customers_out(world: dict[str, Any]) -> None:
    ask(world["owner"], "get", reverse("demand_response:customers-file"))
    row = AuditEvent.objects.filter(action="demand.exported").latest("id")
    assert (row.actor_name, row.detail) == ("holder", {"rows": 1})
