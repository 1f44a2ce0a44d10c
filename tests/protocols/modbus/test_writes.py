"""Values on their way out: what is written reads as what was meant, and what does not fit is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.modbus import Register, Table, encode
from gridops.protocols.modbus.points import decode

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")


@given(st.sampled_from(["int16", "uint16", "int32", "uint32"]), st.sampled_from(ORDERS), st.integers(0, 32_000))
def test_a_whole_number_reads_as_it_was_written(kind: str, order: str, value: int) -> None:
    register = Register(1, Table.HOLDING, 5, kind, order)
    words = np.array(encode(register, value), np.uint16)
    assert decode(words, [register], start=5).tolist() == [value]


@given(st.sampled_from(ORDERS), st.floats(-1e6, 1e6, width=32))
def test_a_floating_number_reads_as_it_was_written(order: str, value: float) -> None:
    register = Register(1, Table.HOLDING, 0, "float32", order)
    assert decode(np.array(encode(register, value), np.uint16), [register], start=0).tolist() == [value]


@pytest.mark.parametrize(("kind", "value"), [("uint16", -1.0), ("int16", 40_000.0), ("int32", 0.5), ("bit", 1.0)])
def test_what_the_register_cannot_hold_is_refused(kind: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"no |bit"):
        encode(Register(1, Table.HOLDING, 0, kind), value)
