"""Point maps as CSV over HTTP: out, looked at, in."""

from typing import IO, Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.telemetry.models import Gateway, PointMapImport
from apps.telemetry.services.point_map import PointsMoved, apply, as_document, export, preview
from apps.telemetry.services.signal_list import PointMapRefused

MAX_BYTES = 64_000_000
MAX_SHOWN = 500


class CsvParser(BaseParser):
    """The body as it is, and never more than is allowed."""

    media_type = "text/csv"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValidationError({"detail": f"The file is larger than {MAX_BYTES // 10**6} MB; import it in parts."})
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(
                {"detail": f"The file is not UTF-8 at byte {error.start}; save it as UTF-8."}
            ) from None


class PreviewSerializer(serializers.Serializer):
    config_version = serializers.IntegerField(help_text="Give it back with the import.")
    unchanged = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    added = serializers.ListField(child=serializers.DictField())
    changed = serializers.ListField(child=serializers.DictField())
    removed = serializers.ListField(child=serializers.DictField())
    refused = serializers.ListField(child=serializers.DictField())


class ImportQuery(serializers.Serializer):
    config_version = serializers.IntegerField(min_value=0, help_text="Of the preview.")
    file_name = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class ImportSerializer(serializers.ModelSerializer):
    class Meta:
        model = PointMapImport
        fields = ["applied_at", "actor_name", "file_name", "digest", "added", "changed", "removed", "unchanged"]


class PointMapView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, _: Request, gateway_id: int) -> StreamingHttpResponse:
        """The point map of a gateway as CSV; imported again it changes nothing."""
        gateway = get_object_or_404(Gateway, pk=gateway_id)
        answer = StreamingHttpResponse(export(gateway), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{gateway.name}-points.csv"'
        return answer


class PointMapPreviewView(APIView):
    permission_classes = [requires(Permission.EDIT_NETWORK)]
    parser_classes = [CsvParser]

    @extend_schema(request={"text/csv": OpenApiTypes.STR}, responses={200: PreviewSerializer})
    def post(self, request: Request, gateway_id: int) -> Response:
        """What an import of this CSV would add, change, remove and refuse. Nothing is written."""
        gateway = get_object_or_404(Gateway, pk=gateway_id)
        return Response(as_document(preview(gateway=gateway, text=_text(request)), most=MAX_SHOWN))


class PointMapImportView(APIView):
    permission_classes = [requires(Permission.EDIT_NETWORK)]
    parser_classes = [CsvParser]

    @extend_schema(request={"text/csv": OpenApiTypes.STR}, parameters=[ImportQuery], responses={201: ImportSerializer})
    def post(self, request: Request, gateway_id: int) -> Response:
        """Make the CSV the gateway's point map, whole or not at all; 409 if it has changed since."""
        gateway = get_object_or_404(Gateway, pk=gateway_id)
        query = ImportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        by = request.user if isinstance(request.user, User) else None
        try:
            entry = apply(gateway=gateway, text=_text(request), by=by, as_of=timezone.now(), **query.validated_data)
        except PointMapRefused as refusal:
            raise ValidationError({"detail": refusal.problems[0], "problems": refusal.problems[:MAX_SHOWN]}) from None
        except PointsMoved as moved:
            return Response({"detail": str(moved)}, status=status.HTTP_409_CONFLICT)
        return Response(ImportSerializer(entry).data, status=status.HTTP_201_CREATED)


def _text(request: Request) -> str:
    body: object = request.data
    return body if isinstance(body, str) else ""  # without a body nothing is parsed
