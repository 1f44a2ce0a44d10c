import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.iec104.asdu import parse
from gridops.protocols.iec104.commands import Command, decode, encode
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.types import TypeId

AT_US = 1_700_000_000_123_000
VALUES = {
    TypeId.C_SC_NA: st.sampled_from([0.0, 1.0]),
    TypeId.C_DC_NA: st.sampled_from([1.0, 2.0]),
    TypeId.C_RC_NA: st.sampled_from([1.0, 2.0]),
    TypeId.C_SE_NA: st.integers(-32768, 32767).map(lambda v: v / 32768),
    TypeId.C_SE_NB: st.integers(-32768, 32767).map(float),
    TypeId.C_SE_NC: st.floats(width=32, allow_nan=False, allow_infinity=False),
    TypeId.C_SC_TA: st.sampled_from([0.0, 1.0]),
    TypeId.C_DC_TA: st.sampled_from([1.0, 2.0]),
    TypeId.C_RC_TA: st.sampled_from([1.0, 2.0]),
    TypeId.C_SE_TA: st.integers(-32768, 32767).map(lambda v: v / 32768),
    TypeId.C_SE_TB: st.integers(-32768, 32767).map(float),
    TypeId.C_SE_TC: st.floats(width=32, allow_nan=False, allow_infinity=False),
}


@given(st.sampled_from(sorted(VALUES)), st.integers(1, 65534), st.integers(0, 2**24 - 1), st.booleans(), st.data())
def test_a_command_survives_the_wire(
    type_id: TypeId, address: int, ioa: int, select: bool, data: st.DataObject
) -> None:
    at_us = AT_US if type_id >= TypeId.C_SC_TA else None
    command = Command(address, ioa, type_id, data.draw(VALUES[type_id]), select, data.draw(st.integers(0, 31)), at_us)
    wire = encode(command, now_us=0, select=select).encode()
    assert decode(parse(wire)) == command


def test_select_and_execute_differ_by_one_bit() -> None:
    command = Command(1, 2, TypeId.C_DC_NA, 2.0)
    selected, executed = (encode(command, now_us=0, select=s).encode() for s in (True, False))
    assert (selected[-1], executed[-1]) == (0x82, 0x02)
    assert selected[:-1] == executed[:-1] == bytes([46, 1, 6, 0, 1, 0, 2, 0, 0])


def test_a_time_tagged_command_without_a_time_takes_the_present() -> None:
    wire = encode(Command(1, 2, TypeId.C_SC_TA, 1.0), now_us=AT_US, select=False)
    assert decode(wire).at_us == AT_US


@pytest.mark.parametrize(
    "command",
    [
        Command(1, 2, 13, 1.0),
        Command(0, 2, 45, 1.0),
        Command(65535, 2, 45, 1.0),
        Command(1, 2**24, 45, 1.0),
        Command(1, 2, 45, 0.5),
        Command(1, 2, 46, 0.0),
        Command(1, 2, 46, 3.0),
        Command(1, 2, 45, 1.0, qualifier=32),
        Command(1, 2, 48, 1.0),
        Command(1, 2, 49, 1e9),
        Command(1, 2, 50, float("nan")),
        Command(1, 2, 50, 1e300),
        Command(1, 2, 50, 1.0, qualifier=300),
        Command(1, 2, 50, 1.0, qualifier=128),
        Command(1, 2, 50, 1.0, qualifier=-1),
    ],
)
def test_a_command_that_its_type_cannot_say_is_not_sent(command: Command) -> None:
    with pytest.raises(AsduError):
        encode(command, now_us=0, select=False)


@pytest.mark.parametrize(
    "wire",
    [
        "2e 01 06 00 01 00 02 00 00 00",  # double command 0
        "2e 01 06 00 01 00 02 00 00 03",  # double command 3
        "2d 02 06 00 01 00 02 00 00 01 03 00 00 01",  # two objects
        "2d 81 06 00 01 00 02 00 00 01",  # a sequence
        "2d 01 06 00 01 00 02 00 00 01 01",  # too long
        "32 01 06 00 01 00 02 00 00 " + np.float32(np.nan).tobytes().hex(" ") + " 00",
        "3a 01 06 00 01 00 02 00 00 01 00 00 00 00 00 00 00",  # day 0
        "64 01 06 00 01 00 00 00 00 14",  # an interrogation
    ],
)
def test_a_received_command_without_a_meaning_is_refused(wire: str) -> None:
    with pytest.raises(AsduError):
        decode(parse(bytes.fromhex(wire)))
