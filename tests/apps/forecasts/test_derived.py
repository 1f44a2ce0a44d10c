import numpy as np

from apps.forecasts.adapters.derived import Plant, Site, with_physics
from gridops.engine.forecasting import Clock, Record

SIZE = 48


def record(**ahead: np.ndarray) -> Record:
    clock = Clock(1_718_928_000, 3600, SIZE)
    columns = np.column_stack(list(ahead.values())) if ahead else np.empty((0, 0))
    return Record(clock, np.zeros(SIZE), ahead=columns, ahead_names=tuple(ahead))


def column(found: Record, name: str) -> np.ndarray:
    return found.ahead[:, list(found.ahead_names).index(name)]


def test_a_pair_of_wind_components_gets_speed_and_direction() -> None:
    found = with_physics(record(u10=np.full(SIZE, 3.0), v10=np.full(SIZE, -4.0)), Plant())

    assert column(found, "speed_10")[0] == 5
    assert column(found, "direction_10")[0] == np.degrees(np.arctan2(-3, 4)) % 360


def test_sums_that_begin_anew_become_means() -> None:
    total = np.tile(3600.0 * np.cumsum(np.arange(1.0, 25.0)), 2)

    found = with_physics(record(light=total), Plant(accumulated=("light",)))

    np.testing.assert_allclose(column(found, "light")[1:], np.tile(np.arange(1.0, 25.0), 2)[1:])


def test_a_site_brings_the_sun_and_radiation_brings_power() -> None:
    plant = Plant(Site(52.5, 13.4), radiation="ghi", temperature="air")
    found = with_physics(record(ghi=np.full(SIZE, 300.0), air=np.full(SIZE, 290.0)), plant)

    assert found.ahead_names[-6:] == ("sun_elevation", "sun_azimuth", "clear_sky", "plane", "clearness", "pv")
    assert 0.2 < column(found, "pv")[11] < 0.5
    assert with_physics(record(), Plant(Site(52.5, 13.4))).ahead_names == ("sun_elevation", "sun_azimuth", "clear_sky")


def test_a_record_without_anything_known_ahead_is_left_alone() -> None:
    one = record()

    assert with_physics(one, Plant()) is one
