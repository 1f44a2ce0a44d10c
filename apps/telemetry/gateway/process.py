"""From a driver to committed samples: the same for every protocol.

Nothing is acknowledged to the field before its transaction has committed: what is lost is sent again.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.commanding import Commander
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import Driver, Values
from apps.telemetry.gateway.drivers import driver_of
from apps.telemetry.gateway.figures import Tally
from apps.telemetry.gateway.store import Store, WiringMoved
from apps.telemetry.gateway.wake import Listener
from apps.telemetry.models import Gateway
from apps.telemetry.rules.protocols import rules_of
from apps.telemetry.services.control import ASKED
from apps.telemetry.services.links import report_link

log = logging.getLogger(__name__)

Result = TypeVar("Result")
_GATHER_S = 0.05
_WATCH_S = 2.0  # a new configuration is noticed, figures are written, old samples are brought in at least so often
_AGAIN_S = 1.0
_COMMANDS_S = 1.0  # requests are looked for so often without a word of Postgres
_QUIET_S = 10.0  # at most one line of log in this time about refusals


class GatewayProcess:
    """Runs until cancelled. Postgres may go and come back: the driver keeps unacknowledged what could not be stored."""

    def __init__(self, gateway: Gateway) -> None:
        self._store = Store(gateway.pk)
        self._name = gateway.name
        self._config = self._store.config  # of the present driver
        self._heard_at = 0.0
        self._tally, self._told_at = Tally(), -math.inf
        self._driver: Driver | None = None
        self._wiring_moved = asyncio.Event()
        self._commander = Commander(gateway.pk, gateway.name, lambda: self._driver, _in_thread)
        self._listener = Listener(ASKED)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forever(self._watch, every_s=_WATCH_S))
            group.create_task(self._forever(self._bring_in, every_s=_WATCH_S / 10))
            group.create_task(self._forever(self._command, every_s=0.0))
            while True:
                await self._hold_link()

    async def _command(self) -> None:
        await self._commander.look()
        await self._listener.wait(_COMMANDS_S)

    async def _forever(self, work: Callable[[], Awaitable[None]], *, every_s: float) -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("gateway %s: the database could not be asked", self._name)
                await _in_thread(_hang_up)
            await asyncio.sleep(every_s)

    async def _hold_link(self) -> None:
        """With one driver, until its wiring changes, it ends, or it falls silent for good.

        A started link can be silent for ever, as when another master takes it over and leaves.
        """
        config = self._config = self._store.config
        self._wiring_moved.clear()
        self._heard_at = time.monotonic()
        self._driver = driver_of(config, self)
        tasks = [asyncio.create_task(self._driver.run()), asyncio.create_task(self._wiring_moved.wait())]
        try:
            while not any(task.done() for task in tasks) and (rest_s := self._rest_s(config)) > 0:
                await asyncio.wait(tasks, timeout=min(rest_s, config.silence_limit_s), return_when="FIRST_COMPLETED")
            await self._say_why(tasks[0])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _say_why(self, driver: "asyncio.Task[Any]") -> None:
        if self._wiring_moved.is_set():
            log.info("gateway %s: points or settings have changed; the link is taken up anew", self._name)
        elif driver.done():
            log.error("gateway %s: the driver ended", self._name, exc_info=driver.exception())
            await self.link(LinkState.DOWN, f"failure on this side: {driver.exception() or 'the driver ended'}")
            await asyncio.sleep(_AGAIN_S)
        else:
            log.warning("gateway %s: connected but silent; the link is taken up anew", self._name)

    def _rest_s(self, config: GatewayConfig) -> float:
        awaited = rules_of(config.protocol).is_awaited
        return config.silence_limit_s - time.monotonic() + self._heard_at if awaited else math.inf

    async def take(self, values: Values, *, is_pressed: bool = False) -> None:
        # A scan comes in many small bursts; storing them together costs a fraction, and a moment of age.
        begun, self._heard_at = time.monotonic(), math.inf  # a database that takes its time is no silence of the field
        try:
            is_live = await _in_thread(self._store.put, values, self._config)
            self._tally.took(len(values))
            if is_live and not is_pressed:
                await asyncio.sleep(begun + _GATHER_S - time.monotonic())
        except WiringMoved:
            self._wiring_moved.set()
            raise
        finally:
            self._heard_at = time.monotonic()

    async def link(self, state: LinkState, reason: str) -> None:
        log.info("gateway %s: link %s %s", self._name, state, reason)
        self._tally.became(state, reason)
        try:
            await _in_thread(self._report, state, reason)
        except Exception:
            # The link itself matters more than telling of it; silence is noticed by check_links anyway.
            log.exception("gateway %s: the link state could not be stored", self._name)
            await _in_thread(_hang_up)

    def refuse(self, reason: str, count: int = 1) -> None:
        self._tally.refused += count
        self._tally.last_refusal = reason
        if time.monotonic() - self._told_at >= _QUIET_S:
            self._told_at = time.monotonic()
            log.warning("gateway %s: %d %s (%d refused so far)", self._name, count, reason, self._tally.refused)

    def _report(self, state: LinkState, reason: str) -> None:
        report_link(gateway_id=self._store.config.gateway_id, state=state, reason=reason, at=timezone.now())

    async def _watch(self) -> None:
        if await _in_thread(self._store.newest_config) is not self._config:
            self._wiring_moved.set()
        figures = self._driver.figures() if self._driver is not None else []
        waiting = await _in_thread(self._store.waiting)
        reports = self._tally.report(figures, waiting=waiting, now_s=time.monotonic())
        await _in_thread(self._store.write_figures, reports)

    async def _bring_in(self) -> None:
        """One bounded chunk at a time: a live batch waits for one chunk at most."""
        while await _in_thread(self._store.bring_in_a_chunk):
            await asyncio.sleep(0)


def _hang_up() -> None:
    """Each thread has a connection of its own: which one this is must be asked in the thread."""
    connection.close()


async def _in_thread(work: Callable[..., Result], *arguments: object) -> Result:
    return await sync_to_async(work, thread_sensitive=True)(*arguments)


def run(name: str) -> None:
    asyncio.run(GatewayProcess(Gateway.objects.get(name=name)).run())
