"""Framing of IEC 60870-5-104: APDUs of format I, S and U, and a splitter over a stream of octets. No I/O."""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from gridops.protocols.iec104.errors import FrameError

START = 0x68
HEADER = 2  # start octet and length octet
MIN_LENGTH, MAX_LENGTH = 4, 253
MAX_ASDU = MAX_LENGTH - MIN_LENGTH
MODULUS = 1 << 15

_S_CONTROL = 0x01
_I_HEADER = struct.Struct("<BBHH")


class Function(IntEnum):
    """Control functions of U-frames: the first control octet."""

    STARTDT_ACT = 0x07
    STARTDT_CON = 0x0B
    STOPDT_ACT = 0x13
    STOPDT_CON = 0x23
    TESTFR_ACT = 0x43
    TESTFR_CON = 0x83


class IFrame(NamedTuple):
    send_sequence: int
    receive_sequence: int
    asdu: bytes


class SFrame(NamedTuple):
    receive_sequence: int


class UFrame(NamedTuple):
    function: Function


Frame = IFrame | SFrame | UFrame
_FUNCTIONS = {int(function): function for function in Function}


def encode_i(send_sequence: int, receive_sequence: int, asdu: bytes) -> bytes:
    """I-frame: an ASDU of 1..249 octets with both sequence numbers (0..32767)."""
    if not 0 < len(asdu) <= MAX_ASDU:
        raise FrameError(f"an ASDU of {len(asdu)} octets does not fit an I-frame")
    return _I_HEADER.pack(START, len(asdu) + MIN_LENGTH, send_sequence << 1, receive_sequence << 1) + asdu


def encode_s(receive_sequence: int) -> bytes:
    """S-frame: acknowledges every I-frame before `receive_sequence`."""
    return _I_HEADER.pack(START, MIN_LENGTH, _S_CONTROL, receive_sequence << 1)


def encode_u(function: Function) -> bytes:
    """U-frame: starts, stops or tests the link."""
    return bytes((START, MIN_LENGTH, function, 0, 0, 0))


def decode(octets: bytes) -> Frame:
    """One whole APDU. Raises FrameError with the reason when it is anything else."""
    size = apdu_size(octets)
    if size is None or len(octets) < size:
        raise FrameError(f"truncated: {len(octets)} octets of {'an unknown number' if size is None else size}")
    if len(octets) > size:
        raise FrameError(f"{len(octets) - size} octets after the end of the APDU")
    return decode_control(octets)


def apdu_size(octets: bytes | bytearray, at: int = 0) -> int | None:
    """Size of the APDU that begins at `at`, or None while its header is incomplete. Raises FrameError."""
    available = len(octets) - at
    if available > 0 and octets[at] != START:
        raise FrameError(f"bad start octet 0x{octets[at]:02x}")
    if available < HEADER:
        return None
    length = octets[at + 1]
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise FrameError(f"length {length} is outside {MIN_LENGTH}..{MAX_LENGTH}")
    return length + HEADER


def decode_control(octets: bytes) -> Frame:
    """One APDU whose start octet and length are right. Raises FrameError."""
    if not octets[2] & 1:
        return _decode_i(octets)
    if len(octets) != HEADER + MIN_LENGTH:
        raise FrameError(f"an S- or U-frame of {len(octets)} octets")
    return _decode_u(octets) if octets[2] & 2 else _decode_s(octets)


def _decode_i(octets: bytes) -> IFrame:
    _, length, send, receive = _I_HEADER.unpack_from(octets)
    if length == MIN_LENGTH:
        raise FrameError("an I-frame without an ASDU")
    if receive & 1:
        raise FrameError("reserved bit set in an I-frame")
    return IFrame(send >> 1, receive >> 1, octets[HEADER + MIN_LENGTH :])


def _decode_s(octets: bytes) -> SFrame:
    _, _, control, receive = _I_HEADER.unpack_from(octets)
    if control != _S_CONTROL or receive & 1:
        raise FrameError("reserved bits set in an S-frame")
    return SFrame(receive >> 1)


def _decode_u(octets: bytes) -> UFrame:
    function = _FUNCTIONS.get(octets[2])
    if function is None:
        raise FrameError(f"unknown U function 0x{octets[2]:02x}")
    if any(octets[3:]):
        raise FrameError("reserved octets set in a U-frame")
    return UFrame(function)


Take = Callable[[bytes, int, int], int]


class Splitter:
    """Cuts a stream of octets into frames; holds less than one APDU between calls."""

    def __init__(self) -> None:
        self._rest = b""
        self._error: FrameError | None = None

    def feed(self, octets: bytes) -> tuple[list[Frame], FrameError | None]:
        """Frames completed by `octets`, and the error that ended the stream, if any (it stays for ever)."""
        frames: list[Frame] = []

        def take(buffer: bytes, at: int, size: int) -> int:
            frames.append(decode_control(buffer[at : at + size]))
            return at + size

        return frames, self.cut(octets, take)

    def cut(self, octets: bytes, take: Take) -> FrameError | None:
        """Let `take` have every APDU completed by `octets`: the buffer, where in it one begins, and its size.

        It says where the next one begins, and may raise FrameError, which ends the stream.
        """
        if self._error is None:
            buffer = self._rest + octets
            try:
                self._rest = _split(buffer, take)
            except FrameError as error:
                self._rest, self._error = b"", error
        return self._error

    def finish(self) -> FrameError | None:
        """The stream has ended: an error if it ended inside a frame."""
        if self._rest:
            return FrameError(f"truncated: the stream ended {len(self._rest)} octets into an APDU")
        return None


def _split(buffer: bytes, take: Take) -> bytes:
    at = 0
    while (size := apdu_size(buffer, at)) is not None and at + size <= len(buffer):
        at = take(buffer, at, size)
    return buffer[at:]
