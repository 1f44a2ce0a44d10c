"""Stored blocks <-> arrays; a price holds over its whole step."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
STORED = np.dtype("<f8")
LONGEST = timedelta(days=7)  # of a block, so that who reads a day reads little
Piece = tuple[datetime, bytes]  # begin, values
Part = tuple[datetime, FloatArray]


def stored(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, dtype=STORED).tobytes()


def overlaid(pieces: Sequence[Piece], *, step_s: int, starts_at: datetime, steps: int) -> FloatArray:
    """Blocks of one series, oldest knowledge first, on its own steps; nan where none of them says anything."""
    whole = np.full(steps, np.nan)
    for begin, content in pieces:
        values = np.frombuffer(content, STORED)
        place = round((begin - starts_at).total_seconds() / step_s)
        first, end = max(place, 0), min(place + len(values), steps)
        if end > first:
            fresh, target = values[first - place : end - place], whole[first:end]
            target[:] = np.where(np.isfinite(fresh), fresh, target)
    return whole


def averaged(values: FloatArray, *, step_s: int, offset_s: float, to_step_s: int, steps: int) -> FloatArray:
    """The mean over each target step, weighted by time; nan where a part of it is not known.

    offset_s: from the begin of the values to that of the first target step.
    """
    edges = np.clip((offset_s + to_step_s * np.arange(steps + 1)) / step_s, 0, len(values))
    at, is_known = np.arange(len(values) + 1), np.isfinite(values)
    total = np.interp(edges, at, np.concatenate(([0.0], np.cumsum(np.where(is_known, values, 0.0)))))
    known = np.interp(edges, at, np.concatenate(([0.0], np.cumsum(is_known))))
    size = to_step_s / step_s
    result = np.full(steps, np.nan)
    is_whole = np.diff(known) >= size * (1 - 1e-9)
    result[is_whole] = np.diff(total)[is_whole] / size
    return np.where(is_whole, _exact(values, edges, result), np.nan)


def _exact(values: FloatArray, edges: FloatArray, means: FloatArray) -> FloatArray:
    """Within one source step the price itself, without what sums round away."""
    if not len(values):
        return means
    first = np.minimum(np.floor(edges[:-1] + 1e-9).astype(np.int64), len(values) - 1)
    return np.where(edges[1:] <= first + 1 + 1e-9, values[first], means)


def cut(values: FloatArray, *, starts_at: datetime, step_s: int, at: Sequence[datetime]) -> list[Part]:
    """Parts that hold something, cut at these instants and after LONGEST, without their empty ends."""
    most = int(LONGEST.total_seconds()) // step_s
    places = {round((moment - starts_at).total_seconds() / step_s) for moment in at}
    cuts = sorted({place for place in places | set(range(0, len(values), most)) if 0 < place < len(values)})
    parts = zip([0, *cuts], np.split(values, cuts), strict=True)
    return [found for place, part in parts if (found := _trimmed(part, starts_at, step_s, place))]


def _trimmed(part: FloatArray, starts_at: datetime, step_s: int, place: int) -> Part | None:
    known = np.flatnonzero(np.isfinite(part))
    if not known.size:
        return None
    begin = starts_at + timedelta(seconds=step_s * (place + int(known[0])))
    return begin.astimezone(UTC), part[known[0] : known[-1] + 1]
