"""What the socket says. Encoded once a process, then shared by all its clients."""

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

BEAT_S = 3
_FRAME_TIME = struct.Struct("<d")


def _encode(kind: str, **values: Any) -> str:
    return orjson.dumps({"type": kind, **values}, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def hello(*, epoch: str | None, at: datetime) -> str:
    return _encode("hello", epoch=epoch, server_time=at, beat_s=BEAT_S)


def snapshot(*, topic: str, position: str | None, data: Any) -> str:
    return _encode("snapshot", topic=topic, position=position, data=data)


def text_snapshot(*, topic: str, payload: bytes) -> str:
    return _encode("snapshot", topic=topic, position=None, data=orjson.Fragment(payload))


def data(*, topic: str, payload: bytes) -> str:
    return _encode("data", topic=topic, data=orjson.Fragment(payload))


def payload_of(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def hint(*, topic: str, position: str) -> str:
    return _encode("hint", topic=topic, position=position)


def beat(
    *,
    at: datetime,
    epoch: str | None,
    positions: Mapping[str, str],
    as_of: Mapping[str, float | None],
    database: str,
    push: str,
) -> str:
    return _encode("beat", server_time=at, epoch=epoch, positions=positions, as_of=as_of, database=database, push=push)


def error(*, code: str, message: str) -> str:
    return _encode("error", code=code, message=message)


def frame_time(frame: bytes) -> float | None:
    """Unix ms at byte 8 of a binary frame."""
    return _FRAME_TIME.unpack_from(frame, 8)[0] if len(frame) >= 16 else None
