from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

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
from apps.telemetry.api.export_files import FORMS, RAW, RESOLUTION_NAMES
from apps.telemetry.api.history import AN_INSTANT, points_named, span
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.selectors.export import MAX_POINTS, ExportRefused, check_export, exported


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
            OpenApiParameter("resolution", str, enum=list(RESOLUTION_NAMES), description="Default: raw."),
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
        resolution = RESOLUTION_NAMES[_one_of("resolution", query.get("resolution", RAW), list(RESOLUTION_NAMES))]
        form = _one_of("format", query.get("format", "csv"), list(FORMS))
        try:
            check_export(points=points, start=start, end=end, resolution=resolution)
        except ExportRefused as refusal:
            raise ValidationError({refusal.field: refusal.remedy}) from refusal
        media_type, written = FORMS[form]
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
