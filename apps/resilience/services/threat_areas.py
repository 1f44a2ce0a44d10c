"""Areas of danger, handed in as GeoJSON: each feature with its time of validity."""

import json
import math
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.resilience.choices.threat import HazardKind
from apps.resilience.models import HazardArea
from apps.resilience.services.vulnerabilities import FileRefused

MOST_CORNERS = 20_000
LONGEST_NAME = 200


@transaction.atomic
def import_areas(*, raw: bytes, by: User | None, as_of: datetime, source: str = "") -> list[HazardArea]:
    """All features or none. Properties: kind, name, valid_from, valid_to. Raises FileRefused."""
    areas = [_area(feature, number, source) for number, feature in enumerate(_features(raw), 1)]
    HazardArea.objects.bulk_create(areas)
    told = {"areas": [str(area) for area in areas][:50], "source": source[:200]}
    audit.record(actor=by, action="threat.areas-imported", target="hazard-areas", detail=told, at=as_of)
    return areas


@transaction.atomic
def remove_area(*, area_id: int, by: User, as_of: datetime) -> None:
    """Raises HazardArea.DoesNotExist."""
    area = HazardArea.objects.get(pk=area_id)
    target, told = f"hazard-area/{area.pk}", {"area": str(area)}
    area.delete()
    audit.record(actor=by, action="threat.area-removed", target=target, detail=told, at=as_of)


def _features(raw: bytes) -> list[Any]:
    try:
        told = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as broken:
        raise FileRefused(f"file: it is not JSON ({broken}). Hand in a GeoJSON FeatureCollection.") from broken
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list) or not features:
        raise FileRefused("file: it is no GeoJSON FeatureCollection with features.")
    return features


def _area(feature: Any, number: int, source: str) -> HazardArea:
    here = f"Feature {number}:"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise FileRefused(f"{here} properties are missing. Give kind, name, valid_from and valid_to.")
    kind = str(properties.get("kind") or HazardKind.OTHER.value)
    if kind not in HazardKind.values:
        raise FileRefused(f"{here} kind {kind[:40]!r} is none of {', '.join(HazardKind.values)}.")
    begins, ends = (_instant(properties, name, here) for name in ("valid_from", "valid_to"))
    if ends <= begins:
        raise FileRefused(f"{here} valid_to is not after valid_from.")
    name = str(properties.get("name") or f"{kind} {number}")[:LONGEST_NAME]
    if "\x00" in name:
        raise FileRefused(f"{here} name holds a zero character. Remove it.")
    return HazardArea(
        kind=kind,
        name=name,
        source=str(properties.get("source") or source)[:LONGEST_NAME].replace("\x00", ""),
        rings=_rings(feature.get("geometry"), here),
        valid_from=begins,
        valid_to=ends,
    )


def _instant(properties: dict[str, Any], name: str, here: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(properties.get(name)))
    except ValueError as broken:
        raise FileRefused(f"{here} {name} is no instant. Write one like 2026-07-01T12:00:00Z.") from broken
    if found.tzinfo is None:
        raise FileRefused(f"{here} {name} has no time zone. Write one like 2026-07-01T12:00:00Z.")
    return found


def _rings(geometry: Any, here: str) -> list[list[list[float]]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list):
        raise FileRefused(f"{here} geometry is neither Polygon nor MultiPolygon.")
    try:
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [[_corner(corner) for corner in ring] for polygon in polygons for ring in polygon]
    except (TypeError, ValueError, IndexError) as broken:
        raise FileRefused(f"{here} its corners are no pairs of longitude and latitude in degrees.") from broken
    if not rings or any(len(ring) < 3 for ring in rings):
        raise FileRefused(f"{here} a ring has fewer than three corners.")
    if sum(map(len, rings)) > MOST_CORNERS:
        raise FileRefused(f"{here} more than {MOST_CORNERS} corners. Simplify the polygon.")
    return rings


def _corner(corner: Any) -> list[float]:
    longitude, latitude = float(corner[0]), float(corner[1])
    if not (math.isfinite(longitude) and -180 <= longitude <= 180 and math.isfinite(latitude) and abs(latitude) <= 90):
        raise ValueError(corner)
    return [longitude, latitude]
