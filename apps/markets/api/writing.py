from typing import Any

from django.conf import settings
from django.http.request import RawPostDataException
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.markets.adapters.parsed import FileRefused
from apps.markets.api.queries import MarketImportQuery, read
from apps.markets.api.serializers import MarketImportedSerializer, MarketPreviewSerializer, MarketProblemSerializer
from apps.markets.choices import FileFormat, FileOutcome, Product
from apps.markets.services.importing import Handed, NotThePreviewed, confirm, preview
from apps.markets.services.tariffs import confirm_tariffs, preview_tariffs


class FileBodyParser(BaseParser):
    """The file is the body; nothing is parsed before it is checked."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class ImportsView(APIView):
    parser_classes = [FileBodyParser]
    permission_classes = [requires(Permission.WRITE_PRICES)]

    @extend_schema(
        operation_id="markets_import",
        parameters=[MarketImportQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: MarketPreviewSerializer,
            201: MarketImportedSerializer,
            400: MarketProblemSerializer,
            409: MarketProblemSerializer,
            413: MarketProblemSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """A file of prices, emission factors or tariffs, as the body. Without confirm 200: what it would do, or every
        problem by its row; nothing is changed. With confirm 201: stored. 409: it is not the previewed file."""
        asked = read(MarketImportQuery, request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return Response({"detail": "The body is above 4 MB; put the file into a drop folder."}, status=413)
        handed = _handed(request, asked)
        if "confirm" not in asked:
            seen = (
                preview_tariffs(handed=handed)
                if handed.file_format is FileFormat.TARIFFS
                else preview(handed=handed, as_of=timezone.now())
            )
            return Response(MarketPreviewSerializer(seen).data)
        try:
            return Response(MarketImportedSerializer(self._store(request, handed, asked)).data, status=201)
        except NotThePreviewed as other:
            return Response({"detail": str(other)}, status=status.HTTP_409_CONFLICT)
        except FileRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_400_BAD_REQUEST)

    def _store(self, request: Request, handed: Handed, asked: dict[str, Any]) -> dict[str, object]:
        actor = request.user if isinstance(request.user, User) else None
        by: dict[str, Any] = {"actor": actor, "as_of": timezone.now(), "source_ip": source_ip(request._request)}
        if handed.file_format is FileFormat.TARIFFS:
            count = confirm_tariffs(handed=handed, sha256=asked["confirm"], **by)
            return {"outcome": FileOutcome.TAKEN, "stored": count}
        file = confirm(handed=handed, sha256=asked["confirm"], **by)
        return {"outcome": file.outcome, "stored": file.blocks.count()}


def _handed(request: Request, asked: dict[str, Any]) -> Handed:
    try:
        content = request._request.body
    except RawPostDataException:
        raise ValidationError({"detail": "Send the file as the body, as application/octet-stream."}) from None
    return Handed(
        name=asked["name"],
        content=content,
        file_format=FileFormat(asked["holds"]),
        zone=asked["zone"],
        product=Product(asked["product"]),
        is_archive=asked["is_archive"],
    )
