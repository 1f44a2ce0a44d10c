"""A station of many points, in a process of its own: sends scans over IEC 104 and tells when they were acknowledged.

The gateway acknowledges what it has committed, so an empty buffer of events means that all of it is in the database.
On stdin one line of JSON asks for `scans` scans of all points, one each `period_s` (0: as fast as they are taken); on
stdout one line answers: seconds from each scan to its acknowledgement, and what was dropped.
"""

import argparse
import asyncio
import json
import sys
import time

import numpy as np

from gridops.protocols.iec104.commands import Command
from gridops.protocols.iec104.image import PointImage
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.outstation import Outstation
from gridops.protocols.iec104.types import TypeId

STATION = 1
LOOK_S = 0.002
WIDE = LinkSettings(k=32_000, w=8)


class Field:
    def __init__(self, points: int) -> None:
        self._ioa = np.arange(1, points + 1)
        self._rng = np.random.default_rng(1)
        image = PointImage(np.full(points, STATION), self._ioa, np.full(points, TypeId.M_ME_NC))
        self.outstation = Outstation("127.0.0.1", 0, image, _refuse, settings=WIDE, buffer_limit=20 * points)
        self._last_us = 0

    async def serve(self) -> None:
        serving = asyncio.create_task(self.outstation.serve())
        await self.outstation.started.wait()
        self._say(port=self.outstation.port)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            self._say(**await self._send(**json.loads(line)))
        serving.cancel()

    async def _send(self, scans: int, period_s: float) -> dict[str, object]:
        """The buffer is empty before and after."""
        while len(self.outstation.events) or not self.outstation.is_active:
            await asyncio.sleep(LOOK_S)
        dropped, lost_links = self.outstation.overflow, self.outstation.refused
        begun, sent_at, taken_at, most = time.monotonic(), [], [], 0
        while len(taken_at) < scans:
            now = time.monotonic()
            if len(sent_at) < scans and now >= begun + len(sent_at) * period_s:
                sent_at.append(now)
                self._scan()
            waiting = len(self.outstation.events)
            most = max(most, waiting)
            whole = len(sent_at) - -(-waiting // len(self._ioa))
            taken_at += [time.monotonic()] * (whole - len(taken_at))
            await asyncio.sleep(LOOK_S)
        ages = [taken - sent for sent, taken in zip(sent_at, taken_at, strict=True)]
        return {
            "took_s": taken_at[-1] - begun,
            "ages_s": ages,
            "most_waiting": most,
            "dropped": self.outstation.overflow - dropped,
            "refused": self.outstation.refused - lost_links,
        }

    def _scan(self) -> None:
        """Times on the wire are whole milliseconds, and no two scans share one."""
        self._last_us = max(time.time_ns() // 1_000_000 * 1000, self._last_us + 1000)
        value = self._rng.normal(20.0, 0.1, len(self._ioa))
        self.outstation.update(STATION, self._ioa, value, 0, self._last_us)

    @staticmethod
    def _say(**facts: object) -> None:
        print(json.dumps(facts), flush=True)  # noqa: T201  the answer


async def _refuse(_: Command) -> bool:
    return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, required=True)
    asyncio.run(Field(parser.parse_args().points).serve())
