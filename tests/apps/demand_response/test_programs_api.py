"""The program manager's way through the API: a program, customers by a file, an identity, a link."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.demand_response import tasks
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram, ImportRun
from apps.demand_response.services.enrolment import CUSTOMER, leave
from tests.factories import demand

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/demand"
NEW = {"title": "Evening peak", "objective": "peak", "consent_purpose": "Peak", "consent_text": "I agree."}


@pytest.fixture(autouse=True)
def _work_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.check_import, "delay", tasks.check_import.run)
    monkeypatch.setattr(tasks.do_import, "delay", tasks.do_import.run)


@pytest.fixture
def mia() -> User:
    return demand.manager("mia")


@pytest.fixture
def client(mia: User) -> Client:
    client = Client()
    client.force_login(mia)
    return client


def asked(client: Client, verb: str, path: str, body: Any = None, code: int = 200) -> Any:
    answer = getattr(client, verb)(f"{ROOT}/{path}", json.dumps(body or {}), content_type="application/json")
    assert answer.status_code == code, answer.content
    return answer.json()


def test_a_program_is_made_changed_activated_and_taken_back(client: Client) -> None:
    made = asked(client, "post", "programs", NEW | {"months": [11, 12], "energy_eur_per_kwh": 0.4}, 201)
    path = f"programs/{made['id']}"
    assert (made["is_active"], made["managers"], made["program_name"]) == (False, ["mia"], "")
    changed = asked(client, "patch", path, {"revision": made["revision"], "notice_min": 60})
    assert (changed["notice_min"], changed["months"]) == (60, [11, 12])
    asked(client, "patch", path, {"revision": made["revision"], "notice_min": 5}, 409)
    assert asked(client, "post", f"{path}/activation")["program_name"] == f"evening-peak-{made['id']}"
    assert asked(client, "delete", f"{path}/activation")["is_active"] is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"objective": "fun"}, "objective"),
        ({"months": [13]}, "months"),
        ({"window_from": "17:00"}, "window_until"),
        ({"shortest_event_min": 60, "longest_event_min": 30}, "longest_event_min"),
        ({"penalty_eur_per_kwh": -1}, "penalty_eur_per_kwh"),
        ({"energy_eur_per_kwh": "NaN"}, "energy_eur_per_kwh"),
        ({"feeder_mrids": ["11111111-1111-1111-1111-111111111111"]}, "feeder_mrids"),
        ({"kept_days": 1}, "kept_days"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(client: Client, wrong: dict[str, Any], field: str) -> None:
    assert list(asked(client, "post", "programs", NEW | wrong, 400)) == [field]
    assert not DemandProgram.objects.exists()


def test_a_file_is_looked_at_confirmed_and_its_customers_get_identities_and_links(client: Client, mia: User) -> None:
    program = demand.program(mia)
    url = f"{ROOT}/imports?program={program.pk}&name=customers.csv"
    run = client.post(url, demand.sheet(5, bad=1), content_type="application/octet-stream").json()
    assert (run["state"], run["problem_count"], run["counts"]["customers"]) == ("previewed", 1, 4)
    asked(client, "post", f"imports/{run['id']}/confirmation", {}, 409)
    done = asked(client, "post", f"imports/{run['id']}/confirmation", {"leave_out_bad_rows": True}, 202)
    assert (done["state"], done["counts"]["enrolled"]) == ("done", 4)
    problems = b"".join(client.get(f"{ROOT}/imports/{run['id']}/problems.csv").streaming_content).decode()
    assert len(problems.splitlines()) == 2
    assert len(asked(client, "post", f"programs/{program.pk}/credentials", {}, 201)) == 4
    found = client.get(f"{ROOT}/customers?program={program.pk}&search=c00").json()
    page = client.get(f"{ROOT}/customers/{found['customers'][0]['id']}").json()
    link = asked(client, "post", f"enrolments/{page['enrolments'][0]['id']}/link", {}, 201)
    assert link["path"].startswith("/customer/")
    assert client.get(f"{ROOT}/customers/{page['id']}").json()["enrolments"][0]["link"]["used_at"] is None


def test_a_customer_by_hand_is_invited_enrolled_paused_and_leaves(client: Client, mia: User) -> None:
    program = demand.program(mia)
    new = {"reference": "H1", "name": "Hal", "customer_class": "residential", "usage_point": "M-H1"}
    customer = asked(client, "post", "customers", new, 201)
    assert asked(client, "post", "customers", new, 400) == {
        "reference": ["A customer of yours has this reference already; choose another."]
    }
    invited = asked(client, "post", f"customers/{customer['id']}/invitations", {"program": program.pk}, 201)
    path = f"enrolments/{invited['enrolments'][0]['id']}"
    steps = [("post", "consent"), ("post", "pause"), ("delete", "pause"), ("post", "departure")]
    moved = [asked(client, verb, f"{path}/{name}")["enrolments"][0]["status"] for verb, name in steps]
    assert moved == ["enrolled", "paused", "enrolled", "left"]
    assert asked(client, "post", f"{path}/pause", {}, 409)["detail"].startswith("This enrolment is left")
    assert asked(client, "delete", f"customers/{customer['id']}")["name"] == ""


def test_a_spreadsheet_runs_nothing_that_a_customer_is_called(client: Client, mia: User) -> None:
    demand.imported(demand.sheet(1), mia, None)
    mia.demand_customers.update(name="=1+1")
    text = b"".join(client.get(f"{ROOT}/customers.csv").streaming_content).decode()
    assert ",'=1+1," in text


def test_readings_are_shown_by_day_with_gaps_as_gaps(client: Client, mia: User) -> None:
    (enrolled,) = demand.enrolled(mia, demand.program(mia))
    row = demand.day_row("C-M000000", demand.days_before(1)[0]).replace("0.25", "-", 1)
    demand.imported(f"{demand.DAY_HEAD}\n{row}\n".encode(), mia, None, kind=demand.ImportKind.METER)
    (day,) = client.get(
        f"{ROOT}/customers/{enrolled.customer_id}/readings", {"first": "2026-11-01", "last": "2026-11-30"}
    ).json()["days"]
    assert (day["kwh"][:2], day["quality"]) == ([None, 0.25], "partial")
    leave(enrolment=enrolled, reason="", by=CUSTOMER, as_of=demand.NOW)
    later = demand.handed(f"{demand.DAY_HEAD}\n{row}\n".encode(), mia, None, kind=demand.ImportKind.METER)
    assert "none of a customer of yours whose consent holds" in later.problems[0]["problem"]


def test_operators_see_programs_with_numbers_and_run_none(mia: User) -> None:
    program = demand.program(mia)
    demand.enrolled(mia, program, 2)
    operator = Client()
    operator.force_login(User.objects.create_user("ole", password=None, role=Role.OPERATOR))
    (seen,) = operator.get(f"{ROOT}/programs").json()
    assert (seen["enrolments"][EnrolmentStatus.ENROLLED], seen["title"]) == (2, "Evening peak")
    asked(operator, "patch", f"programs/{program.pk}", {"revision": 0}, 403)
    assert operator.get(f"{ROOT}/customers").status_code == 403


def test_the_content_of_a_file_is_gone_once_it_is_imported(client: Client, mia: User) -> None:
    demand.imported(demand.sheet(2), mia, None)
    assert ImportRun.objects.get().content is None
