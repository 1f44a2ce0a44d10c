"""Which assets something touches, and how much load hangs on their feeders."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from apps.assets import selectors as assets
from apps.assets.models import ConnectivityNode, EnergyConsumer
from apps.assets.selectors.areas import whereabouts

Ring = list[list[float]]


@dataclass(frozen=True, slots=True)
class Place:
    mrid: str
    name: str
    class_name: str
    longitude: float
    latitude: float


def asset_rows(mrids: Iterable[UUID | str]) -> list[dict[str, str]]:
    """What is shown of them; what the live network does not have keeps only its key."""
    wanted = list(dict.fromkeys(str(mrid) for mrid in mrids))
    model = assets.current_model()
    known = assets.elements(model=model, mrids=wanted) if model and wanted else {}
    return [
        {
            "mrid": mrid,
            "name": known[mrid].name if mrid in known else "",
            "class": known[mrid].class_name if mrid in known else "",
        }
        for mrid in wanted
    ]


def load_share(mrids: Iterable[UUID | str]) -> float | None:
    """Share of the consumers' recorded load on the feeders that these assets belong to; None without a network."""
    wanted = {UUID(str(mrid)) for mrid in mrids}
    model_id = assets.current_model_id()
    if model_id is None:
        return None
    by_feeder = _load_by_feeder(model_id)
    total = sum(by_feeder.values())
    if not wanted or total <= 0:
        return None
    places = whereabouts(wanted)
    feeders = {place.feeder for place in places.values() if place.feeder}
    feeders |= {mrid for mrid in wanted if mrid in by_feeder}
    stations = {place.substation for place in places.values() if place.substation and not place.feeder}
    if stations:
        feeders |= _feeders_of(model_id, stations)
    return float(sum(by_feeder.get(feeder, 0.0) for feeder in feeders) / total)


@lru_cache(maxsize=2)
def _load_by_feeder(model_id: int) -> dict[UUID | None, float]:
    rows: QuerySet[Any, Any] = EnergyConsumer.objects.filter(model_id=model_id).order_by()
    summed = rows.values_list("node__feeder__mrid").annotate(total=Sum("p_kw"))
    return {feeder: float(total or 0.0) for feeder, total in summed}


def _feeders_of(model_id: int, stations: set[UUID]) -> set[UUID]:
    rows = ConnectivityNode.objects.filter(model_id=model_id, feeder__substation__mrid__in=stations)
    return {mrid for mrid in rows.order_by().values_list("feeder__mrid", flat=True).distinct() if mrid}


def nodes_within(rings: Iterable[Ring]) -> list[Place]:
    """Nodes of the live network inside an area: an odd number of rings around them."""
    model_id, areas = assets.current_model_id(), list(rings)
    if model_id is None or not areas:
        return []
    corners = [corner for ring in areas for corner in ring]
    east, north = [corner[0] for corner in corners], [corner[1] for corner in corners]
    rows = ConnectivityNode.objects.filter(
        model_id=model_id,
        longitude__range=(min(east), max(east)),
        latitude__range=(min(north), max(north)),
    )
    found = []
    for mrid, name, longitude, latitude in rows.values_list("mrid", "name", "longitude", "latitude"):
        if sum(_is_inside(longitude, latitude, ring) for ring in areas) % 2:
            found.append(Place(str(mrid), name, "ConnectivityNode", longitude, latitude))
    return found


def _is_inside(x: float, y: float, ring: Ring) -> bool:
    """Crossings of a ray to the east."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
