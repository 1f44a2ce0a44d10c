"""Samples pushed over HTTP: all of a request or nothing, and the same answer to the same request."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction

from apps.telemetry.adapters import SampleBatch
from apps.telemetry.models import IngestReceipt, MeasurementPoint
from apps.telemetry.services.clocks import watch_clock
from apps.telemetry.services.ingest import IngestOutcome, ingest

# How long a request may be repeated; after that its samples are still recognised one by one.
RECEIPT_LIFE = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class PushedSample:
    point: UUID
    at_us: int
    value: float
    quality: int


class KeyReused(Exception):
    """An Idempotency-Key came back with another body."""


class UnknownPoints(Exception):
    """Samples name points that do not exist; `positions` are their places in the request."""

    def __init__(self, positions: list[int]) -> None:
        super().__init__(f"{len(positions)} samples name unknown points")
        self.positions = positions


@transaction.atomic
def push(
    *, principal: str, key: str, body: bytes, samples: Sequence[PushedSample], received_at: datetime
) -> IngestOutcome:
    digest = hashlib.sha256(body).hexdigest()
    receipt, is_new = IngestReceipt.objects.get_or_create(
        principal=principal, key=key, defaults={"digest": digest, "created_at": received_at}
    )
    if receipt.digest != digest:
        raise KeyReused(f"Idempotency-Key {key!r} was used for another body; use a new key for new samples.")
    if not is_new:
        return IngestOutcome(**receipt.response)
    outcome = _ingest_all(samples, received_at)
    receipt.response = asdict(outcome)
    receipt.save(update_fields=["response"])
    return outcome


def _ingest_all(samples: Sequence[PushedSample], received_at: datetime) -> IngestOutcome:
    places = _places(samples)
    by_gateway: dict[int, list[tuple[int, PushedSample]]] = defaultdict(list)
    for sample in samples:
        gateway_id, slot = places[sample.point]
        by_gateway[gateway_id].append((slot, sample))
    outcomes = []
    for gateway_id, batch in ((key, _batch(rows)) for key, rows in sorted(by_gateway.items())):
        outcomes.append(ingest(gateway_id=gateway_id, batch=batch, received_at=received_at))
        no_history = np.zeros(len(batch), bool)
        watch_clock(gateway_id=gateway_id, batch=batch, is_history=no_history, received_at=received_at, is_pushed=True)
    return IngestOutcome(*(sum(getattr(o, name) for o in outcomes) for name in ("accepted", "duplicates", "late")))


def _places(samples: Sequence[PushedSample]) -> dict[UUID, tuple[int, int]]:
    rows = MeasurementPoint.objects.filter(mrid__in={sample.point for sample in samples})
    places = {mrid: (gateway, slot) for mrid, gateway, slot in rows.values_list("mrid", "gateway_id", "slot")}
    unknown = [position for position, sample in enumerate(samples) if sample.point not in places]
    if unknown:
        raise UnknownPoints(unknown)
    return places


def _batch(rows: list[tuple[int, PushedSample]]) -> SampleBatch:
    return SampleBatch(
        slot=np.array([slot for slot, _ in rows], np.int64),
        at_us=np.array([sample.at_us for _, sample in rows], np.int64),
        value=np.array([sample.value for _, sample in rows], float),
        quality=np.array([sample.quality for _, sample in rows], np.int64),
    )


def forget_receipts(*, as_of: datetime) -> int:
    """Returns how many were removed, some thousand a transaction."""
    old = IngestReceipt.objects.filter(created_at__lt=as_of - RECEIPT_LIFE).order_by("created_at")
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE]):
        forgotten += IngestReceipt.objects.filter(pk__in=keys).delete()[0]
    return forgotten
