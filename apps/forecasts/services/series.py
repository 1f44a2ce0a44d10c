"""The series that the live network asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from apps.assets import selectors as assets
from apps.forecasts.adapters.facts import Wanted
from apps.forecasts.adapters.wanted import wanted_series
from apps.forecasts.models import Series
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

_COPIED: Final = (
    "subject",
    "name",
    "is_whole",
    "source",
    "rated_kw",
    "latitude",
    "longitude",
    "group",
)
_LOCK: Final = "forecasts: series"


@dataclass(frozen=True, slots=True)
class Synced:
    created: int
    changed: int
    retired: int


@transaction.atomic
def sync_series() -> Synced:
    """What vanished is kept with its history, and used again when it comes back."""
    model = assets.current_model()
    if model is None:
        return Synced(0, 0, 0)
    lock(_LOCK)
    wanted = wanted_series(model, assets.assembled(model), metered())
    known = {(one.subject_mrid, one.quantity): one for one in Series.objects.all()}
    fresh = [
        _filled(Series(subject_mrid=one.subject_mrid, quantity=one.quantity), one)
        for one in wanted
        if one.key not in known
    ]
    Series.objects.bulk_create(fresh, batch_size=1000)
    known |= {(one.subject_mrid, one.quantity): one for one in fresh}
    return Synced(len(fresh), _change(known, wanted), _retire(known, {one.key for one in wanted}))


def metered() -> frozenset[tuple[str, str]]:
    points = MeasurementPoint.objects.filter(quantity=Quantity.ACTIVE_POWER, gateway__is_enabled=True)
    return frozenset((str(mrid), side) for mrid, side in points.values_list("equipment_mrid", "side"))


def lock(name: str) -> None:
    """Until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def _change(known: dict[tuple[str, str], Series], wanted: Iterable[Wanted]) -> int:
    changed = []
    for one in wanted:
        row = known[one.key]
        parent = known[one.parent].pk if one.parent in known else None
        before = [getattr(row, name) for name in (*_COPIED, "is_active", "parent_id")]
        _filled(row, one)
        row.is_active, row.parent_id = True, parent
        if before != [getattr(row, name) for name in (*_COPIED, "is_active", "parent_id")]:
            changed.append(row)
    Series.objects.bulk_update(changed, [*_COPIED, "is_active", "parent"], batch_size=500)
    return len(changed)


def _retire(known: dict[tuple[str, str], Series], wanted: set[tuple[str, str]]) -> int:
    gone = [row.pk for key, row in known.items() if key not in wanted and row.is_active]
    return Series.objects.filter(pk__in=gone).update(is_active=False)


def _filled(row: Series, wanted: Wanted) -> Series:
    for name in _COPIED:
        setattr(row, name, getattr(wanted, name))
    return row
