import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.test import Client

from gridops.errors import api_error


@pytest.mark.parametrize("loss", [OperationalError("server closed the connection"), InterfaceError("closed")])
def test_a_database_that_is_away_is_told_as_try_again(loss: Exception) -> None:
    answer = api_error(loss, {})
    assert answer is not None
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Try again" in answer.data["detail"]


def test_a_value_that_postgres_cannot_hold_is_the_senders_fault() -> None:
    answer = api_error(DataError("NUL"), {})
    assert answer is not None
    assert answer.status_code == 400


def test_a_fault_of_ours_stays_one() -> None:
    assert api_error(IntegrityError("ours"), {}) is None


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/alarms/one/acknowledgement"])
def test_an_address_that_is_none_is_told_to_programs_without_a_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_an_address_that_is_none_is_told_to_people_on_a_page(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert b"<html" in answer.content
