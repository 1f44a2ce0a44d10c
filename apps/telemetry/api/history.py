from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry.api.problems import ProblemSerializer
from apps.telemetry.choices import DataClass
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.history import KNOWN_AT_SPAN, MAX_POINTS, MAX_SPAN, MAX_WIDTH, Series, samples_of
from gridops.database_paths import bears_lag

AN_INSTANT: Any = {"type": "string", "format": "date-time"}
_INSTANT_REMEDY = "Give an ISO 8601 instant with its offset, such as 2026-01-31T12:00:00Z."


class WidthQuery(serializers.Serializer):
    width = serializers.IntegerField(
        min_value=1, max_value=MAX_WIDTH, default=1000, help_text="Pixels to fill; chooses the resolution."
    )


class SeriesSerializer(serializers.Serializer):
    unit = serializers.CharField()
    resolution = serializers.ChoiceField(choices=DataClass.choices, help_text="What the answer is made of.")
    resolution_s = serializers.FloatField(help_text="Length of a bucket; 0: every sample, min = max = mean.")
    t = serializers.ListField(
        child=serializers.FloatField(), help_text="Seconds since 1970, UTC; the begin of a bucket."
    )
    min = serializers.ListField(child=serializers.FloatField(allow_null=True))
    max = serializers.ListField(child=serializers.FloatField(allow_null=True))
    mean = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="By time. Null: silent, or nothing valid."
    )
    quality = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="The worst; null where the point was silent."
    )
    count = serializers.ListField(child=serializers.IntegerField(), help_text="Valid samples.")


class PenSerializer(SeriesSerializer):
    point = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()


class PensSerializer(serializers.Serializer):
    series = PenSerializer(many=True)


_SPAN: list[OpenApiParameter | type[serializers.Serializer]] = [
    OpenApiParameter("from", AN_INSTANT, description="Default: one hour before 'to'."),
    OpenApiParameter("to", AN_INSTANT, description="Default: now."),
    OpenApiParameter("known_at", AN_INSTANT, description="Only what had been received by then; a day at most."),
    WidthQuery,
]
_POINTS = OpenApiParameter("points", str, required=True, description=f"1 to {MAX_POINTS} ids, separated by commas.")


class PointSamplesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=_SPAN, responses={200: SeriesSerializer, 400: ProblemSerializer, 404: ProblemSerializer})
    @bears_lag
    def get(self, request: Request, point_id: int) -> HttpResponse:
        """One point over time, as fine as the width can show: extremes are kept, a silence is a null between."""
        point = get_object_or_404(MeasurementPoint, pk=point_id)
        return _answer(_columns(point, _found(request, [point])[point.pk]))


class ManySamplesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[_POINTS, *_SPAN], responses={200: PensSerializer, 400: ProblemSerializer})
    @bears_lag
    def get(self, request: Request) -> HttpResponse:
        """Several points over the same time, in the order asked for."""
        points = points_named(request.query_params.get("points", ""), most=MAX_POINTS)
        found = _found(request, points)
        pens = [{**_columns(point, found[point.pk]), **_identity(point)} for point in points]
        return _answer({"series": pens})


def _found(request: Request, points: Sequence[MeasurementPoint]) -> dict[int, Series]:
    start, end = span(request.query_params)
    known_at = instant(request.query_params, "known_at")
    if known_at is not None and end - start > KNOWN_AT_SPAN:
        raise ValidationError({"known_at": "Ask for at most 24 hours at once; rollups do not know when data came."})
    query = WidthQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return samples_of(points=points, start=start, end=end, width=query.validated_data["width"], known_at=known_at)


def points_named(raw: str, *, most: int) -> list[MeasurementPoint]:
    names = list(dict.fromkeys(name.strip() for name in raw.split(",") if name.strip()))
    if not 1 <= len(names) <= most:
        raise ValidationError({"points": f"Name 1 to {most} measurement points by their ids, separated by commas."})
    if not all(name.isascii() and name.isdigit() and len(name) <= 9 for name in names):
        raise ValidationError({"points": "Ids are whole numbers, as /api/v1/telemetry/points gives them."})
    known = MeasurementPoint.objects.in_bulk([int(name) for name in names])
    if missing := [name for name in names if int(name) not in known]:
        raise ValidationError({"points": f"There is no measurement point {missing[0]}; leave it out."})
    return [known[int(name)] for name in names]


def span(query: Mapping[str, str]) -> tuple[datetime, datetime]:
    end = instant(query, "to") or timezone.now()
    start = instant(query, "from") or end - timedelta(hours=1)
    if not timedelta(0) < end - start <= MAX_SPAN:
        raise ValidationError({"from": f"Choose a time before 'to' and at most {MAX_SPAN.days} days before it."})
    return start, end


def instant(query: Mapping[str, str], name: str) -> datetime | None:
    raw = query.get(name)
    if raw is None:
        return None
    try:
        at = parse_datetime(raw)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 <= at.year <= 2200:
        raise ValidationError({name: _INSTANT_REMEDY})
    return at.astimezone(UTC)


def _identity(point: MeasurementPoint) -> dict[str, Any]:
    return {"point": point.pk, "mrid": str(point.mrid), "name": point.name}


def _columns(point: MeasurementPoint, series: Series) -> dict[str, Any]:
    columns = {name: np.ascontiguousarray(getattr(series, name)) for name in ("t", "min", "max", "mean", "count")}
    return {
        "unit": point.unit,
        "resolution": series.data_class.value,
        "resolution_s": series.resolution_s,
        **columns,
        "quality": [None if bits < 0 else bits for bits in series.quality.tolist()],
    }


def _answer(document: Any) -> HttpResponse:
    """Thousands of numbers: the general serializers would take longer than the database."""
    return HttpResponse(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), content_type="application/json")
