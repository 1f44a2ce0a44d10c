"""Which values are beyond their limits. Arrays in, arrays out; nan is never beyond."""

from enum import IntEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray


class Violation(IntEnum):
    NONE = 0
    VOLTAGE_LOW = 1
    VOLTAGE_HIGH = 2
    OVERLOAD = 3


def voltage_violations(voltage_pu: FloatArray, low_pu: FloatArray | float, high_pu: FloatArray | float) -> IntArray:
    """`Violation` of each node; limits per node or one for all, both still allowed."""
    low = np.where(voltage_pu < low_pu, Violation.VOLTAGE_LOW, Violation.NONE)
    return np.where(voltage_pu > high_pu, Violation.VOLTAGE_HIGH, low).astype(np.int32)


def overloads(loading: FloatArray, limit: FloatArray | float = 1.0) -> BoolArray:
    """Which elements carry more than `limit` times their rating."""
    return np.asarray(loading > limit, np.bool_)
