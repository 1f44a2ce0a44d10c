"""Sites behind a meter with what their plans save, and reserve that people commit batteries to."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked, chosen
from apps.storage.adapters.reserve_sheet import FileRefused
from apps.storage.api import bodies
from apps.storage.api import plan_bodies as shapes
from apps.storage.api.common import WHOLE_PLANTS, FileParser, ReadsForAll, acting, answered
from apps.storage.choices import Horizon
from apps.storage.models import ReserveCommitment, SitePlan, StorageFleet, StorageSite
from apps.storage.selectors import site_plans
from apps.storage.selectors.reserve import commitment_document, commitment_documents
from apps.storage.services.reserving import Promise, commit_reserve, import_reserve, withdraw_reserve
from apps.storage.services.site_limits import change_site

REFUSED = {409: bodies.RefusedStorageSerializer}
FILE = {"application/octet-stream": OpenApiTypes.BINARY}


class SitesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: shapes.StorageSitesSerializer})
    def get(self, request: Request) -> Response:
        """Customers behind whose meter batteries stand, each with its newest plan."""
        return Response({"sites": site_plans.site_documents()})


class SiteView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]

    @extend_schema(request=shapes.StorageSiteLimitsSerializer, responses={201: shapes.StorageSiteSerializer})
    def put(self, request: Request, site_id: int) -> Response:
        """Change what its connection may draw and give, with a reason: the next plan keeps to it."""
        body = checked(shapes.StorageSiteLimitsSerializer, request.data)
        get_object_or_404(StorageSite, pk=site_id)
        told = {"site_id": site_id, **body, **acting(request)}
        return answered(lambda: site_plans.site_document(change_site(**told)))


class SitePlansView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("horizon", str, enum=Horizon.values)],
        responses={200: shapes.SitePlansSerializer},
    )
    def get(self, request: Request, site_id: int) -> Response:
        """The newest first: what the batteries save the site, against none and against a simple rule."""
        asked = checked(bodies.SchedulesQuery, request.query_params)
        rows = site_plans.site_plan_documents(get_object_or_404(StorageSite, pk=site_id), **asked)
        return Response({"plans": rows})


class SitePlanView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: shapes.SitePlanPageSerializer})
    def get(self, request: Request, plan_id: int) -> Response:
        """With load, sun and the meter by the step: as planned, without a battery, by the simple rule."""
        return Response(site_plans.site_plan_document(get_object_or_404(SitePlan, pk=plan_id)))


class ReservesView(ReadsForAll):
    writes = Permission.MANAGE_STORAGE

    @extend_schema(
        parameters=[OpenApiParameter("plant", UUID, description="Of this plant and its fleet alone.")],
        responses={200: shapes.ReserveCommitmentsSerializer},
    )
    def get(self, request: Request) -> Response:
        """Commitments that have not ended, the first to begin first; withdrawn ones with who did it and why."""
        mrid = checked(shapes.ReservesQuery, request.query_params)["plant"]
        plant = chosen(WHOLE_PLANTS, "plant", mrid=mrid) if mrid else None
        return Response({"commitments": commitment_documents(since=timezone.now(), plant=plant)})

    @extend_schema(
        request=shapes.NewReserveCommitmentSerializer,
        responses={201: shapes.ReserveCommitmentSerializer, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Commit a plant or a fleet. More than its batteries can hold is refused with the reason."""
        body = checked(shapes.NewReserveCommitmentSerializer, request.data)
        promise = Promise(**{one.name: body[one.name] for one in fields(Promise)})
        owner: dict[str, Any] = {
            "plant": chosen(WHOLE_PLANTS, "plant", mrid=body["plant"]) if body["plant"] else None,
            "fleet": chosen(StorageFleet.objects.all(), "fleet", pk=body["fleet"]) if body["fleet"] else None,
        }
        return answered(lambda: commitment_document(commit_reserve(**owner, promise=promise, **acting(request))))


class WithdrawReserveView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]

    @extend_schema(
        request=bodies.StorageReasonSerializer, responses={201: shapes.ReserveCommitmentSerializer, **REFUSED}
    )
    def post(self, request: Request, commitment_id: int) -> Response:
        """Take a commitment back, with a reason: the next plan no longer holds it."""
        body = checked(bodies.StorageReasonSerializer, request.data)
        get_object_or_404(ReserveCommitment, pk=commitment_id)
        told = {"commitment_id": commitment_id, **body, **acting(request)}
        return answered(lambda: commitment_document(withdraw_reserve(**told)))


class ReserveFileView(APIView):
    permission_classes = [requires(Permission.MANAGE_STORAGE)]
    parser_classes = [FileParser]

    @extend_schema(
        request=FILE,
        responses={201: shapes.ImportedReservesSerializer, 400: shapes.RefusedReservesSerializer},
    )
    def post(self, request: Request) -> Response:
        """Commitments as CSV: all rows or none, and every fault with its row."""
        body: object = request.data
        content = body if isinstance(body, bytes) else b""
        try:
            made = import_reserve(content=content, **acting(request))
        except FileRefused as refusal:
            detail = {"detail": " ".join(refusal.problems[:3]), "problems": refusal.problems}
            return Response(detail, status=status.HTTP_400_BAD_REQUEST)
        return Response({"made": len(made)}, status=status.HTTP_201_CREATED)
