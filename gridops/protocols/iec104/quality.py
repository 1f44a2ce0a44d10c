"""Quality descriptors of the wire <-> the quality bits of GridOps.

The integers equal gridops.engine.timeseries.quality.Quality (a leaf package does not import the engine; a test
holds the two together).
"""

import numpy as np
from numpy.typing import NDArray

QUESTIONABLE = 1
INVALID = 2
OVERFLOW = 1 << 2
OLD_DATA = 1 << 7
SUBSTITUTED = 1 << 10
TEST = 1 << 11
OPERATOR_BLOCKED = 1 << 12
CLOCK = 1 << 13

OV, BL, SB, NT, IV = 0x01, 0x10, 0x20, 0x40, 0x80
COUNTER_CARRY = 0x20

_MEANING = {
    IV: INVALID,
    NT: OLD_DATA | QUESTIONABLE,
    SB: SUBSTITUTED,
    BL: OPERATOR_BLOCKED,
    OV: OVERFLOW | QUESTIONABLE,
}
_WIRE = {INVALID: IV, OLD_DATA: NT, SUBSTITUTED: SB, OPERATOR_BLOCKED: BL, OVERFLOW: OV}


def _decoding(meaning: dict[int, int]) -> NDArray[np.uint16]:
    octets = np.arange(256)
    table = np.zeros(256, np.uint16)
    for bit, bits in meaning.items():
        table[(octets & bit) != 0] |= bits
    return table


def _encoding() -> NDArray[np.uint8]:
    words = np.arange(1 << 14)
    table = np.zeros(1 << 14, np.uint8)
    for bits, bit in _WIRE.items():
        table[(words & bits) != 0] |= bit
    return table


QDS = _decoding(_MEANING)
SIQ = _decoding({bit: bits for bit, bits in _MEANING.items() if bit != OV})  # DIQ too: their low bits are the value
BCR = _decoding({IV: INVALID, COUNTER_CARRY: OVERFLOW | QUESTIONABLE})
_TO_WIRE = _encoding()


def to_wire(quality: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """QDS octet of each quality word; bits that 104 cannot say are left out."""
    return np.take(_TO_WIRE, quality & 0x3FFF)
