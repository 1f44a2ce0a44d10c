"""What all views of microgrids share."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.services.refusal import Refused
from apps.microgrids.models import Microgrid


class ReadByAll(APIView):
    """Whoever sees the grid sees its microgrids; acts need a permission of their own."""

    writes: Permission = Permission.MANAGE_MICROGRIDS

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else self.writes)()]


def microgrid_of(mrid: UUID) -> Microgrid:
    return get_object_or_404(Microgrid.objects.select_related("controller_gateway"), mrid=mrid)


def acting(request: Request) -> dict[str, Any]:
    return {"by": cast(User, request.user), "as_of": timezone.now()}


def answered(act: Callable[[], dict[str, Any]], code: int = status.HTTP_200_OK) -> Response:
    try:
        return Response(act(), status=code)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
