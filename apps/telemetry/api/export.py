import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry.adapters import Rows, quality_in_words
from apps.telemetry.api.history import AN_INSTANT, points_named, span
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.choices import DataClass
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.export import MAX_POINTS, RESOLUTIONS, ExportRefused, check_export, exported

Part = list[tuple[MeasurementPoint, Rows]]
_RAW = "raw"
_RESOLUTIONS = {_RAW if one is DataClass.SAMPLES else one.value: one for one in RESOLUTIONS}
_TIME = pa.timestamp("us", tz="UTC")
_VALUES = {"mean": pa.float64(), "min": pa.float64(), "max": pa.float64(), "count": pa.int32()}


class _AsAsked(BaseContentNegotiation):
    """`format` names the form of the file here, not one of the usual renderers, which only tell of problems."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers))

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None) -> Any:
        first = next(iter(renderers))
        return first, first.media_type


class ExportView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]
    content_negotiation_class = _AsAsked

    @extend_schema(
        parameters=[
            OpenApiParameter("points", str, required=True, description=f"1 to {MAX_POINTS} ids, separated by commas."),
            OpenApiParameter("from", AN_INSTANT, description="Default: one hour before 'to'."),
            OpenApiParameter("to", AN_INSTANT, description="Default: now."),
            OpenApiParameter("resolution", str, enum=list(_RESOLUTIONS), description="Default: raw."),
            OpenApiParameter("format", str, enum=["csv", "arrow"], description="Default: csv."),
        ],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/vnd.apache.arrow.stream"): OpenApiTypes.BINARY,
            400: ProblemSerializer,
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """A file of at most five million rows, sent while it is read. Times are UTC; of a bucket its begin."""
        query = request.query_params
        points = points_named(query.get("points", ""), most=MAX_POINTS)
        start, end = span(query)
        resolution = _RESOLUTIONS[_one_of("resolution", query.get("resolution", _RAW), list(_RESOLUTIONS))]
        form = _one_of("format", query.get("format", "csv"), list(_FORMS))
        try:
            check_export(points=points, start=start, end=end, resolution=resolution)
        except ExportRefused as refusal:
            raise ValidationError({refusal.field: refusal.remedy}) from refusal
        media_type, written = _FORMS[form]
        parts = exported(points=points, start=start, end=end, resolution=resolution)
        content = written(parts, points, resolution)
        is_async = isinstance(request._request, ASGIRequest)
        response = StreamingHttpResponse(_one_by_one(content) if is_async else content, content_type=media_type)
        name = f"gridops_{start:%Y%m%dT%H%M%SZ}_{end:%Y%m%dT%H%M%SZ}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _one_of(field: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise ValidationError({field: f"Choose one of: {', '.join(known)}."})
    return value


async def _one_by_one(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The server would gather a plain iterator as a whole."""
    take = sync_to_async(lambda: next(chunks, None))
    while (chunk := await take()) is not None:
        yield chunk


def _schema(points: Sequence[MeasurementPoint], resolution: DataClass) -> pa.Schema:
    values = {"value": pa.float64()} if resolution is DataClass.SAMPLES else _VALUES
    fields = [("time", _TIME), ("point", pa.int32()), *values.items(), ("quality", pa.int16())]
    known = {str(point.pk): {"mrid": str(point.mrid), "name": point.name, "unit": point.unit} for point in points}
    return pa.schema(fields, metadata={"points": json.dumps(known), "resolution": _name(resolution)})


def _name(resolution: DataClass) -> str:
    return next(name for name, one in _RESOLUTIONS.items() if one is resolution)


def _table(part: Part, schema: pa.Schema) -> pa.Table:
    def joined(column: Callable[[Rows], Any]) -> Any:
        return np.concatenate([column(rows) for _, rows in part])

    numbers = np.repeat([point.pk for point, _ in part], [len(rows) for _, rows in part])
    mean = joined(lambda rows: rows.mean)
    columns = {
        "time": joined(lambda rows: rows.at_us),
        "point": numbers,
        "value": mean,
        "mean": mean,
        "min": joined(lambda rows: rows.minimum),
        "max": joined(lambda rows: rows.maximum),
        "count": joined(lambda rows: rows.count),
        "quality": joined(lambda rows: rows.quality),
    }
    arrays = [pa.array(columns[field.name], from_pandas=True).cast(field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _arrow(parts: Iterator[Part], points: Sequence[MeasurementPoint], resolution: DataClass) -> Iterator[bytes]:
    schema, sink = _schema(points, resolution), io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as stream:
        yield _taken(sink)
        for part in parts:
            if part:
                stream.write_table(_table(part, schema))
                yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


def _csv(parts: Iterator[Part], points: Sequence[MeasurementPoint], resolution: DataClass) -> Iterator[bytes]:
    """With everything a reader of one line needs."""
    schema = _schema(points, resolution)
    values = [field.name for field in schema if field.name not in ("time", "point", "quality")]
    yield (",".join(["time", "point", "name", *values, "unit", "quality"]) + "\n").encode()
    for part in parts:
        if part:
            sink = io.BytesIO()
            lines = _in_words(_table(part, schema), values, {point.pk: point for point in points})
            pyarrow.csv.write_csv(lines, sink, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
            yield sink.getvalue()


def _in_words(table: pa.Table, values: list[str], points: dict[int, MeasurementPoint]) -> pa.Table:
    def named(column: str, word: Callable[[int], str]) -> pa.Array:
        coded = table[column].combine_chunks().dictionary_encode()
        return pa.DictionaryArray.from_arrays(
            coded.indices, pa.array([word(key) for key in coded.dictionary.to_pylist()], pa.string())
        ).dictionary_decode()

    columns = {
        "time": pc.strftime(table["time"], format="%Y-%m-%dT%H:%M:%SZ"),
        "point": named("point", lambda key: str(points[key].mrid)),
        "name": named("point", lambda key: points[key].name),
        **{name: table[name] for name in values},
        "unit": named("point", lambda key: points[key].unit),
        "quality": named("quality", quality_in_words),
    }
    return pa.table(columns)


_Written = Callable[[Iterator[Part], Sequence[MeasurementPoint], DataClass], Iterator[bytes]]
_FORMS: dict[str, tuple[str, _Written]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "arrow": ("application/vnd.apache.arrow.stream", _arrow),
}
