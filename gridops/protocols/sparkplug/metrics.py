"""What a metric says: a number by its data type, null, history, and the quality that an edge node attaches."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}  # two's complement in the unsigned fields of the message
_UNSIGNED_BITS = {5: 8, 6: 16, 7: 32, 8: 64, 13: 64}
_QUALITY_KEY = b"quality"
_GOOD, _STALE = 192, 500


class Worth(Enum):
    """The three values of the property 'Quality'."""

    GOOD = "good"
    BAD = "bad"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` is None if it is null or no number; `at_ms` if no time was told."""

    value: float | None
    worth: Worth
    at_ms: int | None
    is_historical: bool


def metric_of(raw: Any, datatype: int, payload_ms: int | None) -> Metric:
    at_ms = raw.timestamp if raw.HasField("timestamp") else payload_ms
    value = None if raw.is_null else _number(raw, datatype)
    worth = _worth(raw) if raw.HasField("properties") else Worth.GOOD
    return Metric(value, worth, at_ms, raw.is_historical)


def _number(raw: Any, datatype: int) -> float | None:
    if raw.HasField("double_value"):
        value = raw.double_value
    elif raw.HasField("float_value"):
        value = raw.float_value
    elif raw.HasField("boolean_value"):
        return float(raw.boolean_value)
    elif raw.HasField("int_value"):
        return _whole(raw.int_value, datatype)
    elif raw.HasField("long_value"):
        return _whole(raw.long_value, datatype)
    else:
        return None
    return value if math.isfinite(value) else None


def _whole(value: int, datatype: int) -> float:
    bits = _SIGNED_BITS.get(datatype)
    if bits is None:
        return float(value & ((1 << _UNSIGNED_BITS.get(datatype, 64)) - 1))
    value &= (1 << bits) - 1
    return float(value - (1 << bits) if value >> (bits - 1) else value)


def _worth(raw: Any) -> Worth:
    for key, told in zip(raw.properties.keys, raw.properties.values, strict=False):
        if key.lower() == _QUALITY_KEY and not told.is_null:
            code = told.long_value if told.HasField("long_value") else told.int_value
            return Worth.GOOD if code == _GOOD else Worth.STALE if code == _STALE else Worth.BAD
    return Worth.GOOD
