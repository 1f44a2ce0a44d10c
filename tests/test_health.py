import json
from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.utils import timezone

from gridops import health
from gridops.headers import policy


def test_a_live_process_says_so_without_a_database(client: Client) -> None:
    response = client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"alive": True})


def test_a_probe_needs_no_known_host(client: Client) -> None:
    assert client.get("/livez", headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/", headers={"host": "10.1.2.3"}).status_code == 400


@pytest.mark.django_db
def test_ready_tells_of_database_valkey_and_the_age_of_the_picture(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": {"writable": True, "pending_migrations": 0},
        "valkey": "up",
        "solution_age_s": None,
    }


@pytest.mark.django_db
def test_the_age_is_that_of_the_newest_solution() -> None:
    moment = timezone.now()
    with (
        mock.patch.object(health.Solution.objects, "order_by") as ordered,
        mock.patch.object(health.timezone, "now", return_value=moment),
    ):
        ordered.return_value.values_list.return_value.first.return_value = moment - timedelta(seconds=7)
        assert json.loads(health.readiness().content)["solution_age_s"] == 7.0


@pytest.mark.django_db
def test_a_lost_valkey_is_told_and_does_not_take_the_site_away(client: Client) -> None:
    with override_settings(LIVE_REDIS_URL="unix:///nowhere/valkey.sock?db=1"):
        response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["valkey"] == "down"


def test_a_lost_database_is_not_ready(client: Client) -> None:
    with mock.patch.object(connection, "cursor", side_effect=DatabaseError):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == {"writable": False, "pending_migrations": None}


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client: Client) -> None:
    with mock.patch.object(health.MigrationExecutor, "migration_plan", return_value=[object()]):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"]["pending_migrations"] == 1


@pytest.mark.django_db(transaction=True)
async def test_the_probes_answer_under_asgi(async_client: AsyncClient) -> None:
    assert (await async_client.get("/livez")).status_code == 200
    assert (await async_client.get("/readyz")).status_code == 200


@pytest.mark.django_db
def test_a_page_may_load_only_what_this_site_serves(client: Client) -> None:
    told = client.get("/accounts/sign-in/").headers["Content-Security-Policy"]
    assert told == policy("/")
    assert "default-src 'self'" in told
    assert "http" not in told


def test_only_the_admin_evaluates_expressions() -> None:
    assert "'unsafe-eval'" in policy("/admin/accounts/user/")
    assert "'unsafe-eval'" not in policy("/api/docs/")


def test_a_view_may_state_a_stricter_policy() -> None:
    strict = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    with mock.patch("apps.accounts.views.SignIn.dispatch", return_value=strict):
        assert Client().get("/accounts/sign-in/").headers["Content-Security-Policy"] == "default-src 'none'"
