"""Stored series <-> arrays on the grid that is asked for."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from apps.weather.choices import AVERAGED, DIRECTIONS, SUMMED, Variable
from apps.weather.models import WeatherSeries
from gridops.engine.timeseries.regrid import Course, regrid

FloatArray = npt.NDArray[np.float64]
STORED = np.dtype("<f4")
Piece = tuple[float, int, bytes]  # unix seconds of its begin, step, values


def stored(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, dtype=STORED).tobytes()


def values_of(series: WeatherSeries) -> FloatArray:
    return np.frombuffer(bytes(series.values), dtype=STORED).astype(np.float64)


def on_grid(series: WeatherSeries, *, starts_at: datetime, steps: int, step_s: int) -> FloatArray:
    return regrid(
        values_of(series),
        starts_s=series.starts_at.timestamp(),
        step_s=float(series.step_s),
        to_starts_s=starts_at.timestamp(),
        to_step_s=float(step_s),
        steps=steps,
        course=course_of(Variable(series.variable)),
    )


def joined(pieces: Sequence[Piece], *, variable: Variable, starts_at: datetime, steps: int, step_s: int) -> FloatArray:
    """Pieces of one variable, oldest first, laid upon each other and told on one grid; finer steps first."""
    result = np.full(steps, np.nan)
    for source_step in sorted({step for _, step, _ in pieces}):
        begin, values = _laid([piece for piece in pieces if piece[1] == source_step], source_step)
        fresh = regrid(
            values,
            starts_s=begin,
            step_s=float(source_step),
            to_starts_s=starts_at.timestamp(),
            to_step_s=float(step_s),
            steps=steps,
            course=course_of(variable),
        )
        result = np.where(np.isnan(result), fresh, result)
    return result


def _laid(pieces: Sequence[Piece], step_s: int) -> tuple[float, FloatArray]:
    parts = [(begin, np.frombuffer(values, dtype=STORED)) for begin, _, values in pieces]
    first = min(begin for begin, _ in parts)
    # Whole steps: a piece that stands a little off is read as on the nearest one.
    places = [(round((begin - first) / step_s), values) for begin, values in parts]
    row = np.full(max(place + len(values) for place, values in places), np.nan)
    for place, values in places:
        target = row[place : place + len(values)]
        target[:] = np.where(np.isfinite(values), values, target)
    return first, row


def course_of(variable: Variable) -> Course:
    if variable in SUMMED:
        return Course.SUM
    if variable in DIRECTIONS:
        return Course.DIRECTION
    return Course.MEAN if variable in AVERAGED else Course.INSTANT
