"""A station of many points, in a process of its own: sends scans over IEC 104 and tells when they were acknowledged.

The gateway acknowledges what it has committed. The station itself is not measured: its frames are ready before the
clock runs, so that it takes next to no processor from those who are. On stdin one line of JSON asks to make `scans`
scans of all points ready and then to send them, one each `period_s` (0: all at once); on stdout each is answered.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104 import pack
from gridops.protocols.iec104.apci import MODULUS, Function, IFrame, SFrame, Splitter, UFrame, encode_i, encode_u
from gridops.protocols.iec104.asdu import parse
from gridops.protocols.iec104.runs import APCI
from gridops.protocols.iec104.types import Cause, TypeId

STATION, TYPE = 1, TypeId.M_ME_TF
CONFIRMED = {Function.STARTDT_ACT: Function.STARTDT_CON, Function.TESTFR_ACT: Function.TESTFR_CON}
READ_SIZE = 1 << 16


class Field:
    """One master at a time. What it asks (interrogation, time) is confirmed and brings no values: only scans do."""

    def __init__(self, points: int) -> None:
        self._ioa = np.arange(1, points + 1, dtype=np.int32)
        self._rng = np.random.default_rng(1)
        self._last_us = 0
        self._writer: asyncio.StreamWriter | None = None
        self._sent = self._acknowledged = self._received = 0  # I-frames
        self._moved = asyncio.Condition()

    async def serve(self) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self._say(port=server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            wanted = json.loads(line)
            made = (self._scan() for _ in range(wanted["scans"]))
            scans = made if wanted["period_s"] else list(made)  # what waited before it was sent would be history
            self._say(ready=True)
            await loop.run_in_executor(None, sys.stdin.readline)
            self._say(**await self._send(scans, **wanted))
        server.close()

    async def _send(self, made: Iterable[NDArray[np.uint8]], scans: int, period_s: float) -> dict[str, object]:
        """Everything is acknowledged before and after."""
        await self._all_acknowledged()
        begun = time.monotonic()
        ends: list[tuple[float, int]] = []
        waiting = asyncio.create_task(self._ages(ends, scans))
        for number, scan in enumerate(made):
            await asyncio.sleep(begun + number * period_s - time.monotonic())
            self._write(scan)
            ends.append((time.monotonic(), self._sent))
        ages = await waiting
        return {"took_s": time.monotonic() - begun, "ages_s": ages}

    async def _ages(self, ends: list[tuple[float, int]], scans: int) -> list[float]:
        """Of each scan, from when it was written to when its last frame was acknowledged."""
        ages: list[float] = []
        async with self._moved:
            while len(ages) < scans:
                await self._moved.wait()
                done = [sent_at for sent_at, end in ends[len(ages) :] if end <= self._acknowledged]
                ages += [time.monotonic() - sent_at for sent_at in done]
        return ages

    async def _all_acknowledged(self) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._writer is not None and self._acknowledged == self._sent)

    def _scan(self) -> NDArray[np.uint8]:
        """Its APDUs, not numbered yet. Times on the wire are whole milliseconds, and no two scans share one."""
        self._last_us = max(time.time_ns() // 1_000_000 * 1000, self._last_us + 1000)
        value, quality = self._rng.normal(20.0, 0.1, len(self._ioa)), np.zeros(len(self._ioa), np.uint16)
        body = pack.objects(TYPE, self._ioa, value, quality, self._last_us)
        size = self._fitting() * len(body) // len(self._ioa)
        asdus = [pack.asdu(TYPE, Cause.SPONTANEOUS, STATION, body[at : at + size]) for at in range(0, len(body), size)]
        octets = b"".join(encode_i(0, 0, asdu) for asdu in asdus)
        return np.frombuffer(octets, np.uint8).reshape(len(asdus), -1).copy()

    def _fitting(self) -> int:
        """As many points an ASDU as fit and leave none over."""
        return next(n for n in range(pack.capacity(TYPE), 0, -1) if len(self._ioa) % n == 0)

    def _write(self, scan: NDArray[np.uint8]) -> None:
        assert self._writer is not None
        numbers = scan[:, 2:APCI].view("<u2")
        numbers[:, 0] = (self._sent + np.arange(len(scan))) % MODULUS << 1
        numbers[:, 1] = self._received % MODULUS << 1
        self._sent += len(scan)
        self._writer.write(scan.tobytes())

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter = Splitter()
        self._sent = self._acknowledged = self._received = 0
        while octets := await reader.read(READ_SIZE):
            frames, error = splitter.feed(octets)
            assert error is None
            for frame in frames:
                writer.write(self._answer(frame, writer))
            async with self._moved:
                self._moved.notify_all()
        self._writer = None

    def _answer(self, frame: IFrame | SFrame | UFrame, writer: asyncio.StreamWriter) -> bytes:
        if isinstance(frame, UFrame):
            if frame.function is Function.STARTDT_ACT:
                self._writer = writer
            return encode_u(CONFIRMED[frame.function]) if frame.function in CONFIRMED else b""
        self._acknowledged += (frame.receive_sequence - self._acknowledged) % MODULUS
        return self._confirm(frame) if isinstance(frame, IFrame) else b""

    def _confirm(self, frame: IFrame) -> bytes:
        self._received += 1
        question, answers = parse(frame.asdu), [Cause.ACTIVATION_CON]
        if question.type_id == TypeId.C_IC_NA:
            answers.append(Cause.ACTIVATION_TERM)
        octets = b""
        for cause in answers:
            octets += encode_i(self._sent % MODULUS, self._received % MODULUS, question.mirrored(cause).encode())
            self._sent += 1
        return octets

    @staticmethod
    def _say(**facts: object) -> None:
        print(json.dumps(facts), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, required=True)
    asyncio.run(Field(parser.parse_args().points).serve())
