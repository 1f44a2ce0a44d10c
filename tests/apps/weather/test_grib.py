from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.weather.adapters import grib
from apps.weather.adapters.parsed import FileRefused, Place
from apps.weather.choices import Variable

ISSUE = datetime(2026, 3, 10, tzinfo=UTC)
HERE = Place("Here", 53.1, 8.2)


def field(name: str, unit: str, values: Sequence[float], first_hour: int = 1) -> grib.Field:
    """A field of 3 x 3 points whose middle one has the values."""
    whole = np.zeros((len(values), 3, 3))
    whole[:, 1, 1] = values
    steps = 3600 * np.arange(first_hour, first_hour + len(values))
    return grib.Field(
        name, unit, ISSUE, 0, steps, np.array([53.5, 53.0, 52.5]), np.array([367.75, 368.25, 368.75]), whole
    )


def test_the_nearest_point_speaks_for_a_place_and_kelvin_become_celsius() -> None:
    (run,) = grib.at_places([field("2t", "K", [283.15, 284.15])], [HERE])
    (one,) = run.series
    assert (run.issued_at, one.starts_at, one.place) == (ISSUE, ISSUE + timedelta(hours=1), HERE)
    assert one.values == pytest.approx([10, 11])


def test_radiation_summed_since_the_issue_becomes_means_that_begin_with_their_step() -> None:
    (run,) = grib.at_places([field("ssrd", "J m**-2", [360_000, 1_080_000])], [HERE])
    (one,) = run.series
    assert one.starts_at == ISSUE
    assert one.values == pytest.approx([100, 200])


def test_a_sum_whose_begin_is_not_in_the_file_leaves_its_first_step_open() -> None:
    (run,) = grib.at_places([field("ssrd", "J m**-2", [360_000, 1_080_000], first_hour=3)], [HERE])
    assert run.series[0].values == pytest.approx([np.nan, 200], nan_ok=True)


def test_u_and_v_become_speed_and_direction() -> None:
    (run,) = grib.at_places([field("u100", "m s**-1", [3, 3]), field("v100", "m s**-1", [4, 4])], [HERE])
    found = {one.variable: one.values[0] for one in run.series}
    assert found[Variable.WIND_SPEED_100M_M_S] == pytest.approx(5)
    with pytest.raises(FileRefused, match="10v"):
        grib.at_places([field("u10", "m s**-1", [3, 3])], [HERE])


def test_a_place_outside_the_field_gets_nothing() -> None:
    with pytest.raises(FileRefused, match="near a known location"):
        grib.at_places([field("2t", "K", [283.15])], [Place("Far", 40.0, 8.2)])


def test_a_wrong_unit_is_refused() -> None:
    with pytest.raises(FileRefused, match="2t"):
        grib.at_places([field("2t", "degC", [283.15, 284.15])], [HERE])


def test_without_the_extra_the_refusal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grib, "open_datasets", None)
    with pytest.raises(FileRefused, match="pip install cfgrib xarray"):
        grib.parse(b"GRIB....7777", [HERE])


def test_half_a_file_is_refused_before_anything_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grib, "open_datasets", object())
    message = b"GRIB\x00\x00\x00\x02" + (24).to_bytes(8, "big") + b"....7777"
    for content in (
        b"GRIB and then the line broke",
        message[:-4],
        message + message[:-1],
        message + b"junk",
        message[:15],
    ):
        with pytest.raises(FileRefused, match="save the file again"):
            grib.parse(content, [HERE])
