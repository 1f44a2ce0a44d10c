"""The hash chain: h_n = SHA-256(h_{n-1} || canonical row). Pure, so that writer and verifier cannot differ."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Row:
    id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    actor_role: str
    action: str
    target: str
    detail: dict[str, Any]
    source_ip: str | None


def canonical(row: Row) -> bytes:
    values = vars(row) | {"at": row.at.astimezone(UTC).isoformat(timespec="microseconds")}
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def link(previous: str, row: Row) -> str:
    return sha256(bytes.fromhex(previous) + canonical(row)).hexdigest()


def storable_text(text: str, limit: int) -> str:
    """What Postgres can hold: an audit must not fail because somebody typed a NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:limit]


def storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {storable_text(str(key), 200): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    return storable_text(value.isoformat() if isinstance(value, datetime) else str(value), 10_000)


def pretty(detail: dict[str, Any]) -> str:
    return json.dumps(detail, indent=2, sort_keys=True, ensure_ascii=False)
