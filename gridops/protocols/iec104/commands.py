"""Commands: select, execute, their qualifiers and what became of them."""

import math
import struct
from dataclasses import dataclass
from enum import Enum

from gridops.protocols.iec104.asdu import Asdu, check_size, single
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.times import decode_time, encode_time
from gridops.protocols.iec104.types import COMMAND_TYPES, IOA_SIZE, LAYOUTS, MAX_IOA, TIME_SIZE, Cause, Kind

_SELECT = 0x80
_STATES = {Kind.SINGLE: (0, 1), Kind.DOUBLE: (1, 2), Kind.STEP: (1, 2)}
_STATE_BITS = {Kind.SINGLE: 0x01, Kind.DOUBLE: 0x03, Kind.STEP: 0x03}
_SETPOINTS = {
    Kind.NORMALISED: struct.Struct("<hB"),
    Kind.SCALED: struct.Struct("<hB"),
    Kind.FLOAT: struct.Struct("<fB"),
}
_SCALES = {Kind.NORMALISED: 32768.0, Kind.SCALED: 1.0, Kind.FLOAT: 1.0}


class CommandResult(Enum):
    """What is known of a command; nothing is ever sent twice."""

    CONFIRMED = "confirmed"  # the device accepted the execution; its end was not reported in time
    TERMINATED = "terminated"  # accepted, and reported as completed
    REFUSED = "refused"  # the device said no: it did not act
    NOT_SENT = "not_sent"  # the execution never left this side: the device did not act
    UNKNOWN = "unknown"  # sent, and no answer: the device may have acted; a person decides


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """A result with its reason in words, and the cause of transmission that was answered, if any."""

    result: CommandResult
    reason: str
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command to one object.

    `type_id`: 45..50 or 58..63. `value`: single 0 off 1 on; double 1 off 2 on; step 1 lower 2 higher; set-points in
    the unit of the point. `select`: for a master, select before operate; in a received command, this is the selection.
    `qualifier`: QU (states) or QL (set-points). `at_us`: UTC microseconds of the time-tagged types.
    """

    common_address: int
    ioa: int
    type_id: int
    value: float
    select: bool = False
    qualifier: int = 0
    at_us: int | None = None


def encode(command: Command, *, now_us: int, select: bool, cause: int = Cause.ACTIVATION, originator: int = 0) -> Asdu:
    """The ASDU of one step of a command. Raises AsduError if its type cannot hold it."""
    if command.type_id not in COMMAND_TYPES:
        raise AsduError(f"type {command.type_id} is not a command")
    if not 0 < command.common_address < 0xFFFF or not 0 <= command.ioa <= MAX_IOA:
        raise AsduError(f"no such address: {command.common_address}/{command.ioa}")
    layout = LAYOUTS[command.type_id]
    element = _encode_element(command, layout.kind, _SELECT if select else 0)
    if layout.time_tagged:
        element += encode_time(now_us if command.at_us is None else command.at_us)
    return single(command.type_id, cause, command.common_address, command.ioa, element, originator=originator)


def decode(asdu: Asdu) -> Command:
    """The command in an ASDU. Raises AsduError for a wrong size, several objects or a value that has no meaning."""
    if asdu.type_id not in COMMAND_TYPES:
        raise AsduError(f"type {asdu.type_id} is not a command")
    check_size(asdu)
    if asdu.size != 1 or asdu.sequence:
        raise AsduError("a command must have exactly one object")
    layout = LAYOUTS[asdu.type_id]
    value, qualifier = _decode_element(asdu.body[IOA_SIZE:], layout.kind)
    at_us = _decode_at(asdu.body[-TIME_SIZE:]) if layout.time_tagged else None
    select = bool(qualifier & _SELECT)
    return Command(asdu.common_address, asdu.ioa, asdu.type_id, value, select, qualifier & 0x7F, at_us)


def _encode_element(command: Command, kind: Kind, select: int) -> bytes:
    if not math.isfinite(command.value):
        raise AsduError(f"a command with the value {command.value}")
    if kind in _STATES:
        if command.value not in _STATES[kind] or not 0 <= command.qualifier < 32:
            raise AsduError(f"a {kind.value} command with value {command.value}, qualifier {command.qualifier}")
        return bytes((int(command.value) | command.qualifier << 2 | select,))
    if not 0 <= command.qualifier < _SELECT:
        raise AsduError(f"a set-point with the qualifier {command.qualifier}")
    number = command.value * _SCALES[kind]
    try:
        return _SETPOINTS[kind].pack(number if kind is Kind.FLOAT else round(number), command.qualifier | select)
    except (struct.error, OverflowError) as error:
        raise AsduError(f"a {kind.value} set-point cannot be {command.value}") from error


def _decode_element(element: bytes, kind: Kind) -> tuple[float, int]:
    if kind in _STATES:
        value = element[0] & _STATE_BITS[kind]
        if value not in _STATES[kind]:
            raise AsduError(f"a {kind.value} command with the state {value}")
        return float(value), element[0] & _SELECT | element[0] >> 2 & 0x1F
    number, qualifier = _SETPOINTS[kind].unpack_from(element)
    if not math.isfinite(number):
        raise AsduError(f"a set-point of {number}")
    return number / _SCALES[kind], qualifier


def _decode_at(octets: bytes) -> int:
    at_us, doubtful = decode_time(octets)
    if doubtful:
        raise AsduError("a command with an invalid time")
    return at_us
