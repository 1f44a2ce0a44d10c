"""Points of the wire into arrays."""

from functools import partial

import numpy as np
import numpy.typing as npt

from gridops.protocols.iec104 import pack, points
from gridops.protocols.iec104.apci import Splitter, encode_i
from gridops.protocols.iec104.intake import Burst
from gridops.protocols.iec104.runs import pieces
from gridops.protocols.iec104.types import Cause, TypeId
from tests.bench.context import Bench
from tests.bench.figures import Figure, in_turns

POINTS, ROUNDS = 5_000, 200
TYPE = TypeId.M_ME_TF  # short floating point with a time tag
AT_US = 1_780_000_000_000_000


def measure(_: Bench) -> list[Figure]:
    """Points a second from the octets of 5,000 measured values with time tags, as a scan comes over TCP, to arrays
    (frames, ASDUs, their checks, values, quality, times), against one `numpy.frombuffer` over the octets of the same
    objects, laid side by side, and a copy of its columns.
    """
    stream, objects = _octets()
    ours, bare = in_turns(partial(_decode, stream), partial(_columns, objects), rounds=ROUNDS)
    note = "frames to points / numpy.frombuffer and its columns"
    return [Figure("iec104-decode", POINTS / ours, "points/s", POINTS / bare, note=note)]


def _octets() -> tuple[bytes, bytes]:
    count = pack.capacity(TYPE)
    value = np.random.default_rng(1).normal(20.0, 0.1, POINTS)
    bodies = [
        pack.objects(TYPE, ioa, value[ioa], np.zeros(len(ioa), np.uint16), AT_US)
        for ioa in (np.arange(start, min(start + count, POINTS), dtype=np.int32) for start in range(0, POINTS, count))
    ]
    asdus = [pack.asdu(TYPE, Cause.SPONTANEOUS, 1, body) for body in bodies]
    return b"".join(encode_i(number, 0, asdu) for number, asdu in enumerate(asdus)), b"".join(bodies)


def _decode(stream: bytes) -> None:
    found, error = pieces(Splitter(), stream)
    burst = Burst.of(found)
    assert (error, burst.refusals, len(burst.batch)) == (None, [], POINTS)


def _columns(objects: bytes) -> list[npt.NDArray]:
    rows = np.frombuffer(objects, points.OBJECTS[TYPE])
    return [rows[name].copy() for name in rows.dtype.names or ()]
