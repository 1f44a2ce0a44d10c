"""Neighbouring I-frames that look alike, as one array of octets: a scan is thousands of them.

What is not alike, or too short to gain by it, stays single frames, which `apci` decodes and refuses one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104.apci import HEADER, MIN_LENGTH, Frame, IFrame, Splitter, decode_control
from gridops.protocols.iec104.errors import FrameError

APCI = HEADER + MIN_LENGTH
SHORTEST = 8  # fewer frames are quicker one by one
LONGEST = 1 << 12
_COMPARED = APCI + 2  # with type and structure of the ASDU
_HEAD, _SEND, _RECEIVE, _KIND = range(_COMPARED // 2)  # the words of the octets that are compared


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """I-frames of one length whose ASDUs have one type and one structure. `octets`: shape (frames, octets of each)."""

    octets: NDArray[np.uint8]

    @property
    def asdus(self) -> NDArray[np.uint8]:
        """Shape (frames, octets of an ASDU)."""
        return self.octets[:, APCI:]

    @property
    def sequences(self) -> NDArray[np.int64]:
        """Send and receive sequence number of each; shape (2, frames)."""
        return self.octets[:, HEADER:APCI].view("<u2").T.astype(np.int64) >> 1

    def frames(self) -> list[IFrame]:
        """Each by itself."""
        send, receive = self.sequences.tolist()
        return [IFrame(*one) for one in zip(send, receive, map(bytes, self.asdus), strict=True)]


Piece = Frame | Run


def pieces(splitter: Splitter, octets: bytes) -> tuple[list[Piece], FrameError | None]:
    """As `splitter.feed`, with runs where there are any."""
    found: list[Piece] = []

    def take(buffer: bytes, at: int, size: int) -> int:
        run = _run_at(buffer, at, size)
        if run is None:
            found.append(decode_control(buffer[at : at + size]))
            return at + size
        found.append(run)
        return at + run.octets.size

    return found, splitter.cut(octets, take)


def singly(found: Sequence[Piece]) -> list[Frame]:
    """Each frame by itself."""
    return [frame for piece in found for frame in (piece.frames() if isinstance(piece, Run) else [piece])]


def count(found: Sequence[Piece]) -> int:
    """How many frames they are."""
    return sum(len(piece.octets) if isinstance(piece, Run) else 1 for piece in found)


def sequences(frames: Sequence[IFrame | Run]) -> NDArray[np.int64]:
    """Send and receive sequence numbers in order of arrival; shape (2, frames)."""
    each = [frame.sequences if isinstance(frame, Run) else [frame[:1], frame[1:2]] for frame in frames]
    return np.concatenate([np.zeros((2, 0), np.int64), *each], axis=1)


def _run_at(buffer: bytes, at: int, size: int) -> Run | None:
    """The run that begins with the APDU at `at`, if there is one."""
    if size < _COMPARED or not _may_run(buffer, at, size):
        return None
    most = min((len(buffer) - at) // size, LONGEST)
    octets = np.frombuffer(buffer, np.uint8, most * size, at).reshape(most, size)
    words = octets[:, :_COMPARED].view("<u2")
    alike = (words[:, _HEAD] == words[0, _HEAD]) & (words[:, _KIND] == words[0, _KIND])
    alike &= (words[:, _SEND] | words[:, _RECEIVE]) & 1 == 0  # I-frames, no reserved bit
    length = most if alike.all() else int(alike.argmin())
    return Run(octets[:length]) if length >= SHORTEST else None


def _may_run(buffer: bytes, at: int, size: int) -> bool:
    """The next frame and the last one that a run must have begin as this one does; cheap, and mostly right."""
    head, last = buffer[at : at + HEADER], at + (SHORTEST - 1) * size
    return buffer[at + size : at + size + HEADER] == head == buffer[last : last + HEADER] and last + size <= len(buffer)
