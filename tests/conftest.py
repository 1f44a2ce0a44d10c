"""Tests run against a real Postgres and Valkey: those named in the environment, or embedded ones.

The controlling process starts them while this file loads, before Django reads its settings; xdist's workers inherit the
environment and so use the same servers, each with a test database of its own.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from gridops.supervise.services import environment, start_services
from gridops.supervise.site import prepare
from gridops.supervise.supervisor import Supervisor
from tests.emptying import execute_sql_flush, sql_flush

# A busy machine is slow, and no test asserts a time.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def _quiet(_: str) -> None:
    return


def _start_embedded() -> None:
    var = Path(tempfile.mkdtemp(prefix="gridops-test-"))
    supervisor = Supervisor(var / "log", _quiet)

    def end() -> None:
        supervisor.stop()
        shutil.rmtree(var, ignore_errors=True)

    atexit.register(end)
    site = prepare(var)
    start_services(site, supervisor, _quiet)
    os.environ.update(environment(site))


if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ.setdefault("GRIDOPS_SECRET_KEY", secrets.token_urlsafe(64))
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        _start_embedded()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")
django.setup()  # now: conftest files of folders named on the command line are read before pytest-django does it


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashed as in operation, with less patience: a guess costs nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
            patch.setattr(Argon2PasswordHasher, name, least)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Between tests the database is emptied in spite of the audit; at the end it is removed in spite of threads."""
    operations = type(connection.ops)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        patch.setattr(operations, "execute_sql_flush", execute_sql_flush)
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # Threads of the tests may have left connections, which would keep the database from being removed.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    connection.close_pool()
