"""Features of a GeoJSON file, checked: longitude before latitude, in degrees of WGS84."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gridops.cases.errors import CaseError

LARGEST_BYTES: Final = 256 * 1024 * 1024
_WGS84: Final = ("crs84", "4326", "wgs84")

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Feature:
    label: str  # for messages
    identity: str  # the feature's id or its property 'mrid'; empty where it has none
    name: str
    properties: dict[str, Any]
    points: tuple[Place, ...]  # one for a point, two or more for a line, none without geometry


def features(path: Path) -> list[Feature]:
    """Raises CaseError when the file is no FeatureCollection or its coordinates are not longitude and latitude."""
    document = _document(path)
    if document.get("type") != "FeatureCollection" or not isinstance(document.get("features"), list):
        text = f"is a {document.get('type', 'document without type')}, not a FeatureCollection with a list of features"
        raise CaseError(path.name, text)
    _check_system(path, document)
    found = [_feature(given, number) for number, given in enumerate(document["features"], 1)]
    _check_degrees(path, found)
    return found


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CaseError(path.name, f"is larger than {LARGEST_BYTES // 2**20} MB; split it")
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CaseError(path.name, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CaseError(path.name, "is not in UTF-8; save it in that encoding") from None
    except (ValueError, RecursionError) as error:
        raise CaseError(path.name, f"is not whole JSON ({str(error)[:120]}); export or copy it again") from None
    if not isinstance(document, dict):
        raise CaseError(path.name, "is a list or a value, not a FeatureCollection")
    return document


def _check_system(path: Path, document: dict[str, Any]) -> None:
    """The older GeoJSON could name a coordinate system; today's has only WGS84."""
    if document.get("crs") is None:
        return
    name = json.dumps(document["crs"])
    if not any(word in name.lower().replace(" ", "") for word in _WGS84):
        raise CaseError(path.name, f"is in the coordinate system {name[:120]}; export it in WGS84 (EPSG:4326)")


def _feature(given: Any, number: int) -> Feature:
    if not isinstance(given, dict) or given.get("type") != "Feature":
        raise CaseError(f"feature {number}", "is not of the type Feature; see RFC 7946")
    properties = given.get("properties") or {}
    if not isinstance(properties, dict):
        raise CaseError(f"feature {number}", "has properties that are no object of names and values")
    name = _text(properties.get("name"))
    identity = _text(properties.get("mrid")) or _text(given.get("id"))
    label = f"feature {number} ({name or identity})" if name or identity else f"feature {number}"
    return Feature(label, identity, name, properties, _points(given.get("geometry"), label))


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _points(geometry: Any, label: str) -> tuple[Place, ...]:
    if geometry is None:
        return ()
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Point":
        return (_place(coordinates, label),)
    if kind == "MultiLineString" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "LineString", coordinates[0]
    if kind == "Polygon" and isinstance(coordinates, list) and coordinates and isinstance(coordinates[0], list):
        return (_middle([_place(each, label) for each in coordinates[0]], label),)
    if kind != "LineString" or not isinstance(coordinates, list):
        raise CaseError(label, f"has a geometry of the type {kind}; Point, LineString and Polygon are read")
    found = tuple(_place(each, label) for each in coordinates)
    if len(found) < 2:
        raise CaseError(label, "is a LineString of fewer than two points")
    return found


def _middle(ring: Sequence[Place], label: str) -> Place:
    if not ring:
        raise CaseError(label, "is a Polygon without points")
    xs, ys = zip(*ring, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _place(given: Any, label: str) -> Place:
    usable = isinstance(given, list) and len(given) >= 2 and all(_is_number(value) for value in given[:2])
    if not usable:
        raise CaseError(label, f"has a position that is not [longitude, latitude]: {json.dumps(given)[:60]}")
    return float(given[0]), float(given[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_degrees(path: Path, found: Sequence[Feature]) -> None:
    for label, (x, y) in _labelled(found):
        if abs(x) <= 180 and abs(y) <= 90:
            continue
        if _all_fit_swapped(found):
            text = (
                f"has {label} at [{x:g}, {y:g}]: latitude stands before longitude; GeoJSON wants [longitude, latitude]"
            )
            raise CaseError(path.name, text)
        text = f"has {label} at [{x:g}, {y:g}], which are no degrees; export it in WGS84 (EPSG:4326)"
        raise CaseError(path.name, text)


def _labelled(found: Sequence[Feature]) -> Iterator[tuple[str, Place]]:
    return ((feature.label, place) for feature in found for place in feature.points)


def _all_fit_swapped(found: Sequence[Feature]) -> bool:
    return all(abs(x) <= 90 and abs(y) <= 180 for _, (x, y) in _labelled(found))
