import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.modbus import Limits, Register, Table, plan
from gridops.protocols.modbus.points import decode

HOLDING = Table.HOLDING


def test_neighbours_and_small_gaps_are_one_request() -> None:
    registers = [Register(1, HOLDING, at) for at in (10, 11, 20, 60)]
    reads = plan(registers, Limits(gap=16, longest=125))
    assert [(read.start, read.count) for read in reads] == [(10, 11), (60, 1)]


def test_units_and_tables_are_asked_apart() -> None:
    registers = [Register(2, HOLDING, 1), Register(1, Table.INPUT, 1), Register(1, HOLDING, 1)]
    assert sorted((read.unit, read.table, read.places) for read in plan(registers)) == [
        (1, HOLDING, (2,)),
        (1, Table.INPUT, (1,)),
        (2, HOLDING, (0,)),
    ]


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["int16", "float32", "float64"])), min_size=1))
def test_every_register_is_read_once_within_the_limits(wanted: list[tuple[int, str]]) -> None:
    registers = [Register(1, HOLDING, at, kind) for at, kind in wanted]
    limits = Limits(gap=7, longest=20)
    reads = plan(registers, limits)
    assert sorted(place for read in reads for place in read.places) == list(range(len(registers)))
    for read in reads:
        assert read.count <= limits.longest
        for one in read.registers:
            assert read.start <= one.address and one.address + one.words <= read.start + read.count


@pytest.mark.parametrize(
    ("kind", "form", "number"),
    [("int16", "h", -2), ("uint32", "I", 4_000_000_000), ("int32", "i", -7), ("float32", "f", 1.5), ("int64", "q", -9)],
)
def test_numbers_in_every_order_of_words_and_octets(kind: str, form: str, number: float) -> None:
    octets = struct.pack(f">{form}", number)
    pairs = [octets[at : at + 2] for at in range(0, len(octets), 2)]
    turned = {
        "ABCD": pairs,
        "CDAB": pairs[::-1],
        "BADC": [pair[::-1] for pair in pairs],
        "DCBA": [pair[::-1] for pair in pairs[::-1]],
    }
    for order, parts in turned.items():
        words = np.array([0xAAAA, *(int.from_bytes(part, "big") for part in parts)], np.uint16)
        assert decode(words, [Register(1, HOLDING, 101, kind, order)], start=100).tolist() == [number]


def test_a_bit_of_a_register_counts_from_the_lowest() -> None:
    words = np.array([0b1000_0000_0000_0010], np.uint16)
    bits = [Register(1, HOLDING, 0, "bit", bit=bit) for bit in (0, 1, 15)]
    assert decode(words, bits, start=0).tolist() == [0, 1, 1]
