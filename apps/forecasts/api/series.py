"""Series and what is forecast of them."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.forecasts.api.queries import ActualQuery, AtQuery, ForecastQuery, SeriesListQuery, read, series_or_404
from apps.forecasts.api.serializers import (
    ForecastProblemSerializer,
    SeriesActualSerializer,
    SeriesForecastSerializer,
    SeriesPageSerializer,
    SeriesRowSerializer,
)
from apps.forecasts.choices import Horizon
from apps.forecasts.models import Series
from apps.forecasts.selectors import fan, registry
from apps.forecasts.selectors.desk import newest_run, rows_of, series_list
from apps.forecasts.selectors.issues import issue_times
from gridops.spreadsheet import SheetWriter

FORMS = ("json", "csv")
BACK = timedelta(days=2)


class ForecastApi(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]


class AsAsked(BaseContentNegotiation):
    """`format` names the form of the answer here, not one of the usual renderers."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers))

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None) -> Any:
        first = next(iter(renderers))
        return first, first.media_type


class SeriesListView(ForecastApi):
    @extend_schema(
        operation_id="forecasts_series_list",
        parameters=[SeriesListQuery],
        responses={200: SeriesPageSerializer, 400: ForecastProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        """Each with its newest forecast, its skill and what is amiss; the whole before its parts."""
        asked = read(SeriesListQuery, request)
        rows = series_list(asked["asked"], as_of=asked["at"])
        first, size = asked["offset"], asked["limit"]
        run, training = newest_run(as_of=asked["at"]), registry.newest_training(as_of=asked["at"])
        page = {
            "count": rows.count(),
            "limit": size,
            "offset": first,
            "as_of": asked["at"],
            "run": registry.run_document(run) if run else None,
            "training": registry.training_document(training, as_of=asked["at"]) if training else None,
        }
        return Response(page | {"results": rows_of(list(rows[first : first + size]), as_of=asked["at"])})


class SeriesView(ForecastApi):
    @extend_schema(parameters=[AtQuery], responses={200: SeriesRowSerializer, 404: ForecastProblemSerializer})
    def get(self, request: Request, series_id: int) -> Response:
        asked = read(AtQuery, request)
        return Response(rows_of([series_or_404(series_id)], as_of=asked["at"])[0])


class SeriesForecastView(ForecastApi):
    content_negotiation_class = AsAsked

    @extend_schema(
        parameters=[ForecastQuery, OpenApiParameter("format", str, enum=FORMS, description="Default: json.")],
        responses={
            200: SeriesForecastSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            400: ForecastProblemSerializer,
            404: ForecastProblemSerializer,
        },
    )
    def get(self, request: Request, series_id: int) -> Response | HttpResponse:
        """All quantiles of one issue: the model's own, and as overrides left them."""
        asked, form = read(ForecastQuery, request), _form(request)
        series = series_or_404(series_id)
        as_of = min(asked["as_of"] or asked["at"], asked["at"])
        found = fan.forecast_document(series, as_of=as_of, seen_at=asked["at"], horizon=asked["horizon"])
        if found is None:
            raise Http404("Nothing of this horizon had been issued for this series by then.")
        return _file(series, found) if form == "csv" else Response(found)


def _form(request: Request) -> str:
    form = request.query_params.get("format", "json")
    if form not in FORMS:
        raise ValidationError({"format": [f"Choose one of: {', '.join(FORMS)}."]})
    return form


def _file(series: Series, found: dict[str, Any]) -> HttpResponse:
    sink = io.StringIO()
    SheetWriter(sink, lineterminator="\n").writerows(_lines(found))
    issued = found["issue"]["as_of"].astimezone(UTC)
    name = f"forecast_{series.pk}_{series.quantity}_{issued:%Y%m%dT%H%M%SZ}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(sink.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _lines(found: dict[str, Any]) -> Iterator[list[Any]]:
    """The effective values beside the model's own where a person overrode it."""
    groups = [("", found["quantiles"])] + ([("effective_", found["effective"])] if found["effective"] else [])
    yield ["time", *(f"{prefix}p{float(level) * 100:g}_kw" for prefix, columns in groups for level in columns)]
    for row, at in enumerate(found["t"]):
        values = [column[row] for _, columns in groups for column in columns.values()]
        yield [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}", *values]


class SeriesIssuesView(ForecastApi):
    @extend_schema(
        parameters=[ActualQuery],
        responses={200: OpenApiTypes.OBJECT, 400: ForecastProblemSerializer, 404: ForecastProblemSerializer},
    )
    def get(self, request: Request, series_id: int) -> Response:
        """When forecasts were issued, newest first: `as_of` of each leads to it."""
        asked = read(ActualQuery, request)
        end = min(asked["to"] or asked["at"], asked["at"])
        series, start = series_or_404(series_id), asked["from"] or end - BACK
        times = {horizon.value: issue_times(series, start=start, end=end, horizon=horizon) for horizon in Horizon}
        return Response({"series": series.pk, "issues": times})


class SeriesActualView(ForecastApi):
    @extend_schema(
        parameters=[ActualQuery],
        responses={200: SeriesActualSerializer, 400: ForecastProblemSerializer, 404: ForecastProblemSerializer},
    )
    def get(self, request: Request, series_id: int) -> Response:
        """What it was, and what had been said of it some hours before."""
        asked = read(ActualQuery, request)
        series, now = series_or_404(series_id), timezone.now()
        end = asked["to"] or asked["at"]
        start = asked["from"] or end - BACK
        if not timedelta(0) < end - start <= timedelta(days=40):
            raise ValidationError({"from": ["Choose a time before 'to' and at most 40 days before it."]})
        found = fan.actual_document(series, start=start, end=end, as_of=min(asked["at"], now), leads_h=asked["leads_h"])
        faults = fan.faults_of(series, start=start, end=end, as_of=asked["at"])
        return Response(found | {"faults": faults})
