from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.dispatch.api.bodies import checked
from apps.resilience.services import outage_import
from apps.state.selectors.outages import exported_outages, reliability

YEAR, LONGEST = timedelta(days=365), timedelta(days=3700)
SHA256_LETTERS = 64


FIRST_YEAR = 1980  # the day an outage began is told in the zone of the room, and older zones are no whole minutes
OUT_OF_REACH = f"The instant is out of reach: give one after {FIRST_YEAR}."


class ReliabilityQuery(serializers.Serializer):
    # "from" is a word of the language
    def get_fields(self) -> dict[str, Any]:
        return {
            "from": serializers.DateTimeField(required=False, help_text="Default: 365 days before 'to'."),
            "to": serializers.DateTimeField(required=False, help_text="Default: now."),
        }


class ReliabilityIndicesSerializer(serializers.Serializer):
    customer_interruptions = serializers.FloatField()
    customer_minutes = serializers.FloatField()
    momentary_interruptions = serializers.FloatField()
    saidi_min = serializers.FloatField(allow_null=True)
    saifi = serializers.FloatField(allow_null=True)
    caidi_min = serializers.FloatField(allow_null=True)
    maifi = serializers.FloatField(allow_null=True)
    maifi_e = serializers.FloatField(allow_null=True)
    asai = serializers.FloatField(allow_null=True)
    ens_kwh = serializers.FloatField()
    aens_kwh = serializers.FloatField(allow_null=True)
    cemi = serializers.DictField(
        child=serializers.FloatField(allow_null=True), help_text="Share with so many interruptions or more, by number."
    )
    celid = serializers.DictField(
        child=serializers.FloatField(allow_null=True), help_text="Share with one of so many hours or more, by hours."
    )
    open_steps = serializers.IntegerField(help_text="Not over by the end; counted up to it.")


class ReliabilityRowSerializer(serializers.Serializer):
    all = ReliabilityIndicesSerializer()
    without_major_days = ReliabilityIndicesSerializer()
    outages = serializers.IntegerField()


class ReliabilityFeederSerializer(ReliabilityRowSerializer):
    feeder = serializers.CharField()
    name = serializers.CharField()
    customers_served = serializers.IntegerField(allow_null=True)


class ReliabilityMonthSerializer(ReliabilityRowSerializer):
    month = serializers.CharField()


class ReliabilityThresholdSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    fitted_on_years = serializers.ListField(child=serializers.IntegerField())
    days = serializers.IntegerField()
    alpha = serializers.FloatField(allow_null=True)
    beta = serializers.FloatField(allow_null=True)
    tmed_min = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()


class MajorDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    saidi_min = serializers.FloatField()
    tmed_min = serializers.FloatField()


class OutageCauseSerializer(serializers.Serializer):
    cause = serializers.CharField()
    outages = serializers.IntegerField()
    customer_minutes = serializers.FloatField()


class ReliabilitySerializer(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        instants = {"from": serializers.DateTimeField(), "to": serializers.DateTimeField()}
        return instants | super().get_fields()

    zone = serializers.CharField()
    customers_served = serializers.IntegerField()
    outages = serializers.IntegerField()
    system = ReliabilityRowSerializer()
    thresholds = ReliabilityThresholdSerializer(many=True)
    major_days = MajorDaySerializer(many=True)
    feeders = ReliabilityFeederSerializer(many=True)
    months = ReliabilityMonthSerializer(many=True)
    causes = OutageCauseSerializer(many=True)


class OutageFaultSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    text = serializers.CharField()


class OutagesSeenSerializer(serializers.Serializer):
    sha256 = serializers.CharField()
    outages = serializers.IntegerField()
    repeated = serializers.IntegerField()
    steps = serializers.IntegerField()
    customers = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)
    faults = OutageFaultSerializer(many=True)
    faults_in_all = serializers.IntegerField()


class OutagesStoredSerializer(serializers.Serializer):
    stored = serializers.IntegerField()


class OutageImportQuery(serializers.Serializer):
    confirm = serializers.RegexField(
        f"^[0-9a-f]{{{SHA256_LETTERS}}}$",
        required=False,
        help_text="The sha256 of the preview. Without it nothing is changed.",
        error_messages={"invalid": "Give the sha256 of the preview: 64 hexadecimal digits."},
    )


class ReliabilityProblemSerializer(serializers.Serializer):
    detail = serializers.CharField()


def _span(request: Request) -> tuple[datetime, datetime]:
    given, now = checked(ReliabilityQuery, request.query_params), timezone.now()
    end = min(given.get("to", now), now)
    try:
        begin = given.get("from", end - YEAR)
        if not timedelta(0) < end - begin <= LONGEST:
            raise ValidationError({"from": ["Give a begin before 'to', at most ten years before it."]})
    except (OverflowError, ValueError):
        raise ValidationError({"from": [OUT_OF_REACH]}) from None
    if begin.year < FIRST_YEAR:
        raise ValidationError({"from": [OUT_OF_REACH]})
    return begin, end


class ReliabilityView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(parameters=[ReliabilityQuery], responses={200: ReliabilitySerializer})
    def get(self, request: Request) -> Response:
        """SAIDI, SAIFI, CAIDI, MAIFI, ENS, CEMI and others of IEEE 1366, from the recorded outages alone."""
        begin, end = _span(request)
        return Response(reliability(begin=begin, end=end))


class _CsvForReads(DefaultContentNegotiation):
    """A file is what it is, whatever the reader accepts."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        if request.method == "GET":
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


class _FileParser(BaseParser):
    """The file is the body; nothing is parsed before it is checked."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class OutageRecordsView(APIView):
    parser_classes = [_FileParser]
    content_negotiation_class = _CsvForReads

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_RESILIENCE)()]

    @extend_schema(
        operation_id="reliability_outages_export",
        parameters=[ReliabilityQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The records that the figures of the period are made from, with those of the five years before; the command
        `reliability_indices --records` gives the same figures from this file alone."""
        begin, end = _span(request)
        answer = StreamingHttpResponse(exported_outages(begin=begin, end=end), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="outages_{begin:%Y%m%d}_{end:%Y%m%d}.csv"'
        return answer

    @extend_schema(
        operation_id="reliability_outages_import",
        parameters=[OutageImportQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: OutagesSeenSerializer,
            201: OutagesStoredSerializer,
            409: ReliabilityProblemSerializer,
            413: ReliabilityProblemSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """A CSV of outages, as the body. Without confirm 200: what it would do, or every fault by its line; nothing is
        changed. With confirm 201: stored. 409: it is not the previewed file."""
        asked = checked(OutageImportQuery, request.query_params)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return Response({"detail": "The body is above 4 MB; split the file."}, status=413)
        content = _body(request)
        if "confirm" not in asked:
            return Response(OutagesSeenSerializer(outage_import.preview_outages(content=content)).data)
        try:
            stored = outage_import.import_outages(
                content=content,
                sha256=asked["confirm"],
                actor=cast(User, request.user),
                as_of=timezone.now(),
                source_ip=source_ip(request._request),
            )
        except outage_import.NotThePreviewed as other:
            return Response({"detail": str(other)}, status=status.HTTP_409_CONFLICT)
        except outage_import.RecordsRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_400_BAD_REQUEST)
        return Response({"stored": stored}, status=status.HTTP_201_CREATED)


def _body(request: Request) -> bytes:
    try:
        return request._request.body
    except RawPostDataException:
        raise ValidationError({"detail": "Send the file as the body, as application/octet-stream."}) from None
