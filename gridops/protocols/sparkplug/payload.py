"""The protobuf message of Sparkplug B, described by field numbers; the decoding is protobuf's own.

Source: Eclipse Sparkplug 3.0.0, chapter 6, 'Sparkplug B Google protocol buffer schema'.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_Kind = descriptor_pb2.FieldDescriptorProto
_U32, _U64, _F32, _F64 = _Kind.TYPE_UINT32, _Kind.TYPE_UINT64, _Kind.TYPE_FLOAT, _Kind.TYPE_DOUBLE
_BOOL, _BYTES = _Kind.TYPE_BOOL, _Kind.TYPE_BYTES
# Texts are read as octets: one that is no UTF-8 must not spoil the rest of its message.
_FIELDS: dict[str, tuple[tuple[str, int, Any], ...]] = {
    "Payload": (("timestamp", 1, _U64), ("metrics", 2, "Metric*"), ("seq", 3, _U64)),
    "Metric": (
        ("name", 1, _BYTES),
        ("alias", 2, _U64),
        ("timestamp", 3, _U64),
        ("datatype", 4, _U32),
        ("is_historical", 5, _BOOL),
        ("is_transient", 6, _BOOL),
        ("is_null", 7, _BOOL),
        ("properties", 9, "PropertySet"),
        ("int_value", 10, _U32),
        ("long_value", 11, _U64),
        ("float_value", 12, _F32),
        ("double_value", 13, _F64),
        ("boolean_value", 14, _BOOL),
        ("string_value", 15, _BYTES),
    ),
    "PropertySet": (("keys", 1, "*"), ("values", 2, "PropertyValue*")),
    "PropertyValue": (
        ("type", 1, _U32),
        ("is_null", 2, _BOOL),
        ("int_value", 3, _U32),
        ("long_value", 4, _U64),
        ("boolean_value", 7, _BOOL),
    ),
}
BOOLEAN = 11
_FIELD_OF_BITS = (("int_value", 8), ("int_value", 16), ("int_value", 32), ("long_value", 64))
_FLOATING = {9: "float_value", 10: "double_value"}
_WHOLE = {
    **{1 + n: (field, bits, True) for n, (field, bits) in enumerate(_FIELD_OF_BITS)},
    **{5 + n: (field, bits, False) for n, (field, bits) in enumerate(_FIELD_OF_BITS)},
}  # field, bits, whether in two's complement
REBIRTH = b"Node Control/Rebirth"


class BadPayload(ValueError):
    """Octets that are no message of Sparkplug B."""


def _described() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="gridops_sparkplug_b.proto", package="gridops.sparkplug")
    file.syntax = "proto2"
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            made = message.field.add(name=field, number=number, label=_Kind.LABEL_OPTIONAL)
            if isinstance(kind, str):
                made.label = _Kind.LABEL_REPEATED if kind.endswith("*") else _Kind.LABEL_OPTIONAL
                inner = kind.removesuffix("*")
                made.type = _Kind.TYPE_MESSAGE if inner else _BYTES
                if inner:
                    made.type_name = f".gridops.sparkplug.{inner}"
            else:
                made.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("gridops.sparkplug.Payload"))


Payload = _described()


def decode(octets: bytes) -> Any:
    """Raises BadPayload."""
    try:
        return Payload.FromString(octets)
    except DecodeError as error:
        raise BadPayload(f"no Sparkplug B payload: {error}") from None


def command_payload(name: str, value: float, datatype: int, at_ms: int) -> bytes:
    """A command to one metric, in the data type with which it was born. Raises BadPayload if it cannot hold the value.

    datatype: of the standard, 1..8 whole numbers, 9 and 10 floating, 11 boolean.
    """
    payload = Payload(timestamp=at_ms)
    metric = payload.metrics.add(name=name.encode(), timestamp=at_ms, datatype=datatype)
    if datatype == BOOLEAN:
        metric.boolean_value = value != 0
    elif datatype in _FLOATING:
        setattr(metric, _FLOATING[datatype], value)
    elif datatype in _WHOLE:
        field, bits, is_signed = _WHOLE[datatype]
        low, high = (-(1 << bits - 1), 1 << bits - 1) if is_signed else (0, 1 << bits)
        if value != round(value) or not low <= value < high:
            raise BadPayload(f"{value:g} is no whole number from {low} to {high - 1}")
        setattr(metric, field, int(value) % (1 << bits))
    else:
        raise BadPayload(f"a metric of data type {datatype} takes no number")
    octets: bytes = payload.SerializeToString()
    return octets


def rebirth_request(at_ms: int) -> bytes:
    payload = Payload(timestamp=at_ms)
    payload.metrics.add(name=REBIRTH, timestamp=at_ms, datatype=BOOLEAN, boolean_value=True)
    octets: bytes = payload.SerializeToString()
    return octets
