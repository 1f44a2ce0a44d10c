"""Between the homes and the field they hang in: physics, so it is the simulator's own and nobody else's.

A line of JSON each way: what the homes draw more than they would, kW by consumer; and in answer the field's clock.
"""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.simulator.points import FloatArray

log = logging.getLogger("gridops.simulator.homes")

FORGOTTEN_US = 180_000_000  # after that silence the homes draw what they usually do


@dataclass(frozen=True, slots=True)
class FieldTime:
    """How the field's clock runs, in unix seconds."""

    started_s: float
    profile_start_s: float
    speed: float
    warmer_c: float = 0.0  # what its scenario adds to the usual weather

    def profile_s(self, wall_s: float) -> float:
        return self.profile_start_s + (wall_s - self.started_s) * self.speed


class HomesInField:
    """What the homes draw more than the field's profiles say, by its consumers."""

    def __init__(self, case: NetworkCase) -> None:
        self._place = {load.mrid: n for n, load in enumerate(case.loads)}
        p_kw = np.array([load.p_kw for load in case.loads])
        q_kvar = np.array([load.q_kvar for load in case.loads])
        self._q_per_p = np.divide(q_kvar, p_kw, out=np.zeros_like(p_kw), where=np.abs(p_kw) > 1e-9)
        self.more_kw: FloatArray = np.zeros(len(case.loads))
        self._told_us: int | None = None

    def tell(self, more_kw: Mapping[str, float], at_us: int) -> None:
        """Raises ValueError for a consumer that is not there or a figure that is none."""
        fresh = np.zeros_like(self.more_kw)
        for mrid, kw in more_kw.items():
            if mrid not in self._place or not math.isfinite(kw):
                raise ValueError(f"the field has no consumer {mrid}, or {kw} is no power")
            fresh[self._place[mrid]] = kw
        self.more_kw, self._told_us = fresh, at_us

    def apply(self, p_kw: FloatArray, q_kvar: FloatArray, at_us: int) -> None:
        """On injections (a load is negative), in place; loads come first."""
        if self._told_us is None or at_us - self._told_us > FORGOTTEN_US:
            return
        count = len(self.more_kw)
        p_kw[:count] -= self.more_kw
        q_kvar[:count] -= self._q_per_p * self.more_kw


@asynccontextmanager
async def served(homes: HomesInField, path: Path, told_time: Callable[[datetime], FieldTime]) -> AsyncIterator[None]:
    """The field's end, as long as the field plays."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                now = datetime.now(UTC)
                homes.tell(json.loads(line)["more_kw"], int(now.timestamp() * 1e6))
                told = told_time(now)
                answer = {name: getattr(told, name) for name in FieldTime.__slots__}
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            log.warning("the homes were not understood: %s", error)
        except asyncio.CancelledError:
            pass  # the field ends; asyncio of Python 3.11 would print this as a fault
        finally:
            writer.close()

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(talk, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


class FieldLine:
    """The homes' end; a field that is away is asked again the next time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def tell(self, more_kw: Mapping[str, float]) -> FieldTime | None:
        """The field's clock; nothing while there is no field."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_unix_connection(self._path)
            reader, writer = self._streams
            writer.write(json.dumps({"more_kw": dict(more_kw)}).encode() + b"\n")
            await writer.drain()
            return FieldTime(**json.loads(await reader.readline()))
        except (OSError, ValueError):
            self.close()
            return None

    def close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None
