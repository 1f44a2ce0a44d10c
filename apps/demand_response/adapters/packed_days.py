"""Meter days as Postgres sends an array in binary: thousands of them become arrays of kW at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

STEP_S = 900
HOUR_S = 3600.0
_HEAD = 20  # dimensions, whether there are nulls, type, length, lower bound
_NULLS = 4
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">f8")])

Row = tuple[int, datetime, int, bytes | memoryview]  # usage point, begin of the day, seconds of a step, array_send(kwh)


def kw_of_points(
    rows: Iterable[Row], places: Mapping[int, int], *, starts_at: datetime, steps: int
) -> npt.NDArray[np.float64]:
    """places x steps of a quarter of an hour, kW; NaN where no row tells. Hourly readings are spread evenly."""
    kw = np.full((len(places), steps), np.nan)
    alike: dict[tuple[int, int], list[tuple[int, int, bytes]]] = defaultdict(list)
    begin = starts_at.timestamp()
    for point, at, step_s, packed in rows:
        data = bytes(packed)
        if len(data) > _HEAD and not int.from_bytes(data[_NULLS : 2 * _NULLS]):
            alike[step_s, len(data)].append((places[point], int((at.timestamp() - begin) // STEP_S), data))
    for (step_s, _), group in alike.items():
        _lay(kw, _quarters(np.stack([_values(data) for _, _, data in group]), step_s), group)
    return kw


def _values(data: bytes) -> FloatArray:
    return np.frombuffer(data, _ELEMENT, offset=_HEAD)["value"].astype(float)


def _quarters(kwh: FloatArray, step_s: int) -> FloatArray:
    """Mean kW by quarter of an hour of rows of kWh; of other steps than whole multiples or parts nothing is known."""
    kw = kwh * (HOUR_S / step_s)
    if step_s % STEP_S == 0:
        return np.asarray(np.repeat(kw, step_s // STEP_S, axis=1))
    if STEP_S % step_s:
        return np.full((len(kwh), kwh.shape[1] * step_s // STEP_S), np.nan)
    each = STEP_S // step_s
    whole = kw.shape[1] // each
    return np.asarray(kw[:, : whole * each].reshape(len(kw), whole, each).mean(axis=2))


def _lay(kw: FloatArray, values: FloatArray, group: list[tuple[int, int, bytes]]) -> None:
    rows = np.array([place for place, _, _ in group])[:, None]
    columns = np.array([first for _, first, _ in group])[:, None] + np.arange(values.shape[1])
    inside = (columns >= 0) & (columns < kw.shape[1])
    kw[np.broadcast_to(rows, columns.shape)[inside], columns[inside]] = values[inside]
