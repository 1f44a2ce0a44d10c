"""Where usage points lie in the live network: by the mRID of the EnergyConsumer that they are part of."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.assets import selectors as assets
from apps.assets.models import EnergyConsumer, Feeder


@dataclass(frozen=True, slots=True)
class Place:
    consumer: str
    feeder_mrid: UUID | None
    feeder: str


def places(consumer_mrids: Iterable[UUID | None]) -> dict[UUID, Place]:
    """Those that the live network has."""
    wanted = {mrid for mrid in consumer_mrids if mrid is not None}
    rows = _consumers()
    if len(wanted) < 1000:  # beyond that the whole network is the smaller question
        rows = rows.filter(mrid__in=wanted)
    return {row[0]: Place(row[1], row[2], row[3] or "") for row in rows.values_list(*_COLUMNS) if row[0] in wanted}


def consumers_by_word() -> dict[str, UUID]:
    """Every EnergyConsumer by its mRID as text, and by its name where that is the only one of the name."""
    names: dict[str, UUID | None] = {}
    found: dict[str, UUID] = {}
    for mrid, name in _consumers().values_list("mrid", "name"):
        names[name] = None if name in names else mrid
        found[str(mrid)] = mrid
    return {name: mrid for name, mrid in names.items() if mrid is not None} | found


def feeder_names() -> dict[UUID, str]:
    rows = Feeder.objects.filter(model=assets.current_model_id()).order_by("name")
    return dict(rows.values_list("mrid", "name"))


_COLUMNS = ("mrid", "name", "node__feeder__mrid", "node__feeder__name")


def _consumers() -> QuerySet[EnergyConsumer]:
    return EnergyConsumer.objects.filter(model=assets.current_model_id())
