"""The processes of a running site, in the order in which they start."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gridops.queues import Queues
from gridops.supervise.ports import LOOPBACK, is_free
from gridops.supervise.process import ROOT, Spec
from gridops.supervise.roles import EVERYTHING, SINGLE, Role
from gridops.supervise.site import Site

PYTHON = sys.executable
GATEWAY = "field"
VTN = "/openadr3/3.1.0"
CELERY = (PYTHON, "-m", "celery", "--app", "gridops")


@dataclass(frozen=True, kw_only=True)
class Options:
    var: Path
    port: int
    scenario: str
    speed: float
    grid: str
    by_areas: bool = False
    empty: bool = False  # without a network and a field
    roles: frozenset[Role] = frozenset()  # what this host does of the site; none named: all of it
    listen: str = LOOPBACK  # where other machines reach the web server and the field
    site_url: str = ""  # where the field's homes and meters find the site, if that is elsewhere
    queues: str = ",".join(Queues)  # what the worker takes tasks from
    concurrency: int = 2  # tasks that it works on at once

    @property
    def url(self) -> str:
        return self.site_url or f"http://{self.listen}:{self.port}"

    @property
    def own_url(self) -> str:
        return f"http://{self.listen}:{self.port}"

    @property
    def work_queues(self) -> str:
        """Without studies: one of them would stand before all other work for hours."""
        return ",".join(name for name in self.queues.split(",") if name != Queues.STUDIES)

    @property
    def studies_at_once(self) -> int:
        """A host that does nothing else plays as many as it is told, any other one."""
        if Queues.STUDIES not in self.queues.split(","):
            return 0
        return 1 if self.work_queues else self.concurrency

    @property
    def is_one_of_several(self) -> bool:
        return bool(self.roles)

    def does(self, role: Role) -> bool:
        return role in (self.roles or EVERYTHING)

    @property
    def has_field(self) -> bool:
        return self.does(Role.FIELD) and not self.empty


def manage(*arguments: str) -> Sequence[str]:
    return (PYTHON, str(ROOT / "manage.py"), *arguments)


def processes(
    site: Site,
    options: Options,
    *,
    grid: str,
    field_port: int,
    environment: Mapping[str, str],
    battery_port: int = 0,
    microgrid_port: int = 0,
) -> list[Spec]:
    """battery_port 0: the field's batteries are none of their own; microgrid_port 0: nobody asks its microgrids."""
    field = (
        *(PYTHON, "-m", "gridops.simulator", "run", "--grid", grid, "--scenario", options.scenario),
        *("--speed", str(options.speed), "--port", str(field_port), "--cache", str(site.cache)),
        *("--host", options.listen),
        *("--weather-folder", str(site.weather), "--market-folder", str(site.market)),
        *("--battery-port", str(battery_port), "--microgrid-port", str(microgrid_port)),
        *("--homes-socket", str(site.homes_socket), "--field-socket", str(site.field_socket)),
    )
    homes = (
        *(PYTHON, "-m", "gridops.simulator.vens", "run", "--grid", grid, "--cache", str(site.cache)),
        *("--meter-folder", str(site.meters), "--field-socket", str(site.homes_socket)),
        *("--vtn", f"{options.url}{VTN}", "--credentials", str(site.homes_file)),
    )
    head_end = (
        *(PYTHON, "-m", "gridops.simulator.head_end", "run", "--grid", grid, "--cache", str(site.cache)),
        *("--field-socket", str(site.field_socket), "--url", options.url, "--token", str(site.head_end_file)),
    )

    def spec(name: str, command: Sequence[str], gate: Callable[[], bool] | None = None) -> Spec:
        return Spec(name=name, command=command, environment=environment, gate=gate)

    def single(role: Role, command: Sequence[str]) -> tuple[Role, Spec]:
        alone = options.is_one_of_several and role in SINGLE
        return role, spec(role.value, manage("run_alone", role.value, "--", *command) if alone else command)

    work = partial(_worker, f"{site.var.name}@%h", options.work_queues, options.concurrency)
    studies = partial(_worker, f"{site.var.name}-studies@%h", Queues.STUDIES.value, options.studies_at_once)
    field_listens = partial(_is_taken, field_port, options.listen)
    first = [spec("field", field, gate=field_listens)] if options.has_field else []
    last = [spec("homes", homes), spec("head-end", head_end)] if options.has_field else []
    ours = [
        single(Role.GATEWAYS, manage("run_gateways")),
        single(Role.ESTIMATOR, manage("run_estimators" if options.by_areas else "run_estimator")),
        single(Role.SECURITY, manage("run_security")),
        single(Role.ALARMS, manage("run_alarm_clock")),
        single(Role.ORDERS, manage("run_orders")),
        single(Role.INCIDENTS, manage("run_incidents")),
        single(Role.MICROGRIDS, manage("run_microgrids")),
        single(Role.NOTIFIER, manage("run_notifier")),
        *([(Role.WORKER, spec("worker", work()))] if options.work_queues else []),
        *([(Role.WORKER, spec("studies", studies()))] if options.studies_at_once else []),
        single(Role.BEAT, (*CELERY, "beat", "--pidfile", "", "--loglevel", "INFO")),
        (Role.WEB, spec("web", _web(options), gate=lambda: answers(f"{options.own_url}/readyz"))),
    ]
    return [*first, *(one for role, one in ours if options.does(role)), *last]


def _worker(hostname: str, queues: str, at_once: int) -> Sequence[str]:
    return (
        *(*CELERY, "worker", "--pool", "prefork", "--concurrency", str(at_once), "--queues", queues),
        *("--hostname", hostname, "--max-tasks-per-child", "200"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    )


def _web(options: Options) -> Sequence[str]:
    return (
        *(PYTHON, "-m", "uvicorn", "gridops.asgi:application", "--host", options.listen, "--port", str(options.port)),
        *("--ws", "apps.live.wire:FramesProtocol", "--ws-per-message-deflate", "false", "--lifespan", "off"),
        *("--no-access-log", "--timeout-graceful-shutdown", "5"),
    )


def _is_taken(port: int, host: str) -> bool:
    return not is_free(port, host)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as response:  # noqa: S310  our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
