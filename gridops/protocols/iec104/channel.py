"""One TCP connection with its link state: reads bursts, writes what the window allows, keeps the timers."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gridops.protocols.iec104.apci import HEADER, Frame, IFrame, Splitter
from gridops.protocols.iec104.errors import LinkError, ProtocolError
from gridops.protocols.iec104.link import Link, Received
from gridops.protocols.iec104.runs import Piece, Run, count, pieces, singly

log = logging.getLogger(__name__)
READ_SIZE = 1 << 22  # a flood is taken in large pieces: storing has its price per piece
_BUSY_S = 0.1  # a timer served later than this tells of a busy process, not of a silent peer
_QUIET_S = 1.0  # at most one line of log a second about refusals


@dataclass(slots=True)
class Refusals:
    """How much was refused and why the last time. Counting is exact; the log is thinned."""

    name: str
    count: int = 0
    last_reason: str = ""
    _logged_at: float = field(default=float("-inf"))

    def note(self, reason: str, now: float) -> None:
        """Count one refusal."""
        self.count += 1
        self.last_reason = reason
        if now - self._logged_at >= _QUIET_S:
            self._logged_at = now
            log.warning("%s refused: %s (%d so far)", self.name, reason, self.count)


@dataclass(slots=True)
class Traffic:
    """What went over one link since its owner was made, over all its connections. `heard_at_s`: Unix seconds."""

    frames_in: int = 0
    frames_out: int = 0
    heard_at_s: float | None = None
    round_trip_s: float | None = None

    def sent(self, octets: bytes) -> None:
        """Whole frames."""
        at = 0
        while at < len(octets):
            self.frames_out += 1
            at += octets[at + 1] + HEADER

    def heard(self, frames: int) -> None:
        self.frames_in += frames
        self.heard_at_s = time.time()


class Channel:
    """A connection of either end. `source` gives the next ASDU to send, or None; it is asked when the window opens."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: Link,
        source: Callable[[], bytes | None],
        traffic: Traffic | None = None,
    ) -> None:
        self.link = link
        self.traffic = traffic or Traffic()
        self.error: ProtocolError | None = None
        self._reader, self._writer, self._source = reader, writer, source
        self._splitter = Splitter()
        self._clock = asyncio.get_running_loop().time

    @property
    def now(self) -> float:
        """The steady clock of the link, s."""
        return self._clock()

    def write(self, octets: bytes) -> None:
        """Hand octets to the transport; what may wait there is bounded by k and by `drain` after each burst."""
        if octets and not self._writer.is_closing():
            self.traffic.sent(octets)
            self._writer.write(octets)

    def pump(self) -> None:
        """Send as long as the window is open and there is something to send."""
        while self.link.can_send and not self._writer.is_closing():
            asdu = self._source()
            if asdu is None:
                return
            self.write(self.link.send(asdu, self.now))

    async def frames(self) -> list[Frame]:
        """As `pieces`, each frame by itself."""
        return singly(await self.pieces())

    async def pieces(self) -> list[Piece]:
        """Frames of the next burst; none when a timer came first. `error` says what ended the stream, if anything."""
        octets = await self._read()
        if octets is None:
            self.tick()
            return []
        if not octets:
            raise self._splitter.finish() or ConnectionResetError("the peer closed the connection")
        return self.cut(octets)

    async def more(self) -> bytes:
        """Whatever comes next; nothing at the end of the stream. Cancelling it loses nothing."""
        return await self._reader.read(READ_SIZE)

    def cut(self, octets: bytes) -> list[Piece]:
        """The frames completed by `octets`. `error` says what ended the stream, if anything."""
        found, self.error = pieces(self._splitter, octets)
        self.traffic.heard(count(found))
        return found

    def tick(self) -> None:
        """Serve the timers. If this process was busy past their end, the peer gets another chance to be heard first."""
        late = self.now - self.link.deadline()
        if late > _BUSY_S:
            self.link.excuse(late)
        else:
            self.write(self.link.tick(self.now))

    def receive(self, frame: Frame) -> Received:
        """Pass one frame through the link and send its reply. Raises LinkError."""
        received = self.link.receive(frame, self.now)
        self.traffic.round_trip_s = self.link.round_trip_s or self.traffic.round_trip_s
        self.write(received.reply)
        return received

    def receive_run(self, frames: Sequence[IFrame | Run]) -> None:
        """Pass I-frames of a controlled station through the link. Raises LinkError."""
        if frames:
            self.link.receive_run(frames, self.now)

    async def drain(self) -> None:
        """Wait until the peer takes what was written; LinkError if it does not within t1."""
        try:
            async with asyncio.timeout(self.link.settings.t1):
                await self._writer.drain()
        except TimeoutError:
            raise LinkError(f"the peer did not read for t1 = {self.link.settings.t1:g} s") from None

    async def close(self) -> None:
        """Close at once, whatever is still unsent."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> bytes | None:
        try:
            async with asyncio.timeout_at(self.link.deadline()):
                return await self._reader.read(READ_SIZE)
        except TimeoutError:
            return None
