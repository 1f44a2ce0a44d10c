"""Postgres with a replica, Valkey and a pooler, each on a host of its own, by the configuration that is shipped."""

import re
import secrets
import shutil
from pathlib import Path

import psycopg

from gridops.supervise import postgres, valkey
from gridops.supervise.process import ROOT
from tests.journeys.hosts import NETWORK, Host
from tests.waiting import eventually

DEPLOY = ROOT / "deploy"
PASSWORD = secrets.token_hex(12)
# A small machine, and a network of a test without certificates.
SMALLER = """
shared_buffers = '128MB'
effective_cache_size = '512MB'
maintenance_work_mem = '64MB'
max_wal_size = '1GB'
archive_command = 'true'
max_slot_wal_keep_size = '2GB'
"""
HBA = f"""
host all all {NETWORK}.0/24 scram-sha-256
host replication gridops_replica {NETWORK}.0/24 scram-sha-256
local all postgres trust
"""


class Postgres:
    """Runs with the account that the embedded one runs with."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.data, self.sockets = host, folder / f"pg-{host.name}", folder / f"s-{host.name}"
        self.sockets.mkdir(mode=0o700)
        self._account = postgres.account()

    @property
    def command(self) -> tuple[str, ...]:
        return (*self._account.prefix, str(postgres.programs() / "postgres"), "-D", str(self.data))

    def create(self) -> None:
        initdb = (str(postgres.programs() / "initdb"), "-D", str(self.data), "-U", "postgres", "--auth=trust")
        self.data.mkdir(mode=0o700)
        self.host.run((*self._account.prefix, *initdb, "--encoding=UTF8", "--locale=C.UTF-8"))
        (self.data / "pg_hba.conf").write_text(HBA)
        self._configure("primary.conf")
        self.host.start(self.command)
        eventually(lambda: self.answers("postgres"), patience_s=60, what="the primary answers")
        sql = (DEPLOY / "postgres" / "site.sql").read_text()
        for name in ("password", "replica_password"):
            sql = re.sub(rf":{name}\b", f"'{PASSWORD}'", sql)
        with self.admin() as connection:
            for statement in _statements(sql):
                connection.execute(statement)  # type: ignore[call-overload]

    def follow(self, primary: Host) -> None:
        copy = (
            *(str(postgres.programs() / "pg_basebackup"), "-D", str(self.data), "-R", "-X", "stream"),
            *("-S", "gridops_replica", "-c", "fast", "-d"),
            f"host={primary.address} user=gridops_replica application_name=gridops_a"
            " keepalives_idle=3 keepalives_interval=1 keepalives_count=2 connect_timeout=3",
        )
        self.host.run((*self._account.prefix, *copy), PGPASSWORD=PASSWORD)
        self._configure("primary.conf", "replica.conf")
        self.host.start(self.command)
        eventually(lambda: self.answers("postgres"), patience_s=60, what="the replica answers")

    def _configure(self, *fragments: str) -> None:
        included = "".join(f"include '{DEPLOY / 'postgres' / name}'\n" for name in fragments)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"\n{included}{SMALLER}unix_socket_directories = '{self.sockets}'\n")

    def admin(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True, connect_timeout=3
        )

    def answers(self, database: str) -> bool:
        try:
            psycopg.connect(host=str(self.sockets), user="postgres", dbname=database, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, query: str) -> object:
        with self.admin() as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None

    def promote(self) -> None:
        self.ask("SELECT pg_promote(wait => true)")


def _statements(sql: str) -> list[str]:
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


def url(*hosts: Host, database: str = "gridops", port: int = 5432, only_writable: bool = False) -> str:
    """libpq tries them in turn and takes the one that may be written to: a promoted replica is found by itself."""
    at = ",".join(f"{host.address}:{port}" for host in hosts)
    return f"postgresql://gridops:{PASSWORD}@{at}/{database}" + ("?target_session_attrs=read-write" * only_writable)


def start_valkey(host: Host, folder: Path) -> str:
    data = folder / "valkey"
    data.mkdir()
    shipped = str(DEPLOY / "valkey" / "valkey.conf")
    own = ("--bind", host.address, "--requirepass", PASSWORD, "--dir", str(data), "--maxmemory", "256mb")
    host.start((str(valkey.program()), shipped, *own))
    return f"redis://:{PASSWORD}@{host.address}:6379/1"


def pooler_program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


class Pooler:
    """The shipped pgbouncer.ini, without TLS and for the primary of the test."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.file, self.users = host, folder / "pgbouncer.ini", folder / "userlist.txt"

    def point_at(self, primary: Host) -> None:
        ini = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
        kept = [line for line in ini.splitlines() if "_tls_" not in line]
        text = (
            "\n".join(kept)
            .replace("10.0.0.10", primary.address)
            .replace("/etc/pgbouncer/userlist.txt", str(self.users))
        )
        self.file.write_text(text + "\n")

    def start(self, primary: Host) -> None:
        self.point_at(primary)
        self.users.write_text(f'"gridops" "{PASSWORD}"\n')
        self.host.start((*postgres.account().prefix, str(pooler_program()), str(self.file)))

    def reload(self) -> None:
        with psycopg.connect(
            url(self.host, database="pgbouncer", port=6432), autocommit=True, prepare_threshold=None
        ) as connection:
            connection.pgconn.exec_(b"RELOAD")

    def answers(self) -> bool:
        try:
            psycopg.connect(url(self.host, database="gridops_web", port=6432), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
