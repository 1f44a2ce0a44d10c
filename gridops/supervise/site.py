"""The place of one run: every file under VAR, the lock that keeps a second run out, and its secrets."""

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gridops.supervise.failures import CannotStart

NEEDED_BYTES = 1_000_000_000
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes; Postgres adds a suffix for its lock file


@dataclass(frozen=True)
class Site:
    var: Path

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def cache(self) -> Path:
        """Grid files read before; the importer and the simulated field share them."""
        return self.var / "cases"

    @property
    def weather(self) -> Path:
        """Where the simulated field puts its weather files; drop folders lie under VAR/weather."""
        return self.var / "weather" / "field"

    @property
    def market(self) -> Path:
        """Where the simulated field puts its prices; drop folders lie under VAR/markets."""
        return self.var / "markets" / "field"

    @property
    def meters(self) -> Path:
        """The drop folder of meter readings, where the simulated homes hand over theirs."""
        return self.var / "meters"

    @property
    def homes_socket(self) -> Path:
        """Between the simulated homes and the simulated field."""
        return self.sockets / "homes.sock"

    @property
    def homes_file(self) -> Path:
        """Who the simulated homes are to the VTN, with their secrets."""
        return self.var / "homes.json"

    @property
    def field_socket(self) -> Path:
        """Where the simulated field answers its meters and an instructor."""
        return self.sockets / "field.sock"

    @property
    def head_end_file(self) -> Path:
        """The token of the simulated head end of meters."""
        return self.var / "head-end.json"

    @property
    def services_file(self) -> Path:
        return self.var / "services.json"

    @property
    def run_file(self) -> Path:
        return self.var / "run.json"

    @property
    def logins_file(self) -> Path:
        return self.var / "logins.json"

    @property
    def prepared_file(self) -> Path:
        return self.var / "prepared.json"

    @property
    def sockets(self) -> Path:
        """Where the servers listen: inside VAR, or in a short private place if VAR's path is too long for a socket."""
        inside = self.var / "sockets"
        if len(os.fsencode(inside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return inside
        key = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"gridops-{os.getuid()}-{key}"  # noqa: S108  mode 700, owner checked


def prepare(var: Path) -> Site:
    """Make VAR and its private folders, or say why it cannot hold a run."""
    site = Site(var.resolve())
    try:
        for folder in (site.var, site.log, site.cache, site.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = site.var / ".writable"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"{site.var} cannot be written ({error.strerror}); choose another place with VAR=/path."
        ) from None
    _refuse_a_strangers_folder(site.sockets)
    disk = os.statvfs(site.var)
    if (free := disk.f_bavail * disk.f_frsize) < NEEDED_BYTES:
        raise CannotStart(
            f"Only {free / 1e9:.1f} GB is free where {site.var} lies and 1 GB is needed; "
            "free some space or choose another place with VAR=/path."
        )
    return site


def _refuse_a_strangers_folder(folder: Path) -> None:
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or not _is_trusted(found.st_uid):
        raise CannotStart(f"{folder} belongs to somebody else; remove it or choose a shorter path with VAR=/path.")


def _is_trusted(owner: int) -> bool:
    """Ourselves; and for root the powerless user that it may have to run Postgres as."""
    if owner == os.getuid():
        return True
    with suppress(KeyError):
        return os.getuid() == 0 and owner == pwd.getpwnam("nobody").pw_uid
    return False


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold VAR alone. The lock goes with the process, so a killed run leaves none behind."""
    with (site.var / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CannotStart(
                f"{site.var} is in use by the run with process id {holder}; "
                f"stop it with 'kill {holder}' or choose another place with VAR=/path."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def write_private(path: Path, content: object) -> None:
    """Write JSON that only this user may read; a reader never sees half of it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)


def kept_secret(site: Site, name: str) -> str:
    """A random secret, made once for this VAR."""
    path = site.var / "secrets.json"
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        known = {}
    if name not in known:
        known[name] = secrets.token_urlsafe(48)
        write_private(path, known)
    return known[name]
