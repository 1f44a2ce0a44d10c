"""What all views of storage share."""

from collections.abc import Callable
from typing import IO, Any, cast
from uuid import UUID

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.services.refusal import Refused
from apps.storage.models import StoragePlant

MAX_BYTES = 5_000_000


class FileParser(BaseParser):
    """The body as it is, and never more than is allowed."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValidationError({"detail": f"The file is larger than {MAX_BYTES // 10**6} MB; import it in parts."})
        return body


class ReadsForAll(APIView):
    """Whoever sees the grid sees its batteries; acts need a permission of their own."""

    writes: Permission

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else self.writes)()]


WHOLE_PLANTS = StoragePlant.objects.select_related("fleet", "safety", "price_zone").prefetch_related(
    "limits", "settings"
)


def plant_of(mrid: UUID) -> StoragePlant:
    return get_object_or_404(WHOLE_PLANTS, mrid=mrid)


def acting(request: Request) -> dict[str, Any]:
    return {"by": cast(User, request.user), "as_of": timezone.now()}


def answered(act: Callable[[], dict[str, Any]]) -> Response:
    try:
        return Response(act(), status=status.HTTP_201_CREATED)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def queued(ask: Callable[[], Any], body: dict[str, Any]) -> Response:
    """Handed to a worker, or 503 where the queue cannot be reached."""
    try:
        ask()
    except OperationalError:
        detail = "The queue of the workers cannot be reached. Try again."
        return Response({"detail": detail}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
    return Response(body, status=status.HTTP_202_ACCEPTED)
