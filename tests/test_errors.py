import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

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
