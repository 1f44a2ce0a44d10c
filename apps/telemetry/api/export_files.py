"""The forms in which history leaves as a file, slice by slice."""

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow import ipc

from apps.telemetry.adapters import Rows, quality_in_words
from apps.telemetry.choices import DataClass
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.export import RESOLUTIONS
from gridops.spreadsheet import SheetWriter

Part = list[tuple[MeasurementPoint, Rows]]
Columns = dict[str, Any]
RAW = "raw"
RESOLUTION_NAMES = {RAW if one is DataClass.SAMPLES else one.value: one for one in RESOLUTIONS}
_LINES_AT_ONCE = 5_000  # between two of them others may run
_TIME = (np.int64, na.timestamp("us", "UTC", nullable=False))
_WHOLE, _SHORT, _REAL = (np.int32, na.int32(False)), (np.int16, na.int16(False)), (np.float64, na.float64())


def _types(resolution: DataClass) -> Mapping[str, tuple[Any, na.Schema]]:
    """Of every column how it lies in memory and what it is called in the file."""
    if resolution is DataClass.SAMPLES:
        return {"time": _TIME, "point": _WHOLE, "value": _REAL, "quality": _SHORT, "received_at": _TIME}
    values = {"mean": _REAL, "min": _REAL, "max": _REAL, "count": _WHOLE}
    return {"time": _TIME, "point": _WHOLE, **values, "quality": _SHORT}


def _columns(part: Part, resolution: DataClass) -> Columns:
    def joined(column: Callable[[Rows], Any]) -> Any:
        return np.concatenate([column(rows) for _, rows in part])

    sources: dict[str, Callable[[], Any]] = {
        "time": lambda: joined(lambda rows: rows.at_us),
        "point": lambda: np.repeat([point.pk for point, _ in part], [len(rows) for _, rows in part]),
        "value": lambda: joined(lambda rows: rows.mean),
        "mean": lambda: joined(lambda rows: rows.mean),
        "min": lambda: joined(lambda rows: rows.minimum),
        "max": lambda: joined(lambda rows: rows.maximum),
        "count": lambda: joined(lambda rows: rows.count),
        "quality": lambda: joined(lambda rows: rows.quality),
        "received_at": lambda: joined(lambda rows: rows.received_us),
    }
    return {name: sources[name]().astype(kind, copy=False) for name, (kind, _) in _types(resolution).items()}


def _arrow(parts: Iterator[Part], points: Sequence[MeasurementPoint], resolution: DataClass) -> Iterator[bytes]:
    schema, sink = _schema(points, resolution), io.BytesIO()
    with ipc.StreamWriter.from_writable(sink) as stream:
        stream.write_stream(na.c_array_stream(na.Array.from_chunks([], schema)))
        yield _taken(sink)
        for part in parts:
            if part:
                stream.write_array(_batch(_columns(part, resolution), schema))
                yield _taken(sink)
    yield _taken(sink)


def _schema(points: Sequence[MeasurementPoint], resolution: DataClass) -> na.Schema:
    fields = {name: kind for name, (_, kind) in _types(resolution).items()}
    known = {str(point.pk): {"mrid": str(point.mrid), "name": point.name, "unit": point.unit} for point in points}
    metadata = {"points": json.dumps(known), "resolution": _name(resolution)}
    return na.Schema(na.Type.STRUCT, fields=fields, nullable=False, metadata=metadata)


def _name(resolution: DataClass) -> str:
    return next(name for name, one in RESOLUTION_NAMES.items() if one is resolution)


def _batch(columns: Columns, schema: na.Schema) -> Any:
    arrays = [_array(columns[field.name], field) for field in schema.fields]
    return na.c_array_from_buffers(schema, len(columns["time"]), [None], children=arrays)


def _array(values: Any, field: na.Schema) -> Any:
    """What is not known is null: a bit each says what is known."""
    known = ~np.isnan(values) if values.dtype == np.float64 else np.ones(len(values), bool)
    bits = None if known.all() else np.packbits(known, bitorder="little")
    return na.c_array_from_buffers(field, len(values), [bits, values])


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


def _csv(parts: Iterator[Part], points: Sequence[MeasurementPoint], resolution: DataClass) -> Iterator[bytes]:
    """With everything a reader of one line needs."""
    values = [name for name in _types(resolution) if name not in ("time", "point", "quality", "received_at")]
    last = ["received_at"] if resolution is DataClass.SAMPLES else []
    names = ["time", "point", "name", *values, "unit", "quality", *last]
    yield (",".join(names) + "\n").encode()
    known, words = {point.pk: point for point in points}, cache(quality_in_words)
    for part in parts:
        columns = _columns(part, resolution) if part else {"time": ()}
        for first in range(0, len(columns["time"]), _LINES_AT_ONCE):
            here = {name: column[first : first + _LINES_AT_ONCE] for name, column in columns.items()}
            yield _lines(_in_words(here, known, words), names)


def _lines(columns: Columns, names: Sequence[str]) -> bytes:
    sink = io.StringIO()
    SheetWriter(sink, lineterminator="\n").writerows(zip(*(columns[name] for name in names), strict=True))
    return sink.getvalue().encode()


def _in_words(columns: Columns, points: Mapping[int, MeasurementPoint], words: Callable[[int], str]) -> Columns:
    said = {name: _said(column) for name, column in columns.items()}
    of = [points[key] for key in said["point"]]
    return said | {
        "point": [str(point.mrid) for point in of],
        "name": [point.name for point in of],
        "unit": [point.unit for point in of],
        "quality": [words(bits) for bits in said["quality"]],
    }


def _said(column: Any) -> list[Any]:
    if column.dtype == np.int64:
        return [f"{at}Z" for at in np.datetime_as_string(column.view("M8[us]"))]
    if column.dtype == np.float64:
        return [None if math.isnan(value) else value for value in column.tolist()]
    return list(column.tolist())


Written = Callable[[Iterator[Part], Sequence[MeasurementPoint], DataClass], Iterator[bytes]]
FORMS: dict[str, tuple[str, Written]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "arrow": ("application/vnd.apache.arrow.stream", _arrow),
}
