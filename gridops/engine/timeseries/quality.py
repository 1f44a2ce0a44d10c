"""Quality of a value: validity and detail in the words of IEC 61850-7-3, packed in one small integer."""

from enum import IntFlag

import numpy as np
import numpy.typing as npt


class Quality(IntFlag):
    GOOD = 0
    QUESTIONABLE = 1
    INVALID = 2  # validity is the low two bits
    OVERFLOW = 1 << 2
    OUT_OF_RANGE = 1 << 3
    BAD_REFERENCE = 1 << 4
    OSCILLATORY = 1 << 5
    FAILURE = 1 << 6
    OLD_DATA = 1 << 7
    INCONSISTENT = 1 << 8
    INACCURATE = 1 << 9
    SUBSTITUTED = 1 << 10
    TEST = 1 << 11
    OPERATOR_BLOCKED = 1 << 12
    CLOCK = 1 << 13  # the source's clock is not to be trusted


VALIDITY_MASK = 0b11


UNUSABLE = (
    Quality.OVERFLOW
    | Quality.BAD_REFERENCE
    | Quality.OSCILLATORY
    | Quality.FAILURE
    | Quality.OLD_DATA
    | Quality.TEST
    | Quality.OPERATOR_BLOCKED
)

QualityArray = npt.NDArray[np.integer]


def is_usable(quality: QualityArray) -> npt.NDArray[np.bool_]:
    """May the value enter a computation? Good or questionable, current, from the process and not under test.

    A substituted value may: somebody put it there for that purpose.
    """
    valid = (quality & VALIDITY_MASK) <= Quality.QUESTIONABLE
    return np.asarray(valid & ((quality & UNUSABLE) == 0), np.bool_)


def worst(first: QualityArray, second: QualityArray) -> QualityArray:
    """Quality of a value made from both: the lower validity, and every detail that either has."""
    validity = np.maximum(first & VALIDITY_MASK, second & VALIDITY_MASK)
    return np.asarray(validity | ((first | second) & ~VALIDITY_MASK))
