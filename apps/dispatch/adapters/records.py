"""Receipts as the engine's arithmetic wants them, and what it makes of a desk's word."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.dispatch.models import Receipt
from gridops.engine.optimization.track_record import Receipts, TrackRecord, calibrated, hits, track_record

Record = TrackRecord
KEPT = 400  # of one desk and kind, the newest: who has become better should be seen to be


def engine_receipts(rows: Sequence[Receipt]) -> Receipts:
    """Scored receipts, oldest first."""
    return Receipts(
        expected=_numbers(rows, "expected"),
        low=_numbers(rows, "low"),
        high=_numbers(rows, "high"),
        realised=_numbers(rows, "realised"),
        confidence=_numbers(rows, "confidence"),
        ends=np.array([bool(row.ends) for row in rows], np.bool_),
        said_ends=np.array([row.said_ends for row in rows], np.bool_),
        raw_low=_numbers(rows, "raw_low"),
        raw_high=_numbers(rows, "raw_high"),
        raw_confidence=_numbers(rows, "raw_confidence"),
    )


def _numbers(rows: Sequence[Receipt], name: str) -> npt.NDArray[np.float64]:
    return np.array([getattr(row, name) for row in rows], np.float64)


def newcomer() -> TrackRecord:
    return track_record(engine_receipts([]))


def records_of(rows: Iterable[Receipt]) -> dict[tuple[str, str], TrackRecord]:
    """Per desk and kind."""
    grouped: dict[tuple[str, str], list[Receipt]] = {}
    for row in rows:
        grouped.setdefault((row.desk, row.kind), []).append(row)
    return {key: track_record(engine_receipts(found[-KEPT:])) for key, found in grouped.items()}


def widened(low: float, middle: float, high: float, record: TrackRecord) -> tuple[float, float]:
    """The stated band, stretched about the middle of its own by what the record asks for."""
    centre, half = (low + high) / 2, (high - low) / 2 * record.widening
    return min(centre - half, middle), max(centre + half, middle)


def confidence(raw: float, record: TrackRecord) -> float:
    return calibrated(raw, record)


def is_hit(row: Receipt) -> bool:
    return bool(hits(engine_receipts([row]))[0])


def record_document(record: TrackRecord) -> dict[str, Any]:
    names = ("count", "hits", "hit_rate", "bias", "share_inside", "mean_confidence", "ended_rate", "brier")
    found = {name: _number(getattr(record, name)) for name in names}
    bins = [
        {"low": b.low, "high": b.high, "count": b.count, "stated": b.stated, "came_true": b.came_true}
        for b in record.bins
    ]
    return found | {"reliability": record.reliability, "widening": record.widening, "bins": bins}


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
