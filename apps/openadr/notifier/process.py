"""One process a site. Nothing is lost with it: its next round finds the same rows."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from apps.openadr.notifier.entrance import Entrance
from apps.openadr.notifier.publisher import Publisher
from apps.openadr.notifier.webhooks import Webhooks

log = logging.getLogger("apps.openadr.notifier")
IDLE_S, AFTER_A_FAULT_S = 0.5, 2.0


async def run() -> None:
    """Until it is asked to end."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [asyncio.create_task(work) for work in works()]
    ending: asyncio.Task[Any] = asyncio.create_task(ended.wait())
    done, _ = await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for finished in done - {ending}:
        finished.result()


def works() -> list[Coroutine[Any, Any, None]]:
    found: list[Coroutine[Any, Any, None]] = [rounds(Webhooks().round)]
    if socket := settings.OPENADR_MQTT_BROKER:
        publisher = Publisher(socket)
        found += [publisher.run(), rounds(publisher.round), Entrance(socket).run()]
    else:
        log.info("no broker is named (GRIDOPS_OPENADR_MQTT_BROKER): subscribers are told by webhooks alone")
    return found


async def rounds(work: Callable[[], Awaitable[bool]]) -> None:
    while True:
        try:
            wait_s = 0.0 if await work() else IDLE_S
        except Exception:
            log.exception("subscribers were not told for a moment")
            await sync_to_async(connection.close)()
            wait_s = AFTER_A_FAULT_S
        await asyncio.sleep(wait_s)
