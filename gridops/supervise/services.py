"""The two servers that a run brings along, unless the environment names others."""

import os
import time
from collections.abc import Callable, Mapping

import psycopg
import redis

from gridops import hosts
from gridops.supervise.failures import CannotStart
from gridops.supervise.postgres import Postgres
from gridops.supervise.site import Site, kept_secret, write_private
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.valkey import Valkey

SERVERS = ("DATABASE_URL", "REDIS_URL")
SILENT_PAUSE_S = 1.0


def refuse_what_is_not_shared() -> None:
    """Hosts of one site share their servers and the key that signs sessions: none of them brings its own."""
    shared = {**{name: os.environ.get(name, "") for name in SERVERS}, "GRIDOPS_SECRET_KEY": hosts.SECRET_KEY}
    if missing := [name for name, value in shared.items() if not value]:
        raise CannotStart(
            f"A host with roles shares its servers with the others: set {', '.join(missing)} "
            "to what all hosts of the site have, or start without roles."
        )


def start_services(site: Site, supervisor: Supervisor, say: Callable[[str], None], *, waits: bool = False) -> None:
    """Start what the environment does not name, and tell the settings where it is.

    `waits`: servers of other hosts may come up later than this one, after a power cut for instance.
    """
    addresses = {"SECRET_KEY": kept_secret(site, "secret_key")}
    if waits:
        _await(supervisor, say)
    if url := os.environ.get("DATABASE_URL"):
        _refuse_a_silent_database(url)
    else:
        addresses["DATABASE_URL"] = _start_postgres(Postgres(site), supervisor, say)
    if url := os.environ.get("REDIS_URL"):
        _refuse_a_silent_valkey(url)
    else:
        addresses["REDIS_URL"] = _start_valkey(Valkey(site), supervisor, say)
    write_private(site.services_file, addresses)


def _await(supervisor: Supervisor, say: Callable[[str], None]) -> None:
    """Until both servers answer, or somebody asks the run to end; what is missing is said once."""
    told = ""
    while reason := _silence():
        if reason != told:
            say(f"waiting: {reason}")
            told = reason
        supervisor.pulse()
        time.sleep(SILENT_PAUSE_S)


def _silence() -> str:
    try:
        _refuse_a_silent_database(os.environ["DATABASE_URL"])
        _refuse_a_silent_valkey(os.environ["REDIS_URL"])
    except CannotStart as reason:
        return str(reason)
    return ""


def _start_postgres(postgres: Postgres, supervisor: Supervisor, say: Callable[[str], None]) -> str:
    if not postgres.data.exists():
        say("creating the database cluster")
    postgres.create()
    supervisor.start(postgres.spec())
    say("PostgreSQL is ready")
    return postgres.url


def _start_valkey(valkey: Valkey, supervisor: Supervisor, say: Callable[[str], None]) -> str:
    valkey.create()
    supervisor.start(valkey.spec())
    say("Valkey is ready")
    return valkey.url


def _refuse_a_silent_database(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        said = (str(error).strip().splitlines() or ["no reason given"])[-1].strip()
        raise CannotStart(
            f"The database that DATABASE_URL names does not answer ({said}); check it, or unset it."
        ) from None


def _refuse_a_silent_valkey(url: str) -> None:
    address = url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1)
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart(
            f"The server that REDIS_URL names does not answer ({error}); check it, or unset it."
        ) from None


def environment(site: Site) -> Mapping[str, str]:
    """What every child is told: where its state lies, and to leave the other core alone."""
    return {
        "GRIDOPS_VAR": str(site.var),
        "DJANGO_SETTINGS_MODULE": "gridops.settings",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
