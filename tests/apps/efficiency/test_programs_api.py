"""The pipeline of efficiency, from an empty page to a verified saving, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import OperationalError
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.efficiency import tasks
from apps.efficiency.choices.programs import STARTING_CATALOGUE
from apps.efficiency.models import EfficiencySite, MeasureEnrolment, SiteDay, VerifiedSaving
from apps.efficiency.services.program_savings import carry_out_asked, carry_out_verification
from apps.markets.choices import Product
from tests.factories.efficiency import HALL_DAYS, HALL_SAVED, HALL_WORK, hall_readings

pytestmark = pytest.mark.django_db
API = "/api/v1/efficiency"


def post(client: Client, path: str, body: Any = None, code: int = 201) -> Any:
    answer = client.post(f"{API}/{path}", body or {}, content_type="application/json")
    assert answer.status_code == code, answer.content
    return answer.json()


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


@pytest.fixture
def manager() -> Client:
    return signed_in(Role.ENGINEER)


def a_site(client: Client, **fields: Any) -> int:
    return int(post(client, "sites", {"name": "Town hall", "time_zone": "UTC", **fields})["id"])


def imported(client: Client, site: int, content: bytes, code: int = 201) -> Any:
    answer = client.post(f"{API}/sites/{site}/readings?name=hall.csv", content, content_type="text/csv")
    assert answer.status_code == code, answer.content
    return answer.json()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was handed to the workers."""
    found: list[int] = []
    monkeypatch.setattr("apps.efficiency.tasks.verify_measure.delay", found.append)
    return found


def installed(client: Client, work_from: str, work_to: str) -> int:
    site = a_site(client)
    imported(client, site, hall_readings())
    measure = post(client, "measures/catalogue")["measures"][0]["id"]
    one = post(client, "enrolments", {"site": site, "measure": measure})
    for step in ("offered", "enrolled"):
        post(client, f"enrolments/{one['id']}/step", {"status": step}, 200)
    work = {"status": "installed", "work_from": work_from, "work_to": work_to}
    return int(post(client, f"enrolments/{one['id']}/step", work, 200)["id"])


def test_what_no_queue_took_is_found_waiting_and_carried_out(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_queue(_pk: int) -> None:
        raise OperationalError("refused")

    monkeypatch.setattr("apps.efficiency.tasks.verify_measure.delay", no_queue)
    one = installed(manager, *HALL_WORK)
    post(manager, f"enrolments/{one}/verification", {}, 202)
    asked_at = MeasureEnrolment.objects.get().asked_at
    assert asked_at is not None
    assert carry_out_asked(as_of=asked_at + timedelta(minutes=1)) == 0
    assert carry_out_asked(as_of=asked_at + timedelta(minutes=6)) == 1
    assert VerifiedSaving.objects.count() == 1


def test_a_verification_that_finds_nothing_keeps_its_reason(manager: Client, asked: list[int]) -> None:
    one = installed(manager, "2024-01-05", "2024-01-06")  # four days of baseline
    post(manager, f"enrolments/{one}/verification", {}, 202)
    assert not tasks.verify_measure(asked.pop())
    told = manager.get(f"{API}/pipeline").json()["enrolments"][0]
    assert told["asked_at"] is None and told["refused"] and told["saving"] is None
    post(manager, f"enrolments/{one}/verification", {}, 202)
    late = timezone.now() + timedelta(days=2)
    assert not carry_out_verification(enrolment_id=one, as_of=late)
    assert "No worker" in MeasureEnrolment.objects.get().refused


def test_from_an_empty_page_to_a_verified_saving(manager: Client, asked: list[int]) -> None:
    empty = manager.get(f"{API}/pipeline").json()
    assert empty["sites"] == [] and empty["totals"]["verified_kwh"] is None
    site = a_site(manager)
    assert "import them" in manager.get(f"{API}/sites/{site}").json()["reason"]
    assert imported(manager, site, hall_readings())["hours_known"] == HALL_DAYS * 24
    assert len(post(manager, "measures/catalogue")["measures"]) == len(STARTING_CATALOGUE)

    page = manager.get(f"{API}/sites/{site}").json()
    costs = [one["levelised_cost"] for one in page["ranking"] if one["levelised_cost"] is not None]
    assert costs == sorted(costs) and len(costs) > 4
    assert page["shape"]["base_kw"] == pytest.approx(4 * 0.8, rel=0.05)
    assert page["shape"]["model"]["heating_kwh_per_k_day"] == pytest.approx(0.8 * 12, rel=0.15)

    first = page["ranking"][0]
    one = post(manager, "enrolments", {"site": site, "measure": first["measure"]})
    assert one["expected_kwh"] == pytest.approx(first["yearly_kwh"])
    for step in ("offered", "enrolled"):
        one = post(manager, f"enrolments/{one['id']}/step", {"status": step}, 200)
    work = {"status": "installed", "work_from": HALL_WORK[0], "work_to": HALL_WORK[1], "paid": 900}
    one = post(manager, f"enrolments/{one['id']}/step", work, 200)
    assert one["next"] == []

    for method in ("daily", "hourly"):
        asked_for = post(manager, f"enrolments/{one['id']}/verification", {"method": method}, 202)
        assert asked_for["asked_at"] is not None
        again = post(manager, f"enrolments/{one['id']}/verification", {"method": method}, 409)
        assert "being worked out" in again["detail"]
        assert asked.pop() == one["id"] and tasks.verify_measure(one["id"])
        assert not tasks.verify_measure(one["id"])  # whoever comes second finds it answered
        (one,) = manager.get(f"{API}/pipeline").json()["enrolments"]
        assert one["status"] == "verified" and one["asked_at"] is None and one["refused"] == ""
        saving = one["saving"]
        assert saving["saved_kwh"] / saving["counterfactual_kwh"] == pytest.approx(HALL_SAVED, abs=0.01)
        assert saving["passes"] and saving["band_kwh"] > 0
        assert saving["average_kg"] is None and "no average factor" in saving["emissions_note"]
    totals = manager.get(f"{API}/pipeline").json()["totals"]
    assert totals["verified_kwh"] == pytest.approx(one["saving"]["saved_kwh"])
    assert VerifiedSaving.objects.count() == 2
    assert AuditEvent.objects.filter(action="efficiency.measure.verified").count() == 2


def test_what_is_known_of_emissions_is_counted_by_the_hour(manager: Client) -> None:
    site = a_site(manager)
    row = EfficiencySite.objects.get(pk=site)
    assert row.price_zone is None
    told = manager.get(f"{API}/emissions").json()
    assert told["zone"] == "" and set(told["average_g_per_kwh"]) == {None}
    assert "Marginal" in told["method"]
    assert Product.EMISSION_AVERAGE not in told["zones"]


def test_days_that_come_again_replace_those_that_were_there(manager: Client) -> None:
    site = a_site(manager)
    head = b"start,kwh\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,2\n"
    imported(manager, site, head)
    imported(manager, site, head.replace(b",2", b",5"))
    day = SiteDay.objects.get(site=site)
    assert day.kwh[:3] == [1, 5, None]
    assert day.temperature_c == [None] * 24


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"start,kwh\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,x\n", "row 3: 'x' is no number"),
        (b"start,kwh\n2026-01-01,1\n2026-01-02,1\n", "needs hours"),
        (b"start,kwh\n2026-01-01T00:00Z,1\n2199-01-01T00:00Z,1\n", "minutes apart"),
        (b"\xff\xfe\x00\x00junk", "hall.csv"),
        (b"\x1f\x8bjunk", "cannot be unpacked"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_row(manager: Client, content: bytes, words: str) -> None:
    answer = imported(manager, a_site(manager), content, 400)
    assert words in str(answer)
    assert not SiteDay.objects.exists()


def test_a_step_that_is_not_next_is_refused(manager: Client) -> None:
    site = a_site(manager)
    imported(manager, site, hall_readings())
    measure = post(manager, "measures/catalogue")["measures"][0]["id"]
    one = post(manager, "enrolments", {"site": site, "measure": measure})
    assert "can become" in post(manager, f"enrolments/{one['id']}/step", {"status": "installed"}, 409)["detail"]
    assert "by hand" not in post(manager, f"enrolments/{one['id']}/step", {"status": "verified"}, 409)["detail"]
    assert "install it first" in post(manager, f"enrolments/{one['id']}/verification", {}, 409)["detail"]
    assert "already" in post(manager, "enrolments", {"site": site, "measure": measure}, 409)["detail"]
    for step in ("offered", "enrolled"):
        post(manager, f"enrolments/{one['id']}/step", {"status": step}, 200)
    assert "on which day" in post(manager, f"enrolments/{one['id']}/step", {"status": "installed"}, 409)["detail"]
    late = {"status": "installed", "work_from": "2026-05-01", "work_to": "2026-05-02"}
    post(manager, f"enrolments/{one['id']}/step", late, 200)
    assert "no readings after" in post(manager, f"enrolments/{one['id']}/verification", {}, 409)["detail"]
    assert MeasureEnrolment.objects.get().status == "installed"


def test_a_measure_can_be_changed_within_its_bounds(manager: Client) -> None:
    body = {"name": "LED", "kind": "led", "driver": "busy", "share": 0.4, "saving": 0.5, "cost_per_kwh": 0.4,
            "life_years": 12}  # fmt: skip
    made = post(manager, "measures", body)
    assert "already" in post(manager, "measures", body, 409)["detail"]
    answer = manager.put(f"{API}/measures/{made['id']}", body | {"share": 0.6}, content_type="application/json")
    assert answer.json()["share"] == 0.6
    wrong = manager.put(f"{API}/measures/{made['id']}", body | {"share": 1.6}, content_type="application/json")
    assert wrong.status_code == 400 and "share" in wrong.json()


def test_whoever_may_not_manage_reads_only() -> None:
    client = signed_in(Role.OPERATOR)
    assert client.get(f"{API}/pipeline").status_code == 200
    assert client.post(f"{API}/measures/catalogue").status_code == 403
    assert client.get(f"{API}/sites/7").status_code == 404
