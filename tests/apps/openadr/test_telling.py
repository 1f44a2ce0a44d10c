import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.openadr.choices import ClientRole, DeliveryStatus
from apps.openadr.models import Delivery
from apps.openadr.services import deliveries
from tests.factories.openadr import NOW, make_client, make_notice, make_program, make_subscription
from tests.factories.trading import person

pytestmark = pytest.mark.django_db
HERE = "/api/v1/openadr"


def _of(role: Role) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(person(role.value, role))
    return client


@pytest.fixture
def dead() -> Delivery:
    make_subscription(make_client("head", ClientRole.BL), "https://head.example/", token="hidden")
    make_notice(make_program())
    deliveries.fan_out(as_of=NOW)
    Delivery.objects.update(status=DeliveryStatus.DEAD, attempts=10, last_error="The callback answered 500.")
    return Delivery.objects.get()


def test_what_was_given_up_is_listed_with_its_last_answer_and_without_its_token(dead: Delivery) -> None:
    answer = _of(Role.ADMIN).get(f"{HERE}/notifications")
    found = answer.json()
    (row,) = found["dead"]
    assert (found["given_up"], found["pending"], found["oldest_pending_s"]) == (1, 0, None)
    assert (row["id"], row["client_name"], row["last_error"]) == (dead.pk, "head", "The callback answered 500.")
    assert "hidden" not in answer.content.decode()


def test_it_is_sent_again_or_forgotten_once(dead: Delivery) -> None:
    admin, body = _of(Role.ADMIN), {"deliveries": [dead.pk]}
    for done in (1, 0):
        assert admin.post(f"{HERE}/deliveries/again", body, "application/json").json() == {"done": done}
    assert admin.get(f"{HERE}/notifications").json()["pending"] == 1
    assert admin.post(f"{HERE}/deliveries/forgotten", body, "application/json").json() == {"done": 0}


def test_a_wrong_list_is_told_by_its_field(dead: Delivery) -> None:
    answer = _of(Role.ADMIN).post(f"{HERE}/deliveries/again", {"deliveries": ["x"]}, "application/json")
    assert answer.status_code == 400
    assert "deliveries" in answer.json()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_subscribers_are_the_administrators_business(role: Role, dead: Delivery) -> None:
    other, body = _of(role), {"deliveries": [dead.pk]}
    assert other.get(f"{HERE}/notifications").status_code == 403
    assert other.post(f"{HERE}/deliveries/forgotten", body, "application/json").status_code == 403
    assert other.get("/demand/notifications/").status_code == 403


def test_the_page_opens_for_an_administrator() -> None:
    assert "Webhooks that were given up" in _of(Role.ADMIN).get("/demand/notifications/").content.decode()
