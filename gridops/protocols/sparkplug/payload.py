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


def rebirth_request(at_ms: int) -> bytes:
    payload = Payload(timestamp=at_ms)
    payload.metrics.add(name=REBIRTH, timestamp=at_ms, datatype=BOOLEAN, boolean_value=True)
    octets: bytes = payload.SerializeToString()
    return octets
