"""From requests of dispatch to commands on the wire: recorded before they are sent, and sent once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from apps.telemetry.choices import ControlForm, ControlKind, RequestState
from apps.telemetry.gateway.driver import Driver, FieldAnswer, FieldCommand
from apps.telemetry.models import ControlRequest
from apps.telemetry.services.control import finish_request, forsake_requests, take_requests

log = logging.getLogger(__name__)
_AGAIN_S = 0.5


Threaded = Callable[..., Awaitable[Any]]  # runs a function with its arguments in the thread of the database


class Commander:
    """Takes requests and has them carried out, each by itself; an answer is held until it is stored."""

    def __init__(self, gateway_id: int, name: str, driver: Callable[[], Driver | None], thread: Threaded) -> None:
        self._gateway_id, self._name = gateway_id, name
        self._driver, self._thread = driver, thread
        self._holder = uuid4()
        self._begun = False
        self._under_way: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """One round: take what waits, and begin to send it."""
        if not self._begun:
            await self._thread(self._forsake)
            self._begun = True
        for request in await self._thread(self._take):
            task = asyncio.create_task(self._carry_out(request))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _carry_out(self, request: ControlRequest) -> None:
        answer = await self._sent(request)
        log.info("gateway %s: %s: %s (%s)", self._name, request.control, answer.state.value, answer.reason)
        while True:
            try:
                await self._thread(self._finish, request.pk, answer)
            except Exception:
                log.exception("gateway %s: the answer to a command could not be stored; tried again", self._name)
                await self._thread(_hang_up)
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def _sent(self, request: ControlRequest) -> FieldAnswer:
        driver = self._driver()
        if driver is None or request.control is None:
            return FieldAnswer(RequestState.NOT_SENT, "The link is not there.")
        try:
            return await driver.command(_field_command(request))
        except Exception as error:
            log.exception("gateway %s: a command failed", self._name)
            return FieldAnswer(RequestState.UNKNOWN, f"Failure on this side: {type(error).__name__}")

    def _forsake(self) -> None:
        count = forsake_requests(gateway_id=self._gateway_id, holder=self._holder, at=timezone.now())
        if count:
            log.warning("gateway %s: of %d commands nobody knows what became of them", self._name, count)

    def _take(self) -> list[ControlRequest]:
        return take_requests(gateway_id=self._gateway_id, holder=self._holder, at=timezone.now())

    def _finish(self, request_id: int, answer: FieldAnswer) -> None:
        finish_request(
            request_id=request_id, holder=self._holder, state=answer.state, reason=answer.reason, at=timezone.now()
        )


def _field_command(request: ControlRequest) -> FieldCommand:
    control = request.control
    assert control is not None  # noqa: S101  whoever calls has asked
    kind = ControlKind(control.kind)
    scale = control.point.scale if kind is ControlKind.SETPOINT else 1.0
    return FieldCommand(
        address=control.address,
        kind=kind,
        form=ControlForm(control.form),
        value=request.value / scale,
        is_selected_first=control.is_selected_first,
    )


def _hang_up() -> None:
    """In the thread whose connection it is."""
    connection.close()
