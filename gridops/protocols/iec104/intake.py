"""What a burst of frames brings, made out without the link: so the next one is ready while this one is stored."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from gridops.protocols.iec104 import points
from gridops.protocols.iec104.apci import Frame, IFrame
from gridops.protocols.iec104.asdu import Asdu, check_size, parse
from gridops.protocols.iec104.channel import READ_SIZE, Channel
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.points import PointBatch
from gridops.protocols.iec104.types import MONITOR_TYPES


@dataclass(frozen=True, slots=True)
class Burst:
    """Monitored points, the other ASDUs, and why what is malformed was refused; it will not be asked for again."""

    frames: Sequence[Frame]
    batch: PointBatch
    others: Sequence[Asdu]
    refusals: Sequence[str]

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> "Burst":
        """Frames in order of arrival."""
        monitored: list[Asdu] = []
        others: list[Asdu] = []
        refusals: list[str] = []
        for frame in frames:
            if not isinstance(frame, IFrame):
                continue
            try:
                asdu = parse(frame.asdu)
                if asdu.type_id in MONITOR_TYPES:
                    points.check(asdu)
                    monitored.append(asdu)
                else:
                    check_size(asdu)
                    others.append(asdu)
            except AsduError as error:
                refusals.append(error.reason)
        return cls(frames, points.decode(monitored), others, refusals)

    def pass_through(self, channel: Channel) -> None:
        """The link takes all frames in their order. Raises LinkError."""
        data: list[IFrame] = []
        for frame in self.frames:
            if isinstance(frame, IFrame):
                data.append(frame)
            else:
                channel.receive_run(data)
                data = []
                channel.receive(frame)
        channel.receive_run(data)


class Ahead:
    """Bursts that came while another one was stored."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._bursts: list[Burst] = []

    async def next(self) -> list[Burst]:
        """What has come, or the next that comes; empty of frames if a timer was first. Raises as Channel.frames."""
        bursts, self._bursts = self._bursts, []
        return bursts or [Burst.of(await self._channel.frames())]

    async def read(self) -> None:
        """Until cancelled, full, or at the end of the stream, of which `next` will tell. Nothing read is lost."""
        octets = 0
        with contextlib.suppress(OSError):
            while octets < READ_SIZE and self._channel.error is None and (piece := await self._channel.more()):
                octets += len(piece)
                self._bursts.append(Burst.of(self._channel.cut(piece)))


def joined(bursts: Iterable[Burst]) -> PointBatch:
    """All their points, in order of arrival."""
    batches = [burst.batch for burst in bursts]
    if len(batches) == 1:
        return batches[0]
    names = [field.name for field in fields(PointBatch)]
    return PointBatch(*(np.concatenate([getattr(batch, name) for batch in batches]) for name in names))
