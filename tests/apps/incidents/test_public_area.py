import math

import pytest

from apps.incidents.selectors.public_area import LEAST_RADIUS_KM, UNKNOWN_AREA, area_around, distance_km

CENTRE = (53.08, 8.80)
SQUARE = [(53.08 + north, 8.80 + east) for north in (-0.1, 0.1) for east in (-0.15, 0.15)]


@pytest.mark.parametrize(
    ("north", "east", "name"),
    [
        (0.0, 0.0, "Centre of the city"),
        (0.09, 0.0, "North of the city"),
        (0.06, 0.1, "North-east of the city"),
        (0.0, 0.12, "East of the city"),
        (-0.06, -0.1, "South-west of the city"),
        (0.06, -0.1, "North-west of the city"),
    ],
)
def test_the_side_of_the_city_is_that_of_the_compass(north: float, east: float, name: str) -> None:
    assert area_around([(CENTRE[0] + north, CENTRE[1] + east)], SQUARE).name == name


def test_the_circle_holds_every_place_and_is_never_small() -> None:
    places = [(53.101, 8.832), (53.113, 8.851), (53.097, 8.874)]
    area = area_around(places, SQUARE)
    assert area.latitude is not None
    assert area.longitude is not None
    assert area.radius_km is not None
    assert all(distance_km((area.latitude, area.longitude), place) <= area.radius_km for place in places)
    single = area_around([(53.1012345, 8.8324567)], SQUARE)
    assert (single.latitude, single.longitude) == (53.10, 8.83)
    assert single.radius_km is not None
    assert single.radius_km >= LEAST_RADIUS_KM


def test_distances_are_those_of_the_sphere() -> None:
    one, other = (53.0, 8.0), (53.1, 8.2)
    (a, b), (c, d) = (tuple(map(math.radians, place)) for place in (one, other))
    haversine = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    assert distance_km(one, other) == pytest.approx(2 * 6371 * math.asin(math.sqrt(haversine)), rel=2e-3)


def test_without_positions_there_are_words_and_no_circle() -> None:
    area = area_around([], SQUARE)
    assert (area.name, area.latitude, area.radius_km) == (UNKNOWN_AREA, None, None)
