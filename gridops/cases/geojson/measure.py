"""Lengths on Earth, and what they say about the order of coordinates."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from gridops.cases.case import Line, Problem, Severity

Place = tuple[float, float]

_EARTH_KM: Final = 6371.0088
_FITS: Final = 0.05  # relative difference of drawn and named lengths
_DOES_NOT: Final = 0.15


def length_km(points: Sequence[Place]) -> float:
    """Great-circle length of a path of (longitude, latitude)."""
    return sum(_distance_km(one, other) for one, other in pairwise(points))


def _distance_km(one: Place, other: Place) -> float:
    """Haversine formula."""
    (lon1, lat1), (lon2, lat2) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    part = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(part, 1.0)))


def swapped(lines: Sequence[Line]) -> Problem | None:
    """A warning when the paths fit the named lengths only with longitude and latitude exchanged."""
    known = [line for line in lines if line.path and line.length_km > 0]
    if not known:
        return None
    given = median(abs(length_km(line.path) / line.length_km - 1) for line in known)
    other = median(abs(length_km([(y, x) for x, y in line.path]) / line.length_km - 1) for line in known)
    if given < _DOES_NOT or other > _FITS:
        return None
    text = "has lines whose drawn lengths fit only with longitude and latitude exchanged; check the order in the file"
    return Problem(Severity.WARNING, "swapped-coordinates", "the geography", text)
