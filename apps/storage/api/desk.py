"""What the fleet desk and the page of a plant read."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked, chosen
from apps.storage.api import desk_bodies as bodies
from apps.storage.models import StorageFleet, StoragePlant
from apps.storage.selectors.condition import condition_document, health_documents
from apps.storage.selectors.desk import desk_document
from apps.storage.selectors.outlook import outlook_document
from apps.storage.selectors.worth import EARNING_COLUMNS, earning_documents
from gridops.spreadsheet import SheetWriter

MOST_EXPORTED = 3700  # days: ten years


class _Line:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


class DeskView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[
            OpenApiParameter("fleet", int, description="Without it all plants."),
            OpenApiParameter("offset", int, description="Plants to leave out."),
            OpenApiParameter("limit", int, description="Plants at most, 100 unless told; the totals are of all."),
        ],
        responses={200: bodies.StorageDeskSerializer},
    )
    def get(self, request: Request) -> Response:
        """Whether a fleet is well: what is stored and moved, today against its plan, earnings, conditions."""
        asked = checked(bodies.DeskQuery, request.query_params)
        if asked["fleet"] is not None:
            chosen(StorageFleet.objects.all(), "fleet", pk=asked["fleet"])
        return Response(desk_document(**asked, as_of=timezone.now()))


class OutlookView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[
            OpenApiParameter("fleet", int),
            OpenApiParameter("plant", str, description="mRID; it goes before the fleet. Without either all plants."),
        ],
        responses={200: bodies.StorageOutlookSerializer},
    )
    def get(self, request: Request) -> Response:
        """Planned against actual by quarter hours, half a day back and one and a half ahead, with prices."""
        asked = checked(bodies.OutlookQuery, request.query_params)
        rows = StoragePlant.objects.select_related("price_zone")
        if asked["plant"] is not None:
            plants = [chosen(rows, "plant", mrid=asked["plant"])]
        elif asked["fleet"] is not None:
            plants = list(rows.filter(fleet=chosen(StorageFleet.objects.all(), "fleet", pk=asked["fleet"])))
        else:
            plants = list(rows)
        return Response(outlook_document(plants, as_of=timezone.now()))


class ConditionView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StorageConditionSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """What its racks read and how near that is to each limit; its latch, its own states, its alarms."""
        rows = StoragePlant.objects.select_related("safety__reset_told_by").prefetch_related("limits")
        may_see = isinstance(request.user, User) and request.user.may(Permission.VIEW_ALARMS)
        plant = get_object_or_404(rows, mrid=mrid)
        return Response(condition_document(plant, with_alarms=may_see, as_of=timezone.now()))


class HealthView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StorageHealthSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """Capacity and resistance of every rack, night by night."""
        return Response({"racks": health_documents(get_object_or_404(StoragePlant, mrid=mrid))})


class EarningsFileView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, mrid: UUID) -> StreamingHttpResponse:
        """Earnings by day as CSV, the newest first."""
        plant = get_object_or_404(StoragePlant, mrid=mrid)
        rows = earning_documents(plant, most=MOST_EXPORTED)
        answer = StreamingHttpResponse(_lines(EARNING_COLUMNS, rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="earnings-{plant.mrid}.csv"'
        return answer


def _lines(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    writer = SheetWriter(_Line())
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow(["" if row[name] is None else row[name] for name in names])
