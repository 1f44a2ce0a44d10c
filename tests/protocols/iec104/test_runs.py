"""Frames taken in runs against the same frames one by one: nothing may tell them apart."""

import random
from dataclasses import fields
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.protocols.iec104 import pack, runs
from gridops.protocols.iec104.apci import MODULUS, IFrame, Splitter, encode_i, encode_s, encode_u
from gridops.protocols.iec104.errors import LinkError
from gridops.protocols.iec104.intake import Burst
from gridops.protocols.iec104.link import Link, LinkSettings
from gridops.protocols.iec104.points import ELEMENTS, PointBatch
from gridops.protocols.iec104.runs import LONGEST, SHORTEST, Piece, Run, pieces, singly
from gridops.protocols.iec104.types import MONITOR_TYPES, TypeId
from tests.protocols.iec104.ends import order
from tests.protocols.iec104.test_mangled import MANGLERS, to_master

NOW_US = 1_780_000_000_000_000
NEVER = 1 << 40  # so many frames no buffer holds
ALIKE = sorted(MONITOR_TYPES)


def scan(rng: random.Random, type_id: int, frames: int, *, sequence: bool = False) -> list[bytes]:
    """ASDUs of one type and one number of objects, with values, qualities and times of all kinds."""
    size = rng.randrange(1, pack.capacity(type_id) + 1)
    wires = []
    for _ in range(frames):
        octets = size * ELEMENTS[type_id].itemsize + (3 if sequence else 3 * size)
        body = rng.randbytes(octets)
        if rng.random() < 0.5 and not sequence:
            ioa = np.array(rng.sample(range(1 << 16), size), np.int32)
            value, quality = np.array([rng.uniform(-5, 5) for _ in range(size)]), np.zeros(size, np.uint16)
            body = pack.objects(type_id, ioa, value, quality, NOW_US + rng.randrange(10**9))
        head = bytes([type_id, size | 0x80 * sequence, rng.choice([3, 3, 20, 0x83]), 0, rng.choice([1, 1, 7]), 0])
        wires.append(head + body)
    return wires


def spoilt(rng: random.Random, wires: list[bytes]) -> list[bytes]:
    """An octet of one ASDU is another: of its header as often as of its objects."""
    at = rng.randrange(len(wires))
    octet = rng.randrange(min(9, len(wires[at]))) if rng.random() < 0.7 else rng.randrange(len(wires[at]))
    changed = bytearray(wires[at])
    changed[octet] = rng.choice([0, 0xFF, rng.randrange(256)])
    return [*wires[:at], bytes(changed), *wires[at + 1 :]]


def stream_of(seed: int) -> bytes:
    """Scans of many types, spoilt or not, with other frames between them; some mangled, some missing, some cut off."""
    rng, wires = random.Random(seed), []
    for _ in range(rng.randrange(1, 5)):
        frames = rng.choice([1, 3, SHORTEST - 1, SHORTEST, 20, 60])
        run = scan(rng, rng.choice(ALIKE), frames, sequence=rng.random() < 0.3)
        wires += spoilt(rng, run) if rng.random() < 0.4 else run
        if rng.random() < 0.3:
            wires.append(order(rng.choice([100, 70, 45, 200]), rng.randrange(3), b"\x14", cause=7).encode())
    begin = rng.choice([0, 0, MODULUS - 10])
    frames_ = [encode_i((begin + n) % MODULUS, 0, wire) for n, wire in enumerate(wires)]
    for _ in range(rng.randrange(3)):
        at = rng.randrange(len(frames_))
        frames_.insert(at, rng.choice([encode_s(0), encode_u(67), encode_s(1)]))  # type: ignore[arg-type]
    if rng.random() < 0.4:
        at = rng.randrange(len(frames_))
        frames_[at] = rng.choice(MANGLERS)(frames_[at], rng)
    if rng.random() < 0.2:
        del frames_[rng.randrange(len(frames_))]
    stream = b"".join(frames_)
    return stream[: rng.randrange(len(stream))] if rng.random() < 0.2 else stream


def taken(stream: bytes, cuts: list[int], shortest: int) -> tuple[list[list[Piece]], Any]:
    splitter, found, error = Splitter(), [], None
    bounds = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    with patch.object(runs, "SHORTEST", shortest):
        for begin, end in pairwise(bounds):
            got, error = pieces(splitter, stream[begin:end])
            found.append(got)
    return found, [str(error), str(splitter.finish())]


def rows(batch: PointBatch) -> list[Any]:
    """With types and to the bit, as nan equals nothing."""
    columns = [np.asarray(getattr(batch, field.name)) for field in fields(PointBatch)]
    return [(column.dtype, column.tobytes()) for column in columns]


def through_the_link(bursts: list[list[Piece]]) -> tuple[Any, ...]:
    link = Link(LinkSettings(k=12, w=8), controlling=True, now=0.0)
    link.start(0.0)
    link.receive(singly(pieces(Splitter(), encode_u(0x0B))[0])[0], 0.0)  # type: ignore[arg-type]
    reason = ""
    try:
        for burst in bursts:
            link.receive_run([piece for piece in burst if isinstance(piece, IFrame | Run)], 1.0)
    except LinkError as error:
        reason = error.reason
    return vars(link), reason


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 2**20), max_size=3))
def test_runs_bring_what_their_frames_bring_one_by_one(seed: int, cuts: list[int]) -> None:
    stream = stream_of(seed)
    in_runs, error = taken(stream, cuts, SHORTEST)
    one_by_one, same_error = taken(stream, cuts, NEVER)
    assert [singly(burst) for burst in in_runs] == one_by_one
    assert error == same_error
    for burst, plain in zip(in_runs, one_by_one, strict=True):
        here, there = Burst.of(burst, near_us=NOW_US), Burst.of(plain, near_us=NOW_US)
        assert rows(here.batch) == rows(there.batch)
        assert (here.others, here.refusals) == (there.others, there.refusals)
    assert through_the_link(in_runs) == through_the_link(one_by_one)


def test_a_scan_is_taken_in_runs() -> None:
    wires = scan(random.Random(1), TypeId.M_ME_TF, LONGEST + 100)
    found, error = pieces(Splitter(), b"".join(encode_i(n % MODULUS, 0, wire) for n, wire in enumerate(wires)))
    assert error is None
    assert [len(piece.octets) for piece in found if isinstance(piece, Run)] == [LONGEST, 100]


def test_frames_of_all_kinds_in_turn_are_no_run() -> None:
    found, _ = pieces(Splitter(), b"".join(to_master() * 20))
    assert not any(isinstance(piece, Run) for piece in found)


def test_the_sample_of_streams_has_runs_single_frames_refusals_and_ends_of_streams() -> None:
    bursts = [
        (Burst.of(burst), error) for burst, error in ((*pieces(Splitter(), stream_of(seed)),) for seed in range(100))
    ]
    assert sum(any(isinstance(piece, Run) for piece in burst.pieces) for burst, _ in bursts) > 30
    assert sum(bool(burst.refusals) for burst, _ in bursts) > 10
    assert sum(error is not None for _, error in bursts) > 10
