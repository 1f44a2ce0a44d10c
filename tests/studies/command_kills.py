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
import uuid
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias
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
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
# Between the record and the sending; between the answer and its record.
RECORDED = "apps.telemetry.gateway.commanding:_field_command:before"
SENT = "apps.telemetry.services.control:finish_request:before"
COMMANDED = 900
PATIENCE_S = 300.0
Process: TypeAlias = "subprocess.Popen[bytes]"


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
    eventually(station.started.is_set)
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
    """A process a kill; the next one finds what the one before it has left, and is killed in its turn."""
    desk, found = Desk(), Kills({RECORDED: [], SENT: []}, {RECORDED: [], SENT: []})
    with field_of(desk) as station:
        control, order = _control(station.port), var / "failpoint"
        process = _begun(order, control)
        try:
            for place in (place for place, count in times.items() for _ in range(count)):
                before = len(desk.commands)
                request = _killed(process, control, place, order)
                process = _begun(order, control)
                found.outcomes[place].append(_outcome(request))
                found.given[place].append(len(desk.commands) - before)
        finally:
            process.kill()
            process.wait()
    return found


def _control(port: int) -> ControlPoint:
    gateway = make_gateway(2, name="killed", quantity=Quantity.SWITCH_STATE, unit="")
    Gateway.objects.filter(pk=gateway.pk).update(host=HOST, port=port, silence_limit_s=3600)
    point = gateway.points.earliest("slot")
    return ControlPoint.objects.create(
        point=point, kind=ControlKind.POSITION, form=ControlForm.DOUBLE, address=f"1/{COMMANDED}"
    )


def _killed(process: Process, control: ControlPoint, place: str, order: Path) -> ControlRequest:
    order.write_text(place)
    request = _ask(control)
    process.wait(PATIENCE_S)
    assert process.returncode == -signal.SIGKILL, process.returncode
    assert _state(request) == RequestState.SENDING
    return request


def _state(request: ControlRequest) -> str:
    return ControlRequest.objects.get(pk=request.pk).state


def _outcome(request: ControlRequest) -> str:
    return eventually(lambda: (now := _state(request)) != RequestState.SENDING and now, patience_s=PATIENCE_S) or ""


def _ask(control: ControlPoint) -> ControlRequest:
    now = timezone.now()
    whole = ControlPoint.objects.select_related("point__gateway").get(pk=control.pk)
    return request_control(key=uuid.uuid4(), control=whole, value=0.0, not_after=now + timedelta(seconds=60), at=now)


def _begun(order: Path, control: ControlPoint) -> Process:
    """A gateway's process whose link is up."""
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
        eventually(lambda: _is_up(control), patience_s=PATIENCE_S)
    except AssertionError:
        process.kill()
        raise
    return process


def _is_up(control: ControlPoint) -> bool:
    return Gateway.objects.get(pk=control.point.gateway_id).link_state == "up"


def run(arguments: Namespace) -> str:
    """`--draws`: kills at each of both places."""
    var = Path("var")
    var.mkdir(exist_ok=True)
    return run_kills({RECORDED: arguments.draws, SENT: arguments.draws}, var).table()
