"""Type identifications, causes of transmission and the layout of information elements (IEC 60870-5-101/104)."""

from dataclasses import dataclass
from enum import Enum, IntEnum


class TypeId(IntEnum):
    M_SP_NA = 1
    M_SP_TA = 2
    M_DP_NA = 3
    M_DP_TA = 4
    M_ST_NA = 5
    M_ST_TA = 6
    M_BO_NA = 7
    M_BO_TA = 8
    M_ME_NA = 9
    M_ME_TA = 10
    M_ME_NB = 11
    M_ME_TB = 12
    M_ME_NC = 13
    M_ME_TC = 14
    M_IT_NA = 15
    M_IT_TA = 16
    M_EP_TA = 17
    M_EP_TB = 18
    M_EP_TC = 19
    M_PS_NA = 20
    M_ME_ND = 21
    M_SP_TB = 30
    M_DP_TB = 31
    M_ST_TB = 32
    M_BO_TB = 33
    M_ME_TD = 34
    M_ME_TE = 35
    M_ME_TF = 36
    M_IT_TB = 37
    M_EP_TD = 38
    M_EP_TE = 39
    M_EP_TF = 40
    C_SC_NA = 45
    C_DC_NA = 46
    C_RC_NA = 47
    C_SE_NA = 48
    C_SE_NB = 49
    C_SE_NC = 50
    C_SC_TA = 58
    C_DC_TA = 59
    C_RC_TA = 60
    C_SE_TA = 61
    C_SE_TB = 62
    C_SE_TC = 63
    M_EI_NA = 70
    C_IC_NA = 100
    C_CI_NA = 101
    C_CS_NA = 103
    C_TS_NA = 104
    C_TS_TA = 107


class Cause(IntEnum):
    PERIODIC = 1
    BACKGROUND = 2
    SPONTANEOUS = 3
    INITIALISED = 4
    REQUEST = 5
    ACTIVATION = 6
    ACTIVATION_CON = 7
    DEACTIVATION = 8
    DEACTIVATION_CON = 9
    ACTIVATION_TERM = 10
    RETURN_REMOTE = 11
    RETURN_LOCAL = 12
    INTERROGATED = 20  # 21..36 are its groups
    COUNTER_INTERROGATED = 37  # 38..41 are its groups
    UNKNOWN_TYPE = 44
    UNKNOWN_CAUSE = 45
    UNKNOWN_COMMON_ADDRESS = 46
    UNKNOWN_OBJECT_ADDRESS = 47


class Kind(Enum):
    """What an information element means."""

    SINGLE = "single"  # 0 off, 1 on
    DOUBLE = "double"  # 0 intermediate, 1 off, 2 on, 3 indeterminate
    STEP = "step"  # -64..63 for a position; 1 lower, 2 higher for a command
    NORMALISED = "normalised"  # -1 .. 1 - 2**-15
    SCALED = "scaled"  # -32768..32767
    FLOAT = "float"
    COUNTER = "counter"  # 32 bits, signed
    BITSTRING = "bitstring"  # 32 bits as a whole number
    PACKED = "packed"  # 16 states as a whole number, the lowest bit the first of them
    BARE = "bare"  # normalised, without a quality
    PROTECTION = "protection"  # 1 off, 2 on: what a protection relay saw
    STARTS = "starts"  # bits of what started the protection
    TRIPS = "trips"  # bits of what the protection told its circuit to do


@dataclass(frozen=True, slots=True)
class Layout:
    """An information element: its kind, octets without the time tag, and octets of the time tag (0, 3 or 7)."""

    kind: Kind
    value_size: int
    time_size: int

    @property
    def time_tagged(self) -> bool:
        return self.time_size > 0

    @property
    def size(self) -> int:
        return self.value_size + self.time_size


TIME_SIZE = 7  # CP56Time2a
SHORT_TIME_SIZE = 3  # CP24Time2a: minutes and milliseconds of an hour that the receiver must know
IOA_SIZE = 3
HEADER_SIZE = 6
BROADCAST = 0xFFFF
STATION = 20  # qualifier of a station interrogation
GENERAL_COUNTERS = 5  # qualifier of a general counter interrogation
FREEZE, FREEZE_AND_RESET, RESET = 1 << 6, 2 << 6, 3 << 6  # in the same octet; none of them: read
MAX_IOA = (1 << 24) - 1

_PLAIN = {
    TypeId.M_SP_NA: (Kind.SINGLE, 1),
    TypeId.M_DP_NA: (Kind.DOUBLE, 1),
    TypeId.M_ST_NA: (Kind.STEP, 2),
    TypeId.M_ME_NA: (Kind.NORMALISED, 3),
    TypeId.M_ME_NB: (Kind.SCALED, 3),
    TypeId.M_ME_NC: (Kind.FLOAT, 5),
    TypeId.M_IT_NA: (Kind.COUNTER, 5),
    TypeId.M_BO_NA: (Kind.BITSTRING, 5),
    TypeId.M_PS_NA: (Kind.PACKED, 5),
    TypeId.M_ME_ND: (Kind.BARE, 2),
    TypeId.C_SC_NA: (Kind.SINGLE, 1),
    TypeId.C_DC_NA: (Kind.DOUBLE, 1),
    TypeId.C_RC_NA: (Kind.STEP, 1),
    TypeId.C_SE_NA: (Kind.NORMALISED, 3),
    TypeId.C_SE_NB: (Kind.SCALED, 3),
    TypeId.C_SE_NC: (Kind.FLOAT, 5),
}
_LONG = {  # with CP56Time2a
    TypeId.M_SP_TB: TypeId.M_SP_NA,
    TypeId.M_DP_TB: TypeId.M_DP_NA,
    TypeId.M_ST_TB: TypeId.M_ST_NA,
    TypeId.M_BO_TB: TypeId.M_BO_NA,
    TypeId.M_ME_TD: TypeId.M_ME_NA,
    TypeId.M_ME_TE: TypeId.M_ME_NB,
    TypeId.M_ME_TF: TypeId.M_ME_NC,
    TypeId.M_IT_TB: TypeId.M_IT_NA,
    TypeId.C_SC_TA: TypeId.C_SC_NA,
    TypeId.C_DC_TA: TypeId.C_DC_NA,
    TypeId.C_RC_TA: TypeId.C_RC_NA,
    TypeId.C_SE_TA: TypeId.C_SE_NA,
    TypeId.C_SE_TB: TypeId.C_SE_NB,
    TypeId.C_SE_TC: TypeId.C_SE_NC,
}
_SHORT = {  # with CP24Time2a
    TypeId.M_SP_TA: TypeId.M_SP_NA,
    TypeId.M_DP_TA: TypeId.M_DP_NA,
    TypeId.M_ST_TA: TypeId.M_ST_NA,
    TypeId.M_BO_TA: TypeId.M_BO_NA,
    TypeId.M_ME_TA: TypeId.M_ME_NA,
    TypeId.M_ME_TB: TypeId.M_ME_NB,
    TypeId.M_ME_TC: TypeId.M_ME_NC,
    TypeId.M_IT_TA: TypeId.M_IT_NA,
}
# Events of protection exist with a time only, and are never interrogated.
_PROTECTION: dict[int, Layout] = {
    TypeId.M_EP_TA: Layout(Kind.PROTECTION, 3, SHORT_TIME_SIZE),
    TypeId.M_EP_TB: Layout(Kind.STARTS, 4, SHORT_TIME_SIZE),
    TypeId.M_EP_TC: Layout(Kind.TRIPS, 4, SHORT_TIME_SIZE),
    TypeId.M_EP_TD: Layout(Kind.PROTECTION, 3, TIME_SIZE),
    TypeId.M_EP_TE: Layout(Kind.STARTS, 4, TIME_SIZE),
    TypeId.M_EP_TF: Layout(Kind.TRIPS, 4, TIME_SIZE),
}
UNTAGGED = _LONG | _SHORT
TAGGED = {plain: tagged for tagged, plain in _LONG.items()}

LAYOUTS: dict[int, Layout] = {
    **{type_id: Layout(kind, size, 0) for type_id, (kind, size) in _PLAIN.items()},
    **{tagged: Layout(*_PLAIN[plain], TIME_SIZE) for tagged, plain in _LONG.items()},
    **{tagged: Layout(*_PLAIN[plain], SHORT_TIME_SIZE) for tagged, plain in _SHORT.items()},
    **_PROTECTION,
}
SYSTEM_SIZES: dict[int, int] = {
    TypeId.M_EI_NA: 1,
    TypeId.C_IC_NA: 1,
    TypeId.C_CI_NA: 1,
    TypeId.C_CS_NA: TIME_SIZE,
    TypeId.C_TS_NA: 2,
    TypeId.C_TS_TA: 2 + TIME_SIZE,
}
MONITOR_TYPES = frozenset(t for t in LAYOUTS if t < TypeId.C_SC_NA)
COMMAND_TYPES = frozenset(t for t in LAYOUTS if t >= TypeId.C_SC_NA)
MONITOR_CAUSES = frozenset((1, 2, 3, 5, 11, 12, *range(20, 42)))
_NAMES = {int(t): t for t in TypeId}


def untagged(type_id: int) -> TypeId:
    """The same type without its time tag."""
    known = _NAMES[type_id]
    return UNTAGGED.get(known, known)


def tagged(type_id: int) -> TypeId:
    """The type in which changes are told: with CP56Time2a, or as it is if it has a time of its own or never has one."""
    known = _NAMES[type_id]
    return TAGGED.get(known, known)


def element_size(type_id: int) -> int | None:
    """Octets of one information element, or None for a type that is not spoken here."""
    layout = LAYOUTS.get(type_id)
    return layout.size if layout else SYSTEM_SIZES.get(type_id)
