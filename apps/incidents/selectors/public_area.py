"""Where an outage is, in words that the public knows: a side of the city and a circle, never a name of equipment.

Rounded on purpose: from a circle of half a kilometre and more nobody reads whose supply is gone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[float, float]  # latitude, longitude, degrees

KM_PER_DEGREE = 111.2
LEAST_RADIUS_KM, STEP_KM = 0.5, 0.5
POSITION_DIGITS = 2  # of a degree: about a kilometre
CENTRAL_SHARE = 0.25  # of the network's reach: what lies nearer is its middle
SIDES = ("North", "North-east", "East", "South-east", "South", "South-west", "West", "North-west")
UNKNOWN_AREA = "Part of the area supplied"


@dataclass(frozen=True, slots=True)
class PublicArea:
    name: str
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None


def area_around(places: Sequence[Place], whole: Sequence[Place]) -> PublicArea:
    """`places` lost supply, `whole` is everywhere that is supplied; without positions there are no more than words."""
    if not places or not whole:
        return PublicArea(UNKNOWN_AREA)
    middle, centre = _middle(places), _middle(whole)
    shown = round(middle[0], POSITION_DIGITS), round(middle[1], POSITION_DIGITS)
    reach_km = max(distance_km(shown, place) for place in places)
    radius_km = max(LEAST_RADIUS_KM, math.ceil(reach_km / STEP_KM) * STEP_KM)
    return PublicArea(_side(middle, centre, _reach(whole, centre)), shown[0], shown[1], radius_km)


def distance_km(one: Place, other: Place) -> float:
    north, east = _offset_km(one, other)
    return math.hypot(north, east)


def _offset_km(one: Place, other: Place) -> tuple[float, float]:
    """From the one to the other; on the few kilometres of a city the ground is flat."""
    north = (other[0] - one[0]) * KM_PER_DEGREE
    east = (other[1] - one[1]) * KM_PER_DEGREE * math.cos(math.radians((one[0] + other[0]) / 2))
    return north, east


def _middle(places: Sequence[Place]) -> Place:
    return sum(place[0] for place in places) / len(places), sum(place[1] for place in places) / len(places)


def _reach(whole: Sequence[Place], centre: Place) -> float:
    return max(distance_km(centre, place) for place in whole)


def _side(middle: Place, centre: Place, reach_km: float) -> str:
    north, east = _offset_km(centre, middle)
    if math.hypot(north, east) <= CENTRAL_SHARE * reach_km:
        return "Centre of the city"
    eighth = round(math.degrees(math.atan2(east, north)) / 45) % len(SIDES)
    return f"{SIDES[eighth]} of the city"
