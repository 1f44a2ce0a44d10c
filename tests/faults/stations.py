"""Outstations of our own, whose clocks may be wrong."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from gridops.protocols.iec104 import Command, Outstation, PointImage
from gridops.supervise.ports import any_free

TYPE_ID = 36  # short floating point number with a time tag
EVERY_S = 1.0


@contextlib.contextmanager
def ticking(points: int, shift: timedelta) -> Iterator[Outstation]:
    """One station 1 with objects from 1, which measures each second by a clock that goes wrong by `shift`."""
    ioa = np.arange(1, points + 1)
    image = PointImage(np.ones(points, int), ioa, np.full(points, TYPE_ID))
    station = Outstation("127.0.0.1", any_free(), image, _refuse)
    loop = asyncio.new_event_loop()
    work = loop.create_task(_work(station, ioa, shift))
    thread = threading.Thread(target=_run, args=(loop, work), daemon=True)
    thread.start()
    try:
        yield station
    finally:
        loop.call_soon_threadsafe(work.cancel)
        thread.join(10)


def _run(loop: asyncio.AbstractEventLoop, work: "asyncio.Task[None]") -> None:
    with contextlib.suppress(asyncio.CancelledError):
        loop.run_until_complete(work)
    loop.close()


async def _work(station: Outstation, ioa: np.ndarray, shift: timedelta) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(station.serve())
        while True:
            at_us = int((time.time() + shift.total_seconds()) * 1e6)
            station.update(1, ioa, 10 + np.sin(at_us / 1e7 + ioa), 0, at_us)
            await asyncio.sleep(EVERY_S)


async def _refuse(command: Command) -> bool:
    return False
