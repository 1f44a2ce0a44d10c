"""What is known of plants when they are planned: by batch, so that no plant costs a query of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from apps.assets.selectors.areas import whereabouts
from apps.storage.adapters.bounds import Bounds, bounds_now
from apps.storage.adapters.feeders import Wear
from apps.storage.adapters.limits import Limits
from apps.storage.models import ReserveCommitment, StorageFleet, StoragePlant
from apps.storage.selectors.charge import PlantCharge, charges
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.readings import readings_of, tripped_plants
from apps.storage.selectors.room import own_limits
from apps.storage.selectors.wear import wears_of

BATCH = 500


@dataclass(frozen=True, slots=True)
class Facts:
    plant: StoragePlant
    charge: PlantCharge
    limits: Limits
    now: Bounds
    wear: Wear
    import_kw: float  # of its own meter
    export_kw: float


@dataclass(frozen=True, slots=True)
class Batch:
    plants: tuple[StoragePlant, ...]
    feeders: dict[int, UUID | None]  # by plant


def batches(rows: QuerySet[StoragePlant], *, as_of: datetime) -> Iterator[Batch]:
    """Plants of one feeder one after the other; those of a site, and of a fleet that shares limits, together."""
    keys = list(rows.order_by().values_list("pk", "mrid", "fleet", "site"))
    places = whereabouts([mrid for _, mrid, _, _ in keys])
    feeder_of = {pk: places[mrid].feeder if mrid in places else None for pk, mrid, _, _ in keys}
    whole = _coupled_fleets(as_of)
    ordered = sorted(keys, key=lambda one: (one[2], one[3] or 0, str(feeder_of[one[0]]), one[0]))
    groups = groupby(ordered, key=lambda one: (one[2], None if one[2] in whole else one[3]))
    wide = rows.select_related("price_zone", "fleet", "site__load", "site__sun").prefetch_related("limits", "settings")
    for part in _parts([[one[0] for one in group] for _, group in groups], sites=_indivisible(ordered, whole)):
        found = wide.in_bulk(part)
        yield Batch(tuple(found[pk] for pk in part), {pk: feeder_of[pk] for pk in part})


def _coupled_fleets(as_of: datetime) -> frozenset[int]:
    limited = [fleet.pk for fleet in StorageFleet.objects.all() if fleet.is_limited]
    held = ReserveCommitment.objects.in_force().filter(fleet__isnull=False, ends_at__gt=as_of)
    return frozenset([*limited, *held.values_list("fleet", flat=True)])


def _indivisible(ordered: Sequence[tuple[int, UUID, int, int | None]], whole: frozenset[int]) -> frozenset[int]:
    return frozenset(pk for pk, _, fleet, site in ordered if site is not None or fleet in whole)


def _parts(groups: Sequence[Sequence[int]], *, sites: frozenset[int]) -> Iterator[list[int]]:
    part: list[int] = []
    for group in groups:
        pieces = [group] if group[0] in sites else [group[n : n + BATCH] for n in range(0, len(group), BATCH)]
        for piece in pieces:
            if part and len(part) + len(piece) > BATCH:
                yield part
                part = []
            part = [*part, *piece]
    if part:
        yield part


def facts_of(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[int, Facts]:
    """By plant; those whose charge is not known are missing."""
    known, readings = charges(plants, as_of=as_of), readings_of(plants, as_of=as_of)
    tripped, wears, own = tripped_plants(plants), wears_of(plants), own_limits(plants)
    found = {}
    for plant in plants:
        if plant.pk in known and plant.pk in readings:
            limits = limits_of(plant)
            now = bounds_now(limits, readings[plant.pk], is_tripped=plant.pk in tripped, ignore_soc=True)
            found[plant.pk] = Facts(plant, known[plant.pk], limits, now, wears[plant.pk], *own[plant.pk])
    return found
