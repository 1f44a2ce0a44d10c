"""Where equipment stands and whose it is: the supplying station, feeder and area of responsibility, by mRID alone.

Areas name mRIDs, which stay from one version of the network to the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, F, Model, QuerySet, UUIDField, Value
from django.db.models.functions import Coalesce

from apps.accounts import selectors as accounts
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    NetworkModel,
    PowerTransformer,
    Substation,
    Switch,
)

# Per class: where its own station and its feeder are found; of several the first that is known.
_PLACES: Final[dict[type[Model], tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Substation: (("mrid",), ()),
    Feeder: (("substation__mrid",), ("mrid",)),
    ConnectivityNode: (("feeder__substation__mrid", "substation__mrid"), ("feeder__mrid",)),
    PowerTransformer: (("high_node__feeder__substation__mrid", "substation__mrid"), ("high_node__feeder__mrid",)),
    ACLineSegment: (("feeder__substation__mrid",), ("feeder__mrid",)),
    Switch: (
        ("from_node__feeder__substation__mrid", "to_node__feeder__substation__mrid", "substation__mrid"),
        ("from_node__feeder__mrid", "to_node__feeder__mrid"),
    ),
    **dict.fromkeys(
        (EnergySource, EnergyConsumer, GeneratingUnit, BatteryUnit, LinearShuntCompensator),
        (("node__feeder__substation__mrid", "node__substation__mrid"), ("node__feeder__mrid",)),
    ),
}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    class_name: str = ""
    substation: UUID | None = None
    feeder: UUID | None = None
    area_id: int | None = None  # None: the default area


def whereabouts(mrids: Iterable[UUID]) -> dict[UUID, Whereabouts]:
    """In the current network; what it does not have is missing, unless an area names it."""
    wanted = set(mrids)
    if not wanted:
        return {}
    parts = [_located(kind, *columns).filter(mrid__in=wanted) for kind, columns in _PLACES.items()]
    rows = parts[0].values_list(*_COLUMNS).union(*(part.values_list(*_COLUMNS) for part in parts[1:]), all=True)
    found = {mrid: Whereabouts(kind, station, feeder) for mrid, kind, station, feeder in rows}
    return _with_areas(wanted, found)


_COLUMNS: Final = ("mrid", "kind_name", "station_mrid", "feeder_mrid")


def _located(kind: type[Model], stations: tuple[str, ...], feeders: tuple[str, ...]) -> QuerySet[Any]:
    rows: QuerySet[Any] = kind._default_manager.filter(model__in=NetworkModel.objects.current())
    placed: QuerySet[Any] = rows.annotate(
        kind_name=Value(kind.__name__, output_field=CharField()),
        station_mrid=_first(stations),
        feeder_mrid=_first(feeders),
    )
    return placed


def _first(columns: tuple[str, ...]) -> Any:
    if not columns:
        return Value(None, output_field=UUIDField())
    return Coalesce(*columns) if len(columns) > 1 else F(columns[0])


def _with_areas(wanted: set[UUID], found: dict[UUID, Whereabouts]) -> dict[UUID, Whereabouts]:
    """The equipment's own area, else its feeder's, else its station's."""
    places = {mrid for where in found.values() for mrid in (where.substation, where.feeder) if mrid}
    areas = accounts.area_members([str(mrid) for mrid in wanted | places])
    if not areas:
        return found
    return {mrid: _in_area(mrid, found.get(mrid, Whereabouts()), areas) for mrid in found.keys() | wanted}


def _in_area(mrid: UUID, where: Whereabouts, areas: dict[str, int]) -> Whereabouts:
    keys = (str(key) for key in (mrid, where.feeder, where.substation) if key)
    area = next((areas[key] for key in keys if key in areas), None)
    return Whereabouts(where.class_name, where.substation, where.feeder, area)
