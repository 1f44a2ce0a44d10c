"""Reserve that desks hold on devices: told here, so that desks which are strangers leave it to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.dispatch.models import HeldReserve


@dataclass(frozen=True, slots=True)
class Hold:
    """`parts`: up and down by device, kW at the meter."""

    desk: str
    reference: str
    starts_at: datetime
    ends_at: datetime
    backing_h: float
    parts: Mapping[UUID, tuple[float, float]]


def hold(wanted: Hold, *, as_of: datetime) -> int:
    """How many devices hold a part of it. Told again it stays as it was."""
    rows = [
        HeldReserve(
            desk=wanted.desk,
            reference=wanted.reference,
            device_mrid=mrid,
            starts_at=wanted.starts_at,
            ends_at=wanted.ends_at,
            up_kw=up,
            down_kw=down,
            backing_h=wanted.backing_h,
            told_at=as_of,
        )
        for mrid, (up, down) in wanted.parts.items()
        if up or down
    ]
    return len(HeldReserve.objects.bulk_create(rows, ignore_conflicts=True))


def give_back(*, desk: str, reference: str, as_of: datetime) -> int:
    return HeldReserve.objects.filter(desk=desk, reference=reference, ended_at=None).update(ended_at=as_of)
