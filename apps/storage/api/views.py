"""Batteries: fleets and plants as they stand, their limits, schedules."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.storage import tasks
from apps.storage.api import bodies
from apps.storage.api.common import ReadsForAll, acting, answered, plant_of, queued
from apps.storage.choices import Horizon, Rung
from apps.storage.models import LimitSetting, StorageSchedule
from apps.storage.selectors import documents
from apps.storage.selectors.worth import earning_documents
from apps.storage.services import narrowing
from apps.storage.services.assessing import tell_reset

REFUSED = {409: bodies.RefusedStorageSerializer}


class FleetsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StorageFleetsSerializer})
    def get(self, request: Request) -> Response:
        """Every fleet with its plants: charge, power, how they stand to their limits."""
        return Response({"fleets": documents.fleet_documents(as_of=timezone.now())})


class PlantView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StoragePlantPageSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """One plant with its racks, limits as they hold, what it may do now, and its capacity tests."""
        return Response(documents.plant_document(plant_of(mrid), as_of=timezone.now()))


class ChargeView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="Up to today, UTC; 2 unless told, at most 92.")],
        responses={200: bodies.ChargeCourseSerializer},
    )
    def get(self, request: Request, mrid: UUID) -> Response:
        """The past of its charge by the quarter of an hour."""
        days, now = checked(bodies.ChargeQuery, request.query_params)["days"], timezone.now()
        return Response(documents.charge_document(plant_of(mrid), start=now - timedelta(days=days - 1), end=now))


class EarningsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StorageEarningsSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """By day, the newest first: planned, realised, with perfect foresight, by a simple rule."""
        return Response({"earnings": earning_documents(plant_of(mrid))})


class SettingsView(ReadsForAll):
    writes = Permission.NARROW_LIMITS

    @extend_schema(responses={200: bodies.StorageLimitsSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        return Response(documents.limit_documents(plant_of(mrid)))

    @extend_schema(request=bodies.NewLimitSettingSerializer, responses={201: bodies.LimitSettingSerializer, **REFUSED})
    def post(self, request: Request, mrid: UUID) -> Response:
        """Narrow a rung of a limit, or a rating. What would widen the datasheet's is refused with the reason."""
        body = checked(bodies.NewLimitSettingSerializer, request.data)
        body["rung"] = Rung(body["rung"])
        plant = plant_of(mrid)
        return answered(
            lambda: documents.setting_document(narrowing.narrow_limit(plant=plant, **body, **acting(request)))
        )


class LiftView(APIView):
    permission_classes = [requires(Permission.NARROW_LIMITS)]

    @extend_schema(request=bodies.StorageReasonSerializer, responses={201: bodies.LimitSettingSerializer, **REFUSED})
    def post(self, request: Request, setting_id: int) -> Response:
        """Lift what a person narrowed: the datasheet's own limit holds again."""
        body = checked(bodies.StorageReasonSerializer, request.data)
        get_object_or_404(LimitSetting, pk=setting_id)
        told = {"setting_id": setting_id, **body, **acting(request)}
        return answered(lambda: documents.setting_document(narrowing.lift_setting(**told)))


class ResetView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(
        request=bodies.StorageReasonSerializer, responses={201: bodies.StoragePlantPageSerializer, **REFUSED}
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Tell that a trip was reset on the spot. Nothing is sent to the battery; refused while the cause lasts."""
        body, plant = checked(bodies.StorageReasonSerializer, request.data), plant_of(mrid)

        def act() -> dict[str, Any]:
            tell_reset(plant=plant, **body, **acting(request))
            return documents.plant_document(plant_of(mrid), as_of=timezone.now())

        return answered(act)


class SchedulesView(ReadsForAll):
    writes = Permission.DECIDE_PROPOSALS

    @extend_schema(
        parameters=[OpenApiParameter("horizon", str, enum=Horizon.values)],
        responses={200: bodies.StorageSchedulesSerializer},
    )
    def get(self, request: Request, mrid: UUID) -> Response:
        """The newest first, without their columns."""
        asked = checked(bodies.SchedulesQuery, request.query_params)
        return Response({"schedules": documents.schedule_documents(plant_of(mrid), **asked)})

    @extend_schema(
        request=bodies.WantedScheduleSerializer,
        responses={202: bodies.WantedScheduleSerializer, 503: bodies.RefusedStorageSerializer},
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Plan now: a worker does it, and GET shows what came of it."""
        body, plant = checked(bodies.WantedScheduleSerializer, request.data), plant_of(mrid)
        return queued(lambda: tasks.plan_one.delay(plant.pk, body["horizon"]), body)


class ScheduleView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.StorageSchedulePageSerializer})
    def get(self, request: Request, schedule_id: int) -> Response:
        """Power, charge and value of stored energy by the step, what drives it, and what it stands on."""
        return Response(documents.schedule_document(get_object_or_404(StorageSchedule, pk=schedule_id)))
