from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import TokenAuthentication
from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.telemetry import selectors
from apps.telemetry.choices import Quantity
from apps.telemetry.forms import MAX_SAMPLES, parse_samples
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.services import push

MAX_SPAN = timedelta(days=400)


class PushedSampleSerializer(serializers.Serializer):
    point = serializers.UUIDField()
    at = serializers.DateTimeField()
    value = serializers.FloatField()
    quality = serializers.IntegerField(required=False, min_value=0, max_value=16383)


class PushSerializer(serializers.Serializer):
    samples = serializers.ListField(child=PushedSampleSerializer(), min_length=1, max_length=MAX_SAMPLES)


class PushOutcomeSerializer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    late = serializers.IntegerField()


class PointsQuery(serializers.Serializer):
    equipment = serializers.UUIDField()


class WidthQuery(serializers.Serializer):
    width = serializers.IntegerField(
        min_value=1, max_value=selectors.MAX_WIDTH, default=1000, help_text="Pixels to fill; chooses the resolution."
    )


class ProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(required=False)


class PointSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    equipment_mrid = serializers.UUIDField()
    side = serializers.CharField()
    quantity = serializers.ChoiceField(choices=Quantity.choices)
    unit = serializers.CharField()
    gateway = serializers.CharField(source="gateway.name")


class SeriesSerializer(serializers.Serializer):
    unit = serializers.CharField()
    resolution_s = serializers.FloatField(help_text="0: every sample, min = max = mean.")
    t = serializers.ListField(child=serializers.FloatField(), help_text="Seconds since 1970, UTC.")
    min = serializers.ListField(child=serializers.FloatField(allow_null=True))
    max = serializers.ListField(child=serializers.FloatField(allow_null=True))
    mean = serializers.ListField(child=serializers.FloatField(allow_null=True))
    quality = serializers.ListField(child=serializers.IntegerField())


class SamplesView(APIView):
    authentication_classes = [TokenAuthentication]  # for devices: the check of a browser's form would eat the body
    parser_classes = [JSONParser]
    permission_classes = [requires(Permission.WRITE_TELEMETRY)]

    @extend_schema(
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)],
        request=PushSerializer,
        responses={201: PushOutcomeSerializer, 400: ProblemSerializer, 413: ProblemSerializer, 422: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store samples. An answer of 201 means that they are committed; send again with the same key until then."""
        key = _idempotency_key(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return Response({"detail": "The body is above 4 MB; send fewer samples a request."}, status=413)
        body = request.body
        samples = parse_samples(body)
        try:
            outcome = push.push(
                principal=request.user.get_username(), key=key, body=body, samples=samples, received_at=timezone.now()
            )
        except push.UnknownPoints as error:
            places = {f"samples[{place}].point": "No such measurement point." for place in error.positions[:50]}
            raise ValidationError(places) from error
        except push.KeyReused as error:
            return Response({"detail": str(error)}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(asdict(outcome), status=status.HTTP_201_CREATED)


class PointsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[PointsQuery],
        responses={200: PointSerializer(many=True), 400: ProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        query = PointsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        points = selectors.points_of(query.validated_data["equipment"]).select_related("gateway")
        return Response(PointSerializer(points, many=True).data)


class PointSamplesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[
            OpenApiParameter("from", {"type": "string", "format": "date-time"}, description="Default: one hour ago."),
            OpenApiParameter("to", {"type": "string", "format": "date-time"}, description="Default: now."),
            WidthQuery,
        ],
        responses={200: SeriesSerializer, 400: ProblemSerializer, 404: ProblemSerializer},
    )
    def get(self, request: Request, point_id: int) -> Response:
        point = get_object_or_404(MeasurementPoint, pk=point_id)
        now = timezone.now()
        end = _instant(request, "to", now)
        start = _instant(request, "from", end - timedelta(hours=1))
        if not timedelta(0) < end - start <= MAX_SPAN:
            raise ValidationError({"from": "Choose a time before 'to' and at most 400 days before it."})
        query = WidthQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        series = selectors.samples(point_id=point.pk, start=start, end=end, width=query.validated_data["width"])
        return Response(SeriesSerializer({"unit": point.unit, **_columns(series)}).data)


def _columns(series: selectors.Series) -> dict[str, Any]:
    return {name: getattr(series, name) for name in ("resolution_s", "t", "min", "max", "mean", "quality")}


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not (1 <= len(key) <= 200 and key.isprintable()):
        raise ValidationError(
            {"Idempotency-Key": "Send a header with 1 to 200 printable characters, new for new data."}
        )
    return key


def _instant(request: Request, name: str, default: datetime) -> datetime:
    raw = request.query_params.get(name)
    if raw is None:
        return default
    try:
        at = parse_datetime(raw)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValidationError({name: "Give an ISO 8601 instant with its offset, such as 2026-01-31T12:00:00Z."})
    return at
