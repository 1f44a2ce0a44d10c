"""The grid's values in one binary message; static/js/frame.js reads the same layout. Little-endian.

0 'GOF1' | 4 u32 model version | 8 f64 as_of, unix ms | 16 u32 sequence | 20 u32 nodes, lines, transformers, switches |
36 u32 reserved | 40 f32 node voltage pu, line loading, line kW, transformer loading, transformer kW |
u8 status of nodes, lines, transformers | u8 switch states.

Status: bits 0-1 supply, 2-4 provenance, 5-6 violation; of lines and transformers 7 looped, fed from both ends.
Switch: bits 0-1 position, 6 stale, 7 off-normal.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_HEADER = struct.Struct("<4sIdIIIIII")
_MAGIC = b"GOF1"

FloatArray = npt.NDArray[np.floating]
ByteArray = npt.NDArray[np.uint8]

STALE_SWITCH = 1 << 6
OFF_NORMAL_SWITCH = 1 << 7
LOOPED_BRANCH = 1 << 7


@dataclass(frozen=True, slots=True)
class Frame:
    model_version: int
    as_of_ms: float
    sequence: int
    node_voltage_pu: FloatArray
    line_loading: FloatArray
    line_p_kw: FloatArray
    transformer_loading: FloatArray
    transformer_p_kw: FloatArray
    node_status: ByteArray
    line_status: ByteArray
    transformer_status: ByteArray
    switch_state: ByteArray


def status(supply: npt.NDArray, provenance: npt.NDArray, violation: npt.NDArray) -> ByteArray:
    packed = supply.astype(np.uint8) | provenance.astype(np.uint8) << 2 | violation.astype(np.uint8) << 5
    return np.asarray(packed, np.uint8)


def branch_status(
    supply: npt.NDArray, provenance: npt.NDArray, violation: npt.NDArray, *, is_looped: npt.NDArray
) -> ByteArray:
    return np.asarray(status(supply, provenance, violation) | is_looped * np.uint8(LOOPED_BRANCH), np.uint8)


def switch_state(position: npt.NDArray, *, is_stale: npt.NDArray, is_off_normal: npt.NDArray) -> ByteArray:
    packed = position.astype(np.uint8) | is_stale * STALE_SWITCH | is_off_normal * OFF_NORMAL_SWITCH
    return np.asarray(packed, np.uint8)


def supply_of(status_byte: int) -> int:
    return status_byte & 0b11


def provenance_of(status_byte: int) -> int:
    return status_byte >> 2 & 0b111


def violation_of(status_byte: int) -> int:
    return status_byte >> 5 & 0b11


def encode(frame: Frame) -> bytes:
    counts = [len(frame.node_status), len(frame.line_status), len(frame.transformer_status), len(frame.switch_state)]
    header = _HEADER.pack(_MAGIC, frame.model_version, frame.as_of_ms, frame.sequence & 0xFFFFFFFF, *counts, 0)
    floats = (
        frame.node_voltage_pu,
        frame.line_loading,
        frame.line_p_kw,
        frame.transformer_loading,
        frame.transformer_p_kw,
    )
    bytes_ = (frame.node_status, frame.line_status, frame.transformer_status, frame.switch_state)
    return b"".join([header, *(values.astype("<f4").tobytes() for values in floats), *(b.tobytes() for b in bytes_)])


def decode(raw: bytes) -> Frame:
    magic, model_version, as_of_ms, sequence, nodes, lines, transformers, switches, _ = _HEADER.unpack_from(raw)
    if magic != _MAGIC:
        raise ValueError("Not a grid frame.")
    parts: list[npt.NDArray] = []
    offset = _HEADER.size
    layout = [(count, "<f4") for count in (nodes, lines, lines, transformers, transformers)]
    for count, dtype in layout + [(count, "u1") for count in (nodes, lines, transformers, switches)]:
        parts.append(np.frombuffer(raw, dtype, count, offset))
        offset += parts[-1].nbytes
    return Frame(model_version, as_of_ms, sequence, *parts)
