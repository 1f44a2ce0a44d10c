"""Several hosts on one machine: each a network namespace with an address of its own on one bridge.

A host is lost as a real one is: first its link goes down, so that nobody hears a word of farewell, then its processes.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gridops.supervise.process import ROOT

NETWORK, BRIDGE_ADDRESS = "10.77.0", "10.77.0.254"


def why_not() -> str:
    """Empty where this user may make network namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and the program ip"
    done = subprocess.run(("ip", "netns", "add", f"gojt{os.getpid()}"), capture_output=True, text=True, check=False)
    if done.returncode:
        return f"network namespaces are not permitted here: {done.stderr.strip()}"
    _ip("netns", "del", f"gojt{os.getpid()}")
    return ""


def _ip(*arguments: str, must: bool = True) -> str:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not must, f"ip {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@dataclass
class Host:
    name: str
    number: int  # of its address
    net: "Net"
    started: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        return f"{self.net.name}-{self.name}"

    @property
    def link(self) -> str:
        return f"{self.net.name[:8]}{self.number}"

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def log(self) -> Path:
        return self.net.folder / f"{self.name}.log"

    def join(self) -> None:
        _ip("netns", "add", self.namespace)
        _ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        _ip("link", "set", self.link, "master", self.net.name, "up")
        for arguments in (("addr", "add", f"{self.address}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
            _ip("-n", self.namespace, *arguments)
        _ip("-n", self.namespace, "link", "set", "lo", "up")

    def start(self, command: Sequence[str], **environment: str) -> None:
        self.started.append((command, environment))
        self._start(command, environment)

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                ("ip", "netns", "exec", self.namespace, *command),
                env={"PATH": os.environ["PATH"], **environment},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def run(self, command: Sequence[str], **environment: str) -> str:
        """One command to its end."""
        done = subprocess.run(
            ("ip", "netns", "exec", self.namespace, *command),
            env={"PATH": os.environ["PATH"], **environment},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{self.name}: {' '.join(command)}\n{done.stderr}"
        return done.stdout

    def lose(self) -> None:
        """No farewell: the link first."""
        _ip("link", "set", self.link, "down")
        self.kill()

    def kill(self) -> None:
        for pid in _ip("netns", "pids", self.namespace, must=False).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for process in self.processes:
            process.wait(30)
        self.processes.clear()

    def come_back(self) -> None:
        _ip("link", "set", self.link, "up")
        for command, environment in self.started:
            self._start(command, environment)

    def tail(self, lines: int = 15) -> str:
        logs = [self.log, *sorted((self.net.folder / f"var-{self.name}" / "log").glob("*.log"))]
        known = [one for one in logs if one.exists()]
        return "\n".join(
            f"--- {one.parent.parent.name}/{one.name}\n" + "\n".join(_lines(one)[-lines:]) for one in known
        )


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()


@dataclass
class Net:
    folder: Path
    name: str = field(default_factory=lambda: f"goj{os.getpid()}")
    hosts: dict[str, Host] = field(default_factory=dict)

    def make(self) -> None:
        _ip("link", "add", self.name, "type", "bridge")
        _ip("addr", "add", f"{BRIDGE_ADDRESS}/24", "dev", self.name)
        _ip("link", "set", self.name, "up")

    def host(self, name: str, number: int) -> Host:
        self.hosts[name] = Host(name, number, self)
        self.hosts[name].join()
        return self.hosts[name]

    def remove(self) -> None:
        for host in reversed(self.hosts.values()):
            host.kill()
            _ip("netns", "del", host.namespace, must=False)
            _ip("link", "del", host.link, must=False)
        _ip("link", "del", self.name, must=False)

    def tails(self) -> str:
        return "\n".join(host.tail() for host in self.hosts.values())


def does(host: Host, roles: str, *more: str) -> Sequence[str]:
    """The command that a host's service manager gives."""
    return (
        *(sys.executable, "-m", "gridops.supervise", "run", "--roles", roles, "--listen", host.address),
        *("--var", str(host.net.folder / f"var-{host.name}"), *more),
    )
