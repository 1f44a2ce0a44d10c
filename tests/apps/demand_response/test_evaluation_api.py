"""Who reads what of evaluations and money, and in which shape."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.demand_response.models import Evaluation, SettlementMonth
from apps.demand_response.services.evaluations import evaluate_due
from apps.dispatch.models import Call
from tests.factories.demand import enrolled, manager, program
from tests.factories.demand_events import AFTER, call_of, metered, paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return manager("anna")


@pytest.fixture
def call(boss: User) -> Call:
    homes = enrolled(boss, paying(program(boss)), 6)
    metered(homes, saved_kw=0.4, noise=0.02)
    made = call_of(homes)
    evaluate_due(as_of=AFTER)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_manager_reads_the_whole_and_an_operator_no_customer(boss: User, call: Call) -> None:
    url = f"/api/v1/demand/calls/{call.pk}/evaluation"
    told = signed_in(boss).get(url).json()
    assert told["evaluation"]["settled_customers"] == 6
    assert {one["key"] for one in told["evaluation"]["methods"]} >= {"caiso_10_10", "pjm_4_5", "weather"}
    operator = signed_in(User.objects.create_user("op", role=Role.OPERATOR))
    assert operator.get(url).status_code == 200
    row = told["evaluation"]["id"]
    for path in (f"evaluations/{row}/customers", f"evaluations/{row}/customers.csv", "settlement"):
        assert operator.get(f"/api/v1/demand/{path}").status_code == 403, path


def test_another_managers_evaluation_and_money_do_not_exist(boss: User, call: Call) -> None:
    other, row, month = signed_in(manager("ben")), Evaluation.objects.get(), SettlementMonth.objects.get()
    for path in (
        f"calls/{call.pk}/evaluation",
        f"evaluations/{row.pk}/customers",
        f"evaluations/{row.pk}/customers.csv",
        f"settlement/{month.pk}",
        f"settlement/{month.pk}/lines.csv",
    ):
        assert other.get(f"/api/v1/demand/{path}").status_code == 404, path
    for act in ("approval", "reopening", "finalisation"):
        assert other.post(f"/api/v1/demand/settlement/{month.pk}/{act}").status_code == 404, act
    assert other.post("/api/v1/demand/evaluations", {"call": call.pk}).status_code == 404
    assert other.get("/api/v1/demand/evaluations").json() == {"evaluations": []}
    assert other.get("/api/v1/demand/settlement").json() == {"months": []}


def test_customers_are_read_by_piece_by_word_and_as_a_file(boss: User, call: Call) -> None:
    client, row = signed_in(boss), Evaluation.objects.get()
    rows = client.get(reverse("demand_evaluation:outcomes", args=[row.pk])).json()["customers"]
    assert len(rows) == 6
    rest = client.get(reverse("demand_evaluation:outcomes", args=[row.pk]), {"after": rows[3]["id"]}).json()
    assert len(rest["customers"]) == 2
    one = client.get(reverse("demand_evaluation:outcomes", args=[row.pk]), {"search": rows[2]["reference"]}).json()
    assert [each["id"] for each in one["customers"]] == [rows[2]["id"]]
    file = client.get(reverse("demand_evaluation:outcomes-file", args=[row.pk])).getvalue().decode().splitlines()
    assert len(file) == 7
    assert file[0].startswith("reference,name,stage,promised_kwh")


def test_a_month_tells_its_lines_and_moves_with_reasons(boss: User, call: Call) -> None:
    client, month = signed_in(boss), SettlementMonth.objects.get()
    told = client.get(f"/api/v1/demand/settlement/{month.pk}").json()
    assert told["month"]["customers"] == 6
    assert told["month"]["amount_eur"] == pytest.approx(sum(line["amount_eur"] for line in told["lines"]))
    assert client.get(f"/api/v1/demand/settlement/{month.pk}", {"kind": "credit"}).json()["lines"][0]["reason"]
    refused = client.post(f"/api/v1/demand/settlement/{month.pk}/finalisation")
    assert refused.status_code == 409
    assert "approved first" in refused.json()["detail"]
    file = client.get(f"/api/v1/demand/settlement/{month.pk}/lines.csv").getvalue().decode()
    assert file.count("\n") == len(told["lines"]) + 1


def test_the_past_knows_only_what_was_there(boss: User, call: Call) -> None:
    before = (AFTER - timedelta(hours=1)).isoformat()
    told = signed_in(boss).get(f"/api/v1/demand/calls/{call.pk}/evaluation", {"at": before}).json()
    assert told["evaluation"] is None
    assert told["history"] == []


def test_pages_open_and_a_statement_says_what_is_paid_and_why(boss: User, call: Call) -> None:
    client, month = signed_in(boss), SettlementMonth.objects.get()
    for name, keys in (("demand_evaluation", []), ("demand_call_evaluation", [call.pk]), ("demand_settlement", [])):
        assert client.get(reverse(f"control_room:{name}", args=keys)).status_code == 200, name
    line = month.lines.filter(amount_eur__isnull=False).order_by("pk")[0]
    address = reverse("control_room:demand_statement", args=[month.pk])
    one = client.get(address, {"enrolment": line.enrolment_id}).content.decode()
    assert line.enrolment.customer.reference in one
    assert line.reason in one
    assert one.count("<article>") == 1
    assert client.get(address).content.decode().count("<article>") == 6
