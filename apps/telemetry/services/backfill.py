"""Samples of old time stamps: safe at once, in the history soon, and never in the way of what is current."""

import logging
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import Sum

from apps.telemetry.adapters import IntArray, SampleBatch
from apps.telemetry.models import Backfill, MeasurementPoint
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.rollup import note_late

log = logging.getLogger(__name__)
CHUNK = 2_000
_MANY_ROWS = 64


def keep(*, gateway_id: int, batch: SampleBatch, point_id: IntArray, received_at: datetime) -> None:
    """Part of the caller's transaction. Points are kept by their own identity: slots may move before they are used."""
    parts = [batch.take(np.arange(at, min(at + CHUNK, len(batch)))) for at in range(0, len(batch), CHUNK)]
    Backfill.objects.bulk_create(
        Backfill(
            gateway_id=gateway_id,
            received_at=received_at,
            size=len(part),
            point_id=point_id[part.slot].tobytes(),
            at_us=part.at_us.astype(np.int64).tobytes(),
            value=part.value.astype(np.float64).tobytes(),
            quality=part.quality.astype(np.int64).tobytes(),
        )
        for part in parts
    )


def waiting(*, gateway_id: int) -> int:
    return Backfill.objects.filter(gateway_id=gateway_id).aggregate(size=Sum("size"))["size"] or 0


@transaction.atomic
def bring_in(*, gateway_id: int) -> int:
    """One bounded chunk, the oldest arrivals first. Returns how many samples it held."""
    rows: list[Backfill] = []
    for row in Backfill.objects.select_for_update().filter(gateway_id=gateway_id).order_by("pk")[:_MANY_ROWS]:
        if rows and sum(one.size for one in rows) + row.size > CHUNK:
            break
        rows.append(row)
    if not rows:
        return 0
    batch = _batch(gateway_id, rows)
    ingest(gateway_id=gateway_id, batch=batch, received_at=rows[-1].received_at)
    note_late(point_id=_column(rows, "point_id", np.int64), at_us=_column(rows, "at_us", np.int64))
    Backfill.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return sum(row.size for row in rows)


def _batch(gateway_id: int, rows: Sequence[Backfill]) -> SampleBatch:
    point_id = _column(rows, "point_id", np.int64)
    slots = dict(MeasurementPoint.objects.filter(gateway_id=gateway_id).values_list("pk", "slot"))
    slot = np.array([slots.get(pk, -1) for pk in point_id.tolist()], np.int64)
    batch = SampleBatch(
        slot=slot,
        at_us=_column(rows, "at_us", np.int64),
        value=_column(rows, "value", np.float64),
        quality=_column(rows, "quality", np.int64),
    )
    return batch if (slot >= 0).all() else batch.take(slot >= 0)  # a point may have been removed since


def _column(rows: Sequence[Backfill], name: str, kind: type[np.generic]) -> npt.NDArray:
    return np.concatenate([np.frombuffer(bytes(getattr(row, name)), kind) for row in rows])
