"""The processes of a running site, in the order in which they start."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridops.supervise.ports import LOOPBACK, is_free
from gridops.supervise.process import ROOT, Spec
from gridops.supervise.site import Site

PYTHON = sys.executable
GATEWAY = "field"
VTN = "/openadr3/3.1.0"


@dataclass(frozen=True, kw_only=True)
class Options:
    var: Path
    port: int
    scenario: str
    speed: float
    grid: str
    by_areas: bool = False
    empty: bool = False  # without a network and a field

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


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
    web = (
        *(PYTHON, "-m", "uvicorn", "gridops.asgi:application", "--host", LOOPBACK, "--port", str(options.port)),
        *("--ws", "apps.live.wire:FramesProtocol", "--ws-per-message-deflate", "false", "--lifespan", "off"),
        *("--no-access-log", "--timeout-graceful-shutdown", "5"),
    )
    celery = (PYTHON, "-m", "celery", "--app", "gridops")
    worker = (
        *(*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--queues", "housekeeping,pipelines"),
        *("--max-tasks-per-child", "200", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    )
    beat = (*celery, "beat", "--pidfile", "", "--loglevel", "INFO")

    def spec(name: str, command: Sequence[str], gate: Callable[[], bool] | None = None) -> Spec:
        return Spec(name=name, command=command, environment=environment, gate=gate)

    first = [] if options.empty else [spec("field", field, gate=lambda: not is_free(field_port))]
    last = [] if options.empty else [spec("homes", homes), spec("head-end", head_end)]
    return [
        *first,
        spec("gateways", manage("run_gateways")),
        spec("estimator", manage("run_estimators" if options.by_areas else "run_estimator")),
        spec("security", manage("run_security")),
        spec("alarms", manage("run_alarm_clock")),
        spec("orders", manage("run_orders")),
        spec("incidents", manage("run_incidents")),
        spec("microgrids", manage("run_microgrids")),
        spec("notifier", manage("run_notifier")),
        spec("worker", worker),
        spec("beat", beat),
        spec("web", web, gate=lambda: answers(f"{options.url}/readyz")),
        *last,
    ]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as response:  # noqa: S310  our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
