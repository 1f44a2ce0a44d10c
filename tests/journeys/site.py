"""A whole site of one's own, started by the same command that a newcomer gives."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil
import requests

from gridops.supervise.ports import any_free
from gridops.supervise.process import ROOT
from tests.waiting import eventually

T = TypeVar("T")

GRID = "simbench:1-MV-urban--0-sw"
MARK = "GRIDOPS_JOURNEY"  # every process of a site inherits it
START_S, STOP_S = 240.0, 120.0
ANSWER_S = 60.0  # a site that has just started, on a busy machine
PROGRAMS = {
    "web": "uvicorn",
    "worker": "worker",
    "gateway": "run_gateway",
    "estimator": "run_estimator",
    "microgrids": "run_microgrids",
    "field": "gridops.simulator",
    "postgres": "postgres",
    "valkey": "valkey-server",
}


def newcomers_environment(**more: str) -> dict[str, str]:
    """Without what the tests themselves were told: the site brings its own servers and its own secret."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDOPS_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return kept | more


class Person:
    """Somebody signed in by the same form as everybody."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url, self.username = url, username
        self.session = requests.Session()
        self.session.trust_env = False
        door = f"{url}/accounts/sign-in/"
        self.session.get(door, timeout=ANSWER_S)
        fields = {"username": username, "password": password, "csrfmiddlewaretoken": self._token}
        answer = self.session.post(door, fields, headers={"Referer": door}, timeout=ANSWER_S)
        assert "sessionid" in self.session.cookies, answer.text

    @property
    def _token(self) -> str:
        return self.session.cookies["csrftoken"]

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.session.cookies.items())

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(f"{self.url}{path}", params=query, timeout=ANSWER_S)

    def read(self, path: str, **query: Any) -> Any:
        answer = self.get(path, **query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: object) -> requests.Response:
        headers = {"X-CSRFToken": self._token, "Referer": self.url}
        return self.session.post(f"{self.url}{path}", json=body, headers=headers, timeout=ANSWER_S)


@dataclass
class Site:
    var: Path
    port: int
    process: subprocess.Popen[bytes]
    said: Path
    people: dict[str, Person] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)  # those of others, if it was told to use them

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://{urlsplit(self.url).netloc}/ws/live/"

    @property
    def run(self) -> dict[str, Any]:
        return json.loads((self.var / "run.json").read_text())

    @property
    def passwords(self) -> dict[str, str]:
        return {login["username"]: login["password"] for login in self.run["logins"]}

    def person(self, username: str) -> Person:
        if username not in self.people:
            self.people[username] = Person(self.url, username, self.passwords[username])
        return self.people[username]

    def manage(self, *arguments: str, given: str | None = None) -> str:
        """manage.py beside the running site, as an administrator on the machine would call it."""
        done = subprocess.run(
            (sys.executable, "manage.py", *arguments),
            env=newcomers_environment(GRIDOPS_VAR=str(self.var), **self.servers),
            cwd=ROOT,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def find(self, name: str) -> psutil.Process | None:
        """The program of that name which the supervisor runs now."""
        wanted = PROGRAMS[name]
        in_turn = name == "gateway"  # those are kept by a child of the run
        for child in psutil.Process(self.process.pid).children(recursive=in_turn):
            known_as = [_seen(child.name), *_seen(child.cmdline)]
            if child.is_running() and any(part == wanted or part.endswith(f"/{wanted}") for part in known_as):
                return child
        return None

    def kill(self, name: str, *, family: bool = False) -> int:
        """kill -9, of the program alone or of all its processes at once; the number of the one that was killed."""
        victim = eventually(lambda: self.find(name), patience_s=20, what=f"{name} runs")
        for process in [victim, *(victim.children(recursive=True) if family else [])]:
            process.kill()
        return victim.pid

    def is_ready(self) -> bool:
        return requests.get(f"{self.url}/readyz", timeout=3).status_code == 200

    def readiness(self) -> dict[str, Any]:
        return requests.get(f"{self.url}/readyz", timeout=3).json()

    def solution_at(self) -> str:
        """When the grid was solved last; empty before the first time."""
        solution = self.person("viewer").read("/api/v1/state/latest")["solution"]
        return str(solution["as_of"]) if solution else ""

    def tails(self) -> str:
        """What the processes said last, for the reader of a failed test."""
        logs = [self.said, *sorted((self.var / "log").glob("*.log"))]
        return "\n".join(f"--- {log.name}\n{_tail(log)}" for log in logs)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_S)

    @property
    def services(self) -> dict[str, str]:
        """Where its servers listen."""
        return self.servers or self.written_down

    @property
    def written_down(self) -> dict[str, str]:
        """What it keeps of its servers from one start to the next."""
        return json.loads((self.var / "services.json").read_text())

    def memory_bytes(self) -> int:
        """What all its processes hold together; what they share counts once."""
        return sum(_seen(lambda one=one: one.memory_full_info().pss) or 0 for one in processes_of(self.var))

    def leftovers(self) -> list[str]:
        return [f"{one.pid} {' '.join(_seen(one.cmdline))[:120]}" for one in processes_of(self.var)]


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def _seen(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (psutil.Error, OSError):
        return ""


def processes_of(var: Path) -> Iterator[psutil.Process]:
    """Whatever works for that folder: it inherited the mark, or stands in the folder, or was told of it."""
    for one in psutil.process_iter():
        if one.pid == os.getpid() or _seen(one.status) in ("", psutil.STATUS_ZOMBIE):
            continue
        marked = _seen(lambda one=one: one.environ().get(MARK)) == str(var)
        if marked or str(_seen(one.cwd)).startswith(str(var)) or str(var) in _seen(one.cmdline):
            yield one


def launch(
    var: Path,
    *,
    port: int | None = None,
    scenario: str = "normal",
    grid: str = GRID,
    told: Mapping[str, str] = {},
    speed: int = 60,
) -> Site:
    """Give the command, and do not wait. `told`: what its environment says besides."""
    port = port or any_free()
    said = var.parent / f"{var.name}.said"
    command = (
        *(sys.executable, "-m", "gridops.supervise", "run", "--var", str(var), "--port", str(port)),
        *("--scenario", scenario, "--speed", str(speed), "--grid", grid),
    )
    with said.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=newcomers_environment(**{MARK: str(var), **told}),
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    servers = {name: told[name] for name in ("DATABASE_URL", "REDIS_URL") if name in told}
    return Site(var=var, port=port, process=process, said=said, servers=servers)


def start(
    var: Path,
    *,
    cases: Path | None = None,
    scenario: str = "normal",
    told: Mapping[str, str] = {},
    speed: int = 60,
) -> Site:
    """Start a site and wait for its address. `cases` holds grids converted before and takes the new ones."""
    if cases is not None and cases.exists():
        shutil.copytree(cases, var / "cases", dirs_exist_ok=True)
    site = launch(var, scenario=scenario, told=told, speed=speed)
    wait_until_up(site)
    if cases is not None:
        shutil.copytree(var / "cases", cases, dirs_exist_ok=True)
    return site


def wait_until_up(site: Site) -> None:
    try:
        eventually(lambda: _is_up(site), patience_s=START_S, what="the site tells its address")
    except AssertionError as error:
        tails = site.tails()
        site.process.terminate()
        site.process.wait(STOP_S)
        raise AssertionError(f"{error}\n{tails}") from None


def _is_up(site: Site) -> bool:
    if site.process.poll() is not None:
        raise AssertionError(f"the run ended with exit {site.process.returncode}")
    return (site.var / "run.json").exists() and site.run["pid"] == site.process.pid
