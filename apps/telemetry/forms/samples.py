"""What may be sent to the ingest endpoint, checked field by field before anything is touched."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from rest_framework.exceptions import ValidationError

from apps.telemetry.services.push import PushedSample

MAX_SAMPLES = 10_000
_FIELDS = {"point", "at", "value", "quality"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLDEST, _NEWEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def parse_samples(body: bytes) -> list[PushedSample]:
    """The samples of a request body. Every fault is named with its place; one fault refuses the whole request."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValidationError({"detail": f"The body is not JSON: {error}."}) from None
    if not isinstance(document, dict) or not isinstance(document.get("samples"), list):
        raise ValidationError({"samples": 'Send an object {"samples": [...]}.'})
    rows = document["samples"]
    if not 1 <= len(rows) <= MAX_SAMPLES:
        raise ValidationError({"samples": f"Send 1 to {MAX_SAMPLES} samples a request, not {len(rows)}."})
    problems: dict[str, str] = {}
    samples = [sample for place, row in enumerate(rows) if (sample := _sample(place, row, problems)) is not None]
    if problems:
        raise ValidationError(dict(list(problems.items())[:50]))
    return samples


def _sample(place: int, row: Any, problems: dict[str, str]) -> PushedSample | None:
    where = f"samples[{place}]"
    if not isinstance(row, dict):
        problems[where] = "A sample is an object with point, at and value."
        return None
    if unknown := sorted(set(row) - _FIELDS):
        problems[where] = f"Unknown field {unknown[0][:60]!r}; known are point, at, value and quality."
        return None
    try:
        return PushedSample(
            point=_point(row.get("point")),
            at_us=_at_us(row.get("at")),
            value=_value(row.get("value")),
            quality=_quality(row.get("quality", 0)),
        )
    except _FieldError as error:
        problems[f"{where}.{error.field}"] = error.remedy
        return None


class _FieldError(Exception):
    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(remedy)
        self.field, self.remedy = field, remedy


def _point(raw: Any) -> UUID:
    try:
        return UUID(raw)
    except (ValueError, AttributeError, TypeError):
        raise _FieldError("point", "Give the mRID of a measurement point, a UUID.") from None


def _at_us(raw: Any) -> int:
    remedy = "Give an ISO 8601 instant with its offset, such as 2026-01-31T12:00:00Z."
    try:
        at = datetime.fromisoformat(raw)
        if at.tzinfo is None or not _OLDEST <= at <= _NEWEST:
            raise _FieldError("at", remedy)
    except (ValueError, TypeError, OverflowError):
        raise _FieldError("at", remedy) from None
    return (at - _EPOCH) // timedelta(microseconds=1)


def _value(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise _FieldError("value", "Give a finite number.")
    return float(raw)


def _quality(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < 2**14:
        raise _FieldError("quality", "Give the quality bits as an integer from 0 to 16383; 0 is good.")
    return raw
