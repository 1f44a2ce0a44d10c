"""What a burst of frames brings, made out without the link: so the next one is ready while this one is stored."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gridops.protocols.iec104 import points
from gridops.protocols.iec104.apci import IFrame
from gridops.protocols.iec104.asdu import Asdu, check_size, parse
from gridops.protocols.iec104.blocks import Block
from gridops.protocols.iec104.channel import READ_SIZE, Channel
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.points import PointBatch
from gridops.protocols.iec104.runs import Piece, Run
from gridops.protocols.iec104.types import MONITOR_TYPES


@dataclass(frozen=True, slots=True)
class Burst:
    """Monitored points, the other ASDUs, and why what is malformed was refused; it will not be asked for again."""

    pieces: Sequence[Piece]
    batch: PointBatch
    others: Sequence[Asdu]
    refusals: Sequence[str]

    @classmethod
    def of(cls, pieces: Sequence[Piece], *, near_us: int | None = None) -> "Burst":
        """Frames in order of arrival. `near_us`: when they arrived; now if not given."""
        content = _Content()
        for piece in pieces:
            if isinstance(piece, Run):
                content.take_run(piece)
            elif isinstance(piece, IFrame):
                content.take(piece)
        near_us = time.time_ns() // 1000 if near_us is None else near_us
        return cls(pieces, content.decode(near_us), content.others, content.refusals)

    def pass_through(self, channel: Channel) -> None:
        """The link takes all frames in their order. Raises LinkError."""
        data: list[IFrame | Run] = []
        for piece in self.pieces:
            if isinstance(piece, IFrame | Run):
                data.append(piece)
            else:
                channel.receive_run(data)
                data = []
                channel.receive(piece)
        channel.receive_run(data)


class _Content:
    """What the I-frames of a burst carry, sorted."""

    def __init__(self) -> None:
        self._monitored: list[Asdu | Block] = []
        self.others: list[Asdu] = []
        self.refusals: list[str] = []

    def take(self, frame: IFrame) -> None:
        try:
            asdu = parse(frame.asdu)
            if asdu.type_id in MONITOR_TYPES:
                points.check(asdu)
                self._monitored.append(asdu)
            else:
                check_size(asdu)
                self.others.append(asdu)
        except AsduError as error:
            self.refusals.append(error.reason)

    def take_run(self, run: Run) -> None:
        block = Block.of(run)
        if block is not None:
            self._monitored.append(block)
            return
        for frame in run.frames():
            self.take(frame)

    def decode(self, near_us: int) -> PointBatch:
        return points.joined([_decode(list(alike), near_us) for _, alike in groupby(self._monitored, type)])


def _decode(alike: Sequence[Asdu | Block], near_us: int) -> PointBatch:
    blocks = [one.decode(near_us) for one in alike if isinstance(one, Block)]
    return (
        points.joined(blocks)
        if blocks
        else points.decode([one for one in alike if isinstance(one, Asdu)], near_us=near_us)
    )


class Ahead:
    """Bursts that came while another one was stored."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._bursts: list[Burst] = []

    async def next(self) -> list[Burst]:
        """What has come, or the next that comes; empty of frames if a timer was first. Raises as Channel.pieces."""
        bursts, self._bursts = self._bursts, []
        return bursts or [Burst.of(await self._channel.pieces())]

    async def read(self) -> None:
        """Until cancelled, full, or at the end of the stream, of which `next` will tell. Nothing read is lost."""
        octets = 0
        with contextlib.suppress(OSError):
            while octets < READ_SIZE and self._channel.error is None and (piece := await self._channel.more()):
                octets += len(piece)
                self._bursts.append(Burst.of(self._channel.cut(piece)))
