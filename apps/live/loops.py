import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

logger = logging.getLogger(__name__)

SPACING_S = 0.02  # wishes to go sooner that come closer together than this are one


async def for_ever(step: Callable[[], Awaitable[None]], period_s: float, sooner: asyncio.Event | None = None) -> None:
    wish = sooner or asyncio.Event()
    while True:
        wish.clear()
        try:
            await step()
        except Exception:
            logger.exception("A step of the live hub failed; it is tried again.")
        await asyncio.sleep(SPACING_S)
        await wait_for(wish, period_s)


async def wait_for(event: asyncio.Event, limit_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await event.wait()


async def cancel(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)
