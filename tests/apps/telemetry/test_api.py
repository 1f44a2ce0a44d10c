import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.telemetry.models import Gateway, IngestReceipt
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
URL = "/api/v1/telemetry/samples"


@pytest.fixture
def gateway() -> Gateway:
    return make_gateway()


@pytest.fixture
def token() -> str:
    user = User.objects.create_user("meters", password="a long enough password", role=Role.ADMIN)
    scopes, life = [Permission.WRITE_TELEMETRY], timedelta(days=1)
    return issue_token(owner=user, name="meters", scopes=scopes, life=life, actor=user, at=timezone.now())[1]


def sample(gateway: Gateway, slot: int = 0, **changes: Any) -> dict[str, Any]:
    point = gateway.points.get(slot=slot)
    at = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    return {"point": str(point.mrid), "at": at, "value": 10.5, **changes}


def post(client: Client, token: str, body: Any, key: str | None = None) -> Any:
    return client.post(
        URL,
        body if isinstance(body, str | bytes) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid.uuid4())},
    )


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry_sample")
        return int(cursor.fetchone()[0])


def test_samples_are_accepted_and_then_stored(client: Client, gateway: Gateway, token: str) -> None:
    answer = post(client, token, {"samples": [sample(gateway), sample(gateway, 1, quality=1)]})

    assert (answer.status_code, answer.json()) == (201, {"accepted": 2, "duplicates": 0, "late": 0})
    assert stored() == 2


def test_the_same_request_gets_the_same_answer_and_adds_nothing(client: Client, gateway: Gateway, token: str) -> None:
    body = json.dumps({"samples": [sample(gateway)]})

    answers = [post(client, token, body, key="k-1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert stored() == 1


def test_a_key_used_for_another_body_is_refused(client: Client, gateway: Gateway, token: str) -> None:
    post(client, token, {"samples": [sample(gateway)]}, key="k-1")

    answer = post(client, token, {"samples": [sample(gateway, value=11)]}, key="k-1")

    assert answer.status_code == 422
    assert "new key" in answer.json()["detail"]
    assert stored() == 1


@pytest.mark.parametrize(
    ("changes", "field", "remedy"),
    [
        ({"point": "line 7"}, "samples[0].point", "UUID"),
        ({"point": str(uuid.uuid4())}, "samples[0].point", "No such"),
        ({"at": "yesterday"}, "samples[0].at", "ISO 8601"),
        ({"at": "2026-06-01T12:00:00"}, "samples[0].at", "offset"),
        ({"value": "10"}, "samples[0].value", "finite"),
        ({"value": None}, "samples[0].value", "finite"),
        ({"value": True}, "samples[0].value", "finite"),
        ({"quality": -1}, "samples[0].quality", "bits"),
        ({"colour": "red"}, "samples[0]", "colour"),
    ],
)
def test_a_fault_is_named_with_its_field_and_its_remedy(
    client: Client, gateway: Gateway, token: str, *, changes: dict[str, Any], field: str, remedy: str
) -> None:
    answer = post(client, token, {"samples": [sample(gateway, **changes)]})

    assert answer.status_code == 400
    assert remedy in str(answer.json()[field])
    assert (stored(), IngestReceipt.objects.count()) == (0, 0)


def test_one_fault_refuses_the_whole_request(client: Client, gateway: Gateway, token: str) -> None:
    answer = post(client, token, {"samples": [sample(gateway), sample(gateway, 1, value="x")]})

    assert (answer.status_code, stored()) == (400, 0)


def test_a_request_without_a_key_is_refused(client: Client, gateway: Gateway, token: str) -> None:
    answer = client.post(
        URL,
        json.dumps({"samples": [sample(gateway)]}),
        "application/json",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()


def test_a_stranger_is_refused(client: Client, gateway: Gateway) -> None:
    assert post(client, "gop_wrong", {"samples": [sample(gateway)]}).status_code == 401
    assert client.post(URL, "{}", "application/json").status_code in {401, 403}


def mangled(rng: random.Random, body: bytes) -> bytes:
    """A body that was right before: cut, flipped, doubled, nested, or with one of its values replaced."""
    junk = [
        b"NaN",
        b"1e999",
        b"-Infinity",
        b'"\\ud800"',
        b"[" * 2000,
        b'{"a":' * 1200,
        b"\x00\xff\xfe",
        b"1" * 400,
        b"null",
    ]
    match rng.randrange(5):
        case 0:
            return body[: rng.randrange(len(body))]
        case 1:
            place = rng.randrange(len(body))
            return body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :]
        case 2:
            return body.replace(b"10.5", rng.choice(junk))
        case 3:
            place = rng.randrange(len(body))
            return body[:place] + rng.choice(junk) + body[place:]
    return bytes(rng.randrange(256) for _ in range(rng.randrange(200)))


def test_a_thousand_mangled_bodies_are_each_refused_with_a_reason_or_right(
    client: Client, gateway: Gateway, token: str
) -> None:
    rng = random.Random(104)
    client.raise_request_exception = False
    refused = 0
    for _ in range(1000):
        answer = post(client, token, mangled(rng, json.dumps({"samples": [sample(gateway)]}).encode()))
        assert answer.status_code in {201, 400, 413}, answer.content[:300]
        if answer.status_code != 201:
            refused += 1
            assert answer.json()
    assert refused > 900
    assert post(client, token, {"samples": [sample(gateway)]}).status_code == 201


def test_a_point_gives_its_samples_with_its_unit(client: Client, gateway: Gateway, token: str) -> None:
    post(client, token, {"samples": [sample(gateway)]})
    client.force_login(User.objects.get())
    point = gateway.points.get(slot=0)

    series = client.get(f"/api/v1/telemetry/points/{point.pk}/samples?width=200").json()

    assert (series["unit"], series["mean"], series["quality"]) == ("kV", [10.5], [0])


@pytest.mark.parametrize("query", ["from=then", "width=0", "width=x", "from=2030-01-01T00:00:00Z", "to=99"])
def test_a_wrong_query_names_what_is_wrong(client: Client, gateway: Gateway, query: str) -> None:
    client.force_login(User.objects.create_user("v", password="a long enough password", role=Role.VIEWER))

    answer = client.get(f"/api/v1/telemetry/points/{gateway.points.first().pk}/samples?{query}")

    assert answer.status_code == 400
