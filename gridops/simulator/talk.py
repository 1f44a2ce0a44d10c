"""Between the field and what belongs to it: its meters ask who has supply, an instructor lets lines fail and be mended.

Physics, so it is the simulator's own and nobody else's. A line of JSON each way.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gridops.simulator import incidents
from gridops.simulator.field import Field, to_us
from gridops.simulator.microgrid_acts import MicrogridActs
from gridops.simulator.world import SECOND_US

log = logging.getLogger("gridops.simulator.talk")

MOST_LINES = 2000
PARALLEL_S = 2.0  # how long a ring is closed while switching goes back to normal
LONGEST_BYTES = 32_000_000  # a whole city loses supply
Asked = dict[str, Any]


class Talk:
    """Answers about one field. Raises KeyError, ValueError or TypeError for what cannot be understood."""

    def __init__(self, field: Field, seed: int) -> None:
        self._field, self._seed = field, seed
        self._line = {line.mrid: n for n, line in enumerate(field.case.lines)}
        self._acts: dict[str, Callable[[Asked], Asked]] = {
            "supply": self._supply,
            "lines": self._lines,
            "faults": self._faults,
            "fault": self._fault,
            "mend": self._mend,
            **MicrogridActs(field.world, lambda: to_us(datetime.now(UTC))).by_name,
        }

    def answer(self, asked: Asked) -> Asked:
        return self._acts[asked["ask"]](asked)

    def _supply(self, asked: Asked) -> Asked:
        """Changes after a number; without one, who is dark now."""
        book, loads = self._field.world.supply, self._field.case.loads
        after = asked.get("after")
        if after is None:
            dark = [loads[n].mrid for n in np.flatnonzero(~book.has_supply).tolist()]
            return {"last": book.last, "dark": dark}
        changes = [[loads[one.load].mrid, one.has_supply, one.at_us] for one in book.after(int(after))]
        return {"last": book.last, "changes": changes}

    def _lines(self, asked: Asked) -> Asked:
        """Lines whose fault would be felt, in the order of a seed."""
        generator = np.random.default_rng((int(asked.get("seed", self._seed)), 64))
        found = incidents.felt_lines(self._field.world, generator, sample=MOST_LINES)
        lines = self._field.case.lines
        return {"lines": [{"mrid": lines[n].mrid, "name": lines[n].name} for n in found]}

    def _faults(self, _asked: Asked) -> Asked:
        world = self._field.world
        return {
            "faults": [
                {"line": world.case.lines[n].mrid, "name": world.case.lines[n].name, "work_s": one.work_s}
                for n, one in world.faults.items()
            ]
        }

    def _fault(self, asked: Asked) -> Asked:
        world, at_us = self._field.world, to_us(datetime.now(UTC))
        line, is_momentary = self._line[asked["line"]], bool(asked.get("momentary", False))
        if not world.topology.node_energised[world.truth.network.lines.from_node[line]]:
            raise ValueError(f"{world.case.lines[line].name} is dead already")
        world.later(at_us, lambda due_us: world.fault(line, due_us, is_momentary=is_momentary))
        return {"at_us": at_us}

    def _mend(self, _asked: Asked) -> Asked:
        """All lines are sound, and switches stand as normal: what closes goes first, so that nobody loses supply."""
        world, at_us = self._field.world, to_us(datetime.now(UTC))
        for line in sorted(world.faulted_lines):
            world.later(at_us, partial(world.repair, line))
        normal = world.truth.switch_closed
        for index in np.flatnonzero(world.switch_closed != normal).tolist():
            moment_us = at_us if normal[index] else at_us + int(PARALLEL_S * SECOND_US)
            world.later(moment_us, partial(world.move_switch, index, bool(normal[index])))
        return {"at_us": at_us, "moved": int((world.switch_closed != normal).sum())}


@asynccontextmanager
async def served(talk: Talk, path: Path) -> AsyncIterator[None]:
    """The field's end, as long as the field plays."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(_answer(talk, line)).encode() + b"\n")
                await writer.drain()
        except OSError as error:
            log.warning("a line to the field broke: %s", error)
        except asyncio.CancelledError:
            pass  # the field ends; asyncio of Python 3.11 would print this as a fault
        finally:
            writer.close()

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(hear, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _answer(talk: Talk, line: bytes) -> Asked:
    try:
        return talk.answer(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"not understood: {error}"}


class TalkLine:
    """The other end; a field that is away is asked again the next time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, **asked: object) -> Asked | None:
        """Nothing while there is no field. Raises ValueError if it did not understand."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_unix_connection(self._path, limit=LONGEST_BYTES)
            reader, writer = self._streams
            writer.write(json.dumps(asked).encode() + b"\n")
            await writer.drain()
            answer: Asked = json.loads(await reader.readline())
        except (OSError, ValueError):
            self.close()
            return None
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None
