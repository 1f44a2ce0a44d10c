"""Columns that physics adds to those of a file: speed and direction of winds, sun, irradiance and power of panels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting import Record
from gridops.engine.forecasting.physical import Site, clearness, plane_irradiance, pv_power, sun

__all__ = ["Plant", "Site", "with_others", "with_physics"]
FloatArray = npt.NDArray[np.float64]
_KELVIN = 273.15
_SURELY_KELVIN = 150.0
_HUB = "speed_"


@dataclass(frozen=True, slots=True)
class Plant:
    """`radiation`, `temperature`: names of columns known ahead; empty: there is none. Global horizontal, W/m2."""

    site: Site | None = None
    radiation: str = ""
    temperature: str = ""
    accumulated: Sequence[str] = ()


def with_physics(record: Record, plant: Plant) -> Record:
    """The record with those columns beside what is known ahead. Accumulated columns become means of their step."""
    columns = dict(zip(record.ahead_names, record.ahead.T, strict=True)) if record.ahead_names else {}
    for name in plant.accumulated:
        columns[name] = _rates(columns[name], record.clock.step_s)
    columns |= dict(_winds(columns))
    if plant.site:
        columns |= _light(record, plant, plant.site, columns)
    if not columns:
        return record
    size = record.clock.size
    padded = [np.pad(one, (0, size - len(one)), constant_values=np.nan) for one in columns.values()]
    return replace(record, ahead=np.column_stack(padded), ahead_names=tuple(columns))


def with_others(record: Record, others: Sequence[Record], shared: Sequence[str]) -> Record:
    """The record with columns known ahead of other series, those of `shared` or all, as name_of_0 and on."""
    size = record.clock.size
    for number, other in enumerate(others):
        kept = [name for name in other.ahead_names if not shared or name in shared]
        back = (record.clock.start_s - other.clock.start_s) // record.clock.step_s
        columns = [_laid(other.ahead[:, other.ahead_names.index(name)], back, size) for name in kept]
        ahead = [_laid(one, 0, size) for one in record.ahead.T] if record.ahead_names else []
        names = (*record.ahead_names, *(f"{name}_of_{number}" for name in kept))
        record = replace(record, ahead=np.column_stack([*ahead, *columns]), ahead_names=names)
    return record


def _laid(values: FloatArray, back: int, size: int) -> FloatArray:
    """So that its position `back` becomes the first."""
    found = np.full(size, np.nan)
    begin, end = max(-back, 0), min(size, len(values) - back)
    if end > begin:
        found[begin:end] = values[begin + back : end + back]
    return found


def _rates(values: FloatArray, step_s: int) -> FloatArray:
    """A sum that grows from step to step and now and then begins anew; per second."""
    grown = np.diff(values, prepend=np.nan)
    return np.where(grown < 0, values, grown) / step_s


def _winds(columns: dict[str, FloatArray]) -> Iterator[tuple[str, FloatArray]]:
    """Of pairs u…, v…: towards east and north."""
    for name, east in columns.items():
        north = columns.get("v" + name[1:]) if name.startswith("u") else None
        if north is not None:
            yield _HUB + name[1:], np.hypot(east, north)
            yield "direction_" + name[1:], np.degrees(np.arctan2(-east, -north)) % 360


def _light(record: Record, plant: Plant, site: Site, columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
    clock = record.clock
    middle = clock.start_s + np.arange(clock.size) * clock.step_s + clock.step_s // 2
    above = sun(site, middle)
    found = {"sun_elevation": above.elevation_deg, "sun_azimuth": above.azimuth_deg, "clear_sky": above.clear_wm2}
    if not plant.radiation:
        return found
    known = columns[plant.radiation]
    ghi = np.pad(known, (0, clock.size - len(known)), constant_values=np.nan)
    plane = plane_irradiance(site, middle, ghi)
    wind = next((one for name, one in columns.items() if name.startswith(_HUB)), None)
    air = columns.get(plant.temperature)
    power = pv_power(plane[: len(known)], None if air is None else _celsius(air), wind)
    return found | {"plane": plane, "clearness": clearness(ghi, above.clear_wm2), "pv": power}


def _celsius(values: FloatArray) -> FloatArray:
    return values - _KELVIN if np.nanmedian(values) > _SURELY_KELVIN else values
