"""A database of its own for each run: copied from one that was migrated once, dropped at the end.

`statement_timestamp()`, which Django's `Now` and a default of the journal ask, tells the tape's time there: a function
of that name stands before Postgres' own in the search path and reads the setting `gridops.now`.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gridops.supervise.process import ROOT

PREFIX = "gridops_replay"
MAINTENANCE = "postgres"
_LOCK = 7_301_442  # of those who make the template
_CLOCK = """
CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('gridops.now', true), '')::timestamptz, pg_catalog.statement_timestamp()
    )
$$
"""


class CannotReplay(Exception):
    """The run cannot be made; the message says why and what to do."""


def server_url() -> str:
    """Of the server that gives room. Raises CannotReplay."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise CannotReplay("DATABASE_URL is not set; name a PostgreSQL server whose user may create databases.")
    return url


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The URL of a migrated database that nobody else has; it is gone afterwards. Raises CannotReplay."""
    name = f"{PREFIX}_{uuid4().hex[:16]}"
    try:
        with psycopg.connect(_at(server, MAINTENANCE), autocommit=True) as connection:
            template = _template(connection, server)
            _create(connection, name, template)
    except psycopg.Error as error:
        raise CannotReplay(f"No database could be made for the run: {str(error).strip()}") from error
    try:
        yield url_of(server, name)
    finally:
        with psycopg.connect(_at(server, MAINTENANCE), autocommit=True) as connection:
            _drop(connection, name)


def url_of(server: str, name: str) -> str:
    """As environment variables name it."""
    parts = {key: str(value) for key, value in conninfo_to_dict(server).items() if value is not None}
    user, password = (quote(parts.pop(key, ""), safe="") for key in ("user", "password"))
    parts.pop("dbname", None)
    who = f"{user}{f':{password}' if password else ''}@" if user else ""
    return f"postgresql://{who}/{name}?{urlencode(parts)}"


def _at(server: str, name: str) -> str:
    return make_conninfo(server, dbname=name)


def _template(connection: "psycopg.Connection[tuple[object, ...]]", server: str) -> str:
    """Made by whoever needs it first; the others wait."""
    name = f"{PREFIX}_of_{_migrations()}"
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchall():
            _make_template(connection, server, name)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return name


def _make_template(connection: "psycopg.Connection[tuple[object, ...]]", server: str, name: str) -> None:
    fresh = f"{name}_new"
    _drop(connection, fresh)
    _create(connection, fresh, "template1")
    with psycopg.connect(_at(server, fresh), autocommit=True) as inside:
        inside.execute(_CLOCK)
    environment = {**os.environ, "DATABASE_URL": url_of(server, fresh), "DJANGO_SETTINGS_MODULE": "gridops.settings"}
    command = (sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0")
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        _drop(connection, fresh)
        raise CannotReplay(f"The tables of a run could not be made: {done.stderr.strip()[-400:]}")
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name)))


def _create(connection: "psycopg.Connection[tuple[object, ...]]", name: str, template: str) -> None:
    identifier = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, sql.Identifier(template)))
    for setting in ("search_path = public, pg_catalog", "synchronous_commit = off", "jit = off"):
        connection.execute(sql.SQL("ALTER DATABASE {} SET {}").format(identifier, sql.SQL(setting)))


def _drop(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrations() -> str:
    """Changes whenever a table may be another."""
    digest = hashlib.sha256(_CLOCK.encode())
    for path in sorted((ROOT / "apps").glob("*/migrations/*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
