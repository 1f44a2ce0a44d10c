"""Tokens: client credentials by Basic and by form, scopes by role, nothing usable kept."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from apps.openadr.api.auth import TRIES
from apps.openadr.choices import ROLE_SCOPES, ClientRole
from apps.openadr.models import OpenAdrClient, Ven
from apps.openadr.services import clients
from apps.openadr.services.clients import Secret
from apps.openadr.services.enrolment import make_client
from tests.apps.openadr.door import BASE, Outsider, asked_for_token, ven

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> Secret:
    return make_client(name="head end", role=ClientRole.VEN, ven_name="house 1", as_of=timezone.now())


def by_basic(client_id: str, client_secret: str, **form: str) -> Any:
    told = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    form = {"grant_type": "client_credentials", **form}
    return Client().post(f"{BASE}/auth/token", form, headers={"Authorization": f"Basic {told}"})


def test_the_server_tells_where_tokens_are_without_asking_for_one() -> None:
    answer = Client().get(f"{BASE}/auth/server")
    assert answer.json() == {"tokenURL": f"http://testserver{BASE}/auth/token"}


@pytest.mark.parametrize("ask", [asked_for_token, by_basic])
def test_credentials_are_taken_by_form_and_by_basic(ask: Any, secret: Secret) -> None:
    told = ask(secret.client_id, secret.client_secret).json()
    assert (told["token_type"], set(told["scope"].split())) == ("Bearer", set(ROLE_SCOPES[ClientRole.VEN]))
    assert Outsider(secret.client_id, told["access_token"]).get("vens").json()[0]["venName"] == "house 1"


def test_wrong_credentials_are_an_invalid_client(secret: Secret) -> None:
    for answer in (asked_for_token(secret.client_id, "guess"), asked_for_token("nobody", "x"), by_basic("nobody", "x")):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_another_grant_is_not_supported(secret: Secret) -> None:
    answer = asked_for_token(secret.client_id, secret.client_secret, grant_type="magic")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("write_reports nonsense write_programs", {"write_reports"}),
        ("read_all", {"read_targets", "read_ven_objects"}),
        ("read_all write_reports", {"read_targets", "read_ven_objects", "write_reports"}),
        ("write_events", set(ROLE_SCOPES[ClientRole.VEN])),
    ],
)
def test_scopes_are_narrowed_to_what_the_role_has(asked: str, given: set[str], secret: Secret) -> None:
    told = asked_for_token(secret.client_id, secret.client_secret, scope=asked).json()
    assert set(told["scope"].split()) == given


def test_a_token_without_the_scope_is_forbidden(secret: Secret) -> None:
    token = asked_for_token(secret.client_id, secret.client_secret, scope="write_reports").json()["access_token"]
    assert Outsider(secret.client_id, token).get("events").status_code == 403


def test_neither_secrets_nor_tokens_can_be_read_in_the_database(secret: Secret) -> None:
    token = asked_for_token(secret.client_id, secret.client_secret).json()["access_token"]
    kept = Application.objects.get(client_id=secret.client_id).client_secret
    assert kept.startswith("random_secret$") and secret.client_secret not in kept
    assert token not in str(AccessToken.objects.values())


def test_no_token_and_a_wrong_one_are_unauthorized() -> None:
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic abc"}):
        answer = Client().get(f"{BASE}/events", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (401, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/json"


def test_a_token_that_has_run_out_is_worth_nothing() -> None:
    house = ven("house 1")
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert house.get("events").status_code == 401


def test_a_retired_client_is_out_at_once_and_gets_no_token(secret: Secret) -> None:
    token = asked_for_token(secret.client_id, secret.client_secret).json()["access_token"]
    assert clients.retire_client(client=secret.client, actor=None, as_of=timezone.now())
    assert not clients.retire_client(client=secret.client, actor=None, as_of=timezone.now())
    assert Outsider(secret.client_id, token).get("events").status_code == 401
    assert asked_for_token(secret.client_id, secret.client_secret).status_code == 401


def test_a_new_secret_ends_the_old_one_and_its_tokens(secret: Secret) -> None:
    token = asked_for_token(secret.client_id, secret.client_secret).json()["access_token"]
    new = clients.renew_secret(client=secret.client, actor=None, as_of=timezone.now())
    assert Outsider(secret.client_id, token).get("events").status_code == 401
    assert asked_for_token(secret.client_id, secret.client_secret).status_code == 401
    assert asked_for_token(secret.client_id, new.client_secret).status_code == 200


def test_wrong_secrets_close_the_door_for_that_client_from_that_address(secret: Secret) -> None:
    other = make_client(name="another", role=ClientRole.BL, as_of=timezone.now())
    for _ in range(TRIES):
        asked_for_token(secret.client_id, "guess")
    assert "Too many" in asked_for_token(secret.client_id, secret.client_secret).json()["error_description"]
    assert asked_for_token(other.client_id, other.client_secret).status_code == 200


def test_what_ran_out_is_forgotten(secret: Secret) -> None:
    asked_for_token(secret.client_id, secret.client_secret)
    AccessToken.objects.update(expires=timezone.now() - timedelta(days=1))
    clients.forget_expired(as_of=timezone.now())
    assert not AccessToken.objects.exists()


def test_a_ven_is_seen_when_it_asks_and_written_rarely() -> None:
    house = ven("house 1")
    house.get("events")
    first = Ven.objects.get().last_seen_at
    house.get("events")
    assert first is not None and Ven.objects.get().last_seen_at == first
    Ven.objects.update(last_seen_at=first - clients.SEEN_RESOLUTION)
    house.get("events")
    assert Ven.objects.get().last_seen_at > first - clients.SEEN_RESOLUTION


def test_a_client_takes_over_the_ven_of_its_former_one() -> None:
    ven("old head end", with_ven=False)
    ven("house 1")
    new = make_client(name="new head end", role=ClientRole.VEN, ven_name="house 1", as_of=timezone.now())
    assert Ven.objects.get().client_id == new.client_id
    assert OpenAdrClient.objects.count() == 3
