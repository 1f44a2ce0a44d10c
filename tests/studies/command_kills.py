"""A gateway's process is killed between the record of a command and its sending, and between sending and answer.

Whatever happens, the field is given each command at most once, and what is not known is said not to be known.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from apps.telemetry.choices import ControlForm, ControlKind, Quantity, RequestState
from apps.telemetry.models import ControlPoint, ControlRequest, Gateway
from apps.telemetry.services.control import request_control
from gridops.protocols.iec104 import Outstation
from gridops.protocols.iec104.types import TypeId
from tests.factories.telemetry import make_gateway
from tests.protocols.iec104.ends import HOST, Desk, image

ROOT = Path(__file__).parents[2]
# Between the record and the sending; between the answer and its record.
RECORDED = "apps.telemetry.gateway.commanding:_field_command:before"
SENT = "apps.telemetry.services.control:finish_request:before"
COMMANDED = 900
PATIENCE_S = 60.0


@dataclass
class Kills:
    """What was found: outcomes by the place of the kill, and how often the field was given each command."""

    outcomes: dict[str, list[str]] = field(default_factory=dict)
    given: dict[str, list[int]] = field(default_factory=dict)

    def table(self) -> str:
        lines = ["| killed | times | outcomes | given to the field |", "|---|---|---|---|"]
        for place, states in self.outcomes.items():
            told = ", ".join(f"{states.count(one)} {one}" for one in sorted(set(states)))
            counts = ", ".join(f"{self.given[place].count(n)} x {n}" for n in sorted(set(self.given[place])))
            lines.append(f"| {place} | {len(states)} | {told} | {counts} |")
        return "\n".join(lines)


@contextlib.contextmanager
def field_of(desk: Desk) -> Iterator[Outstation]:
    """An outstation in a thread of its own."""
    loop = asyncio.new_event_loop()
    station = Outstation(HOST, 0, image(3, commands=[(COMMANDED, TypeId.C_DC_NA)]), desk)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = asyncio.run_coroutine_threadsafe(station.serve(), loop)
    _until(station.started.is_set)
    try:
        yield station
    finally:
        serving.cancel()
        asyncio.run_coroutine_threadsafe(_all_done(loop), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _all_done(loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


def run_kills(times: Mapping[str, int], var: Path) -> Kills:
    """A process a kill; the next one finds what the one before it has left."""
    desk, found = Desk(), Kills({RECORDED: [], SENT: []}, {RECORDED: [], SENT: []})
    with field_of(desk) as station:
        control = _control(station.port)
        order = var / "failpoint"
        for place, count in times.items():
            for _ in range(count):
                before = len(desk.commands)
                request = _killed(control, place, order)
                found.given[place].append(len(desk.commands) - before)
                _healed(control, request, order)
                found.given[place][-1] = len(desk.commands) - before
                found.outcomes[place].append(ControlRequest.objects.get(pk=request.pk).state)
    return found


def _control(port: int) -> ControlPoint:
    gateway = make_gateway(2, name="killed", quantity=Quantity.SWITCH_STATE, unit="")
    Gateway.objects.filter(pk=gateway.pk).update(host=HOST, port=port, silence_limit_s=3600)
    point = gateway.points.earliest("slot")
    return ControlPoint.objects.create(
        point=point, kind=ControlKind.POSITION, form=ControlForm.DOUBLE, address=f"1/{COMMANDED}"
    )


def _killed(control: ControlPoint, place: str, order: Path) -> ControlRequest:
    with _process(order) as process:
        _until(lambda: _is_up(control))
        order.write_text(place)
        request = _ask(control)
        process.wait(PATIENCE_S)
        assert process.returncode == -signal.SIGKILL, process.returncode
    assert ControlRequest.objects.get(pk=request.pk).state == RequestState.SENDING
    return request


def _healed(control: ControlPoint, request: ControlRequest, order: Path) -> None:
    with _process(order) as process:
        _until(lambda: ControlRequest.objects.get(pk=request.pk).state == RequestState.UNKNOWN)
        _until(lambda: _is_up(control))
        process.terminate()
        process.wait(PATIENCE_S)


def _ask(control: ControlPoint) -> ControlRequest:
    now = timezone.now()
    whole = ControlPoint.objects.select_related("point__gateway").get(pk=control.pk)
    return request_control(key=uuid.uuid4(), control=whole, value=0.0, not_after=now + timedelta(seconds=60), at=now)


@contextlib.contextmanager
def _process(order: Path) -> Iterator["subprocess.Popen[bytes]"]:
    Gateway.objects.update(link_state="unknown")
    known = connection.get_connection_params()
    given = {name: known[name] for name in ("host", "port", "user", "password") if known.get(name)}
    watched = ",".join(place.rpartition(":")[0] for place in (RECORDED, SENT))
    environment = os.environ | {
        "DATABASE_URL": f"postgresql:///{known['dbname']}?{urlencode(given)}",
        "PYTHONPATH": str(ROOT / "tests" / "faults" / "failpoints"),
        "FAILPOINT_FILE": str(order),
        "FAILPOINTS": watched,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "run_gateway", "killed"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _is_up(control: ControlPoint) -> bool:
    return Gateway.objects.get(pk=control.point.gateway_id).link_state == "up"


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def run(arguments: Namespace) -> str:
    """`--draws`: kills at each of both places."""
    var = Path("var")
    var.mkdir(exist_ok=True)
    return run_kills({RECORDED: arguments.draws, SENT: arguments.draws}, var).table()
