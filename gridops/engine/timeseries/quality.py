"""Quality of a value: validity and detail in the words of IEC 61850-7-3, packed in one small integer."""

from enum import IntFlag


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
