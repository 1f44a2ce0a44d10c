"""Losses of days, transformers, and suspects of what cannot be explained."""

from datetime import date
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.efficiency.api import loss_bodies as bodies
from apps.efficiency.choices.loss import SuspectState
from apps.efficiency.models import LossSuspect
from apps.efficiency.selectors.losses import days_known, loss_document, run_of, suspects, transformers_document
from apps.efficiency.services import loss_suspects
from gridops.database_paths import bears_lag

DAY = OpenApiParameter("day", OpenApiTypes.DATE, description="A UTC day; without it, the newest that is worked out.")
NO_DAY = "Nothing was worked out for this day. Ask for one of the days that the list names."


def _day(request: Request) -> date | None:
    return cast(date | None, checked(bodies.LossDayAskedSerializer, request.query_params)["day"])


class LossesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        operation_id="losses",
        parameters=[DAY],
        responses={200: bodies.LossesSerializer, 404: bodies.LossRefusedSerializer},
    )
    @bears_lag
    def get(self, request: Request) -> Response:
        """Technical losses by hour, feeder, line and transformer, and the balances that meters allow."""
        day, now = _day(request), timezone.now()
        run = run_of(day, as_of=now)
        if run is None and day is not None:
            raise Http404(NO_DAY)
        body = {"run": loss_document(run) if run else None, "days": days_known(as_of=now)}
        return Response(bodies.LossesSerializer(body).data)


class LossTransformersView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        operation_id="loss_transformers",
        parameters=[DAY],
        responses={200: bodies.LossTransformersSerializer, 404: bodies.LossRefusedSerializer},
    )
    def get(self, request: Request) -> Response:
        """Losses, utilisation, hot spot and ageing of a day, and where another size would pay."""
        day = _day(request)
        run = run_of(day, as_of=timezone.now())
        if run is None and day is not None:
            raise Http404(NO_DAY)
        return Response(bodies.LossTransformersSerializer(transformers_document(run)).data)


class LossSuspectsView(APIView):
    permission_classes = [requires(Permission.VIEW_DEMAND)]

    @extend_schema(operation_id="loss_suspects", responses={200: bodies.LossSuspectsSerializer})
    def get(self, request: Request) -> Response:
        """The likeliest first; 200 at most. Reading it is recorded: it names customers."""
        found = list(suspects())
        loss_suspects.note_reading(count=len(found), by=cast(User, request.user), as_of=timezone.now())
        return Response(bodies.LossSuspectsSerializer({"suspects": found}).data)


class LossDecisionView(APIView):
    def get_permissions(self) -> list[Any]:
        return [requires(Permission.VIEW_DEMAND)(), requires(Permission.MANAGE_EFFICIENCY)()]

    @extend_schema(
        operation_id="loss_suspect_decide",
        request=bodies.LossDecisionSerializer,
        responses={
            200: bodies.LossSuspectSerializer,
            404: bodies.LossRefusedSerializer,
            409: bodies.LossRefusedSerializer,
        },
    )
    def post(self, request: Request, suspect_id: int) -> Response:
        """Order a field check, confirm what it found, or clear the customer."""
        body = checked(bodies.LossDecisionSerializer, request.data)
        get_object_or_404(LossSuspect, pk=suspect_id)
        try:
            decided = loss_suspects.decide_suspect(
                suspect_id=suspect_id,
                state=SuspectState(body["state"]),
                reason=body["reason"],
                by=cast(User, request.user),
                as_of=timezone.now(),
            )
        except loss_suspects.SuspectRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(bodies.LossSuspectSerializer(decided).data)
