"""Django's ORM from the hub: own threads, so that neither requests nor sockets wait for each other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from channels.db import DatabaseSyncToAsync

T = TypeVar("T")

ANSWER_S = 5.0
_threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="live")


async def in_thread(read: Callable[[], T]) -> T:
    async with asyncio.timeout(ANSWER_S):
        result: T = await DatabaseSyncToAsync(read, thread_sensitive=False, executor=_threads)()
    return result
