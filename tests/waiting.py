"""Tests wait for facts, never for a time. A fact that does not come fails the test and says what was seen last."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import sync_to_async

T = TypeVar("T")
PATIENCE_S = 60.0


def eventually(ask: Callable[[], T], *, patience_s: float = PATIENCE_S, what: str = "the fact") -> T:
    """The first answer that is true. A refused connection is an answer too: not yet."""
    deadline = time.monotonic() + patience_s
    last: object = None
    while time.monotonic() < deadline:
        try:
            if answer := ask():
                return answer
            last = answer
        except OSError as error:  # of requests and sockets
            last = error
        time.sleep(0.02)
    raise AssertionError(f"Not within {patience_s:.0f} s: {what} (last seen: {last!r})")


async def until(condition: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """As `eventually`, in a loop that goes on meanwhile."""
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.002)


async def until_stored(condition: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """As `until`, where the condition asks the database."""
    asked = sync_to_async(condition)
    async with asyncio.timeout(patience_s):
        while not await asked():
            await asyncio.sleep(0.02)
