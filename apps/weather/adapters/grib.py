"""GRIB2, if the optional extra is installed: the points of a field that lie nearest to the known places."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.weather.adapters.parsed import (
    FileRefused,
    ParsedRun,
    ParsedSeries,
    Place,
    checked,
    checked_instant,
    step_of,
)
from apps.weather.adapters.units import converted, from_components, of_each_step
from apps.weather.choices import Variable

try:
    from cfgrib import DatasetBuildError, open_datasets
except (ImportError, RuntimeError):  # cfgrib itself fails where the library ecCodes cannot be loaded
    DatasetBuildError, open_datasets = ValueError, None

FloatArray = npt.NDArray[np.float64]

EXTRA = "GRIB2 needs optional packages; install them beside GridOps with 'pip install cfgrib xarray'"
# Short names of ecCodes: ours, and whether the value is a sum since the run's begin.
NAMES: dict[str, tuple[Variable, bool]] = {
    "2t": (Variable.TEMPERATURE_C, False),
    "t2m": (Variable.TEMPERATURE_C, False),
    "ssrd": (Variable.GHI_W_M2, True),
    "tp": (Variable.PRECIPITATION_MM, True),
    "tcc": (Variable.CLOUD_COVER_PERCENT, False),
    "msl": (Variable.PRESSURE_HPA, False),
    "2r": (Variable.HUMIDITY_PERCENT, False),
    "10si": (Variable.WIND_SPEED_M_S, False),
    "100si": (Variable.WIND_SPEED_100M_M_S, False),
    "i10fg": (Variable.GUST_M_S, False),
}
COMPONENTS = {
    "10u": ("10v", Variable.WIND_SPEED_M_S, Variable.WIND_DIRECTION_DEG),
    "100u": ("100v", Variable.WIND_SPEED_100M_M_S, Variable.WIND_DIRECTION_100M_DEG),
}
_SAME = {"u10": "10u", "v10": "10v", "u100": "100u", "v100": "100v", "fg10": "i10fg"}
EDITION = 2
MOST_POINTS = 10_000_000  # of one variable, steps and all
FURTHEST_DEG = 0.6  # beyond it a place is outside the field


@dataclass(frozen=True, slots=True)
class Field:
    """One variable of one run: steps x latitudes x longitudes. `step_s` counts from the issue."""

    name: str
    unit: str
    issued_at: datetime
    member: int
    step_s: npt.NDArray[np.int64]
    latitude: FloatArray
    longitude: FloatArray
    values: FloatArray


def parse(content: bytes, places: Sequence[Place]) -> list[ParsedRun]:
    """Raises FileRefused."""
    if open_datasets is None:
        raise FileRefused("the file", EXTRA)
    _check_whole(content)
    if not places:
        raise FileRefused("the file", "no place is known yet; add the locations whose points shall be read")
    with tempfile.NamedTemporaryFile(suffix=".grib2") as file:
        file.write(content)
        file.flush()
        try:
            datasets = open_datasets(file.name, backend_kwargs={"indexpath": ""})
            return at_places([one for data in datasets for one in _fields(data)], places)
        except (ValueError, KeyError, EOFError, OSError, DatasetBuildError) as error:
            raise FileRefused("the file", f"this GRIB file cannot be read: {str(error)[:150]}") from None


def _check_whole(content: bytes) -> None:
    """Message by message: the reader would leave out a broken one and take the rest."""
    place = 0
    while place < len(content):
        head = content[place : place + 16]
        end = place + int.from_bytes(head[8:], "big")
        if len(head) < 16 or not head.startswith(b"GRIB") or head[7] != EDITION:
            raise FileRefused(f"byte {place}", "no message of GRIB edition 2 begins here; save the file again")
        if end > len(content) or content[end - 4 : end] != b"7777":
            raise FileRefused(f"byte {place}", "the GRIB message that begins here is not whole; save the file again")
        place = end


def _fields(data: Any) -> Iterable[Field]:
    for name in data.data_vars:
        row = data[name]
        sizes = dict(row.sizes)
        if set(sizes) - {"step", "latitude", "longitude"} or row.size > MOST_POINTS:
            continue  # levels, members and irregular fields are not read
        values = row.expand_dims("step") if "step" not in sizes else row
        values = values.transpose("step", "latitude", "longitude")
        steps = np.atleast_1d(row["step"].values) / np.timedelta64(1, "s")
        issued = datetime.fromtimestamp(int(row["time"].values.astype("datetime64[s]").astype(np.int64)), UTC)
        yield Field(
            name=str(row.attrs.get("GRIB_shortName", name)),
            unit=str(row.attrs.get("GRIB_units", row.attrs.get("units", ""))),
            issued_at=issued,
            member=0,
            step_s=np.asarray(steps, dtype=np.int64),
            latitude=np.asarray(row["latitude"].values, dtype=np.float64),
            longitude=np.asarray(row["longitude"].values, dtype=np.float64),
            values=np.asarray(values.values, dtype=np.float64),
        )


def at_places(fields: Sequence[Field], places: Sequence[Place]) -> list[ParsedRun]:
    """What the fields say at the grid points nearest to the places. Raises FileRefused."""
    runs: dict[datetime, ParsedRun] = {}
    by_name = {(_SAME.get(one.name, one.name), one.issued_at): one for one in fields}
    for place in places:
        for (name, issued_at), one in by_name.items():
            found = _series(name, one, by_name, place)
            if found:
                checked_instant(issued_at, f"{name}, time")
                runs.setdefault(issued_at, ParsedRun(issued_at, None)).series.extend(found)
    if not runs:
        known = ", ".join([*NAMES, *COMPONENTS])
        raise FileRefused("the file", f"no known variable on a regular grid near a known location; known are {known}")
    return list(runs.values())


def _series(name: str, one: Field, by_name: dict[tuple[str, datetime], Field], place: Place) -> list[ParsedSeries]:
    values = _nearest(one, place)
    if values is None:
        return []
    step_s = step_of(one.step_s, f"{name}, step")
    begin = one.issued_at + timedelta(seconds=int(one.step_s[0]))
    if name in COMPONENTS:
        other_name, speed, direction = COMPONENTS[name]
        other = by_name.get((other_name, one.issued_at))
        other_values = _nearest(other, place) if other is not None else None
        if other_values is None or len(other_values) != len(values):
            raise FileRefused(name, f"it is told without {other_name} at the same times")
        both = zip((speed, direction), from_components(values, other_values), strict=True)
        return [ParsedSeries(place, v, one.member, begin, step_s, checked(v, x, name)) for v, x in both]
    if name not in NAMES:
        return []
    variable, is_sum = NAMES[name]
    if is_sum:  # stamped at the end of its step; the first one is kept only if the sum began with it
        values = of_each_step(values)
        values[0] = values[0] if one.step_s[0] == step_s else np.nan
        begin -= timedelta(seconds=step_s)
    values = converted(variable, values, one.unit, f"{name}, unit", step_s=step_s)
    return [ParsedSeries(place, variable, one.member, begin, step_s, checked(variable, values, name))]


def _nearest(one: Field, place: Place) -> FloatArray | None:
    if place.latitude is None or place.longitude is None:
        return None
    east = (one.longitude - place.longitude + 180.0) % 360.0 - 180.0
    row, column = int(np.abs(one.latitude - place.latitude).argmin()), int(np.abs(east).argmin())
    if abs(one.latitude[row] - place.latitude) > FURTHEST_DEG or abs(east[column]) > FURTHEST_DEG:
        return None
    return one.values[:, row, column].copy()
