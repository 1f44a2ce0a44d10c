"""Plants of sun and wind: portfolio, curtailment, integration, reserve, ways around curtailment, firming."""

from datetime import datetime
from typing import Any, cast

from celery.exceptions import OperationalError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.renewables import tasks
from apps.renewables.api import portfolio_bodies as bodies
from apps.renewables.api import reserve_bodies
from apps.renewables.models import FirmingRun, Portfolio
from apps.renewables.selectors import documents
from apps.renewables.selectors.integration import integration_document
from apps.renewables.services.firming import ask_firming

AT = [OpenApiParameter("at", datetime, description="As it was known then; without it, now.")]


def instant_of(request: Request) -> datetime:
    """Raises ValidationError for one that lies ahead."""
    now = timezone.now()
    at = checked(bodies.InstantQuery, request.query_params).get("at", now)
    if at > now:
        raise serializers.ValidationError({"at": "It lies in the future: give an instant that has passed."})
    return cast(datetime, at)


class _Reading(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]


class PortfoliosView(_Reading):
    @extend_schema(responses={200: bodies.PortfoliosSerializer})
    def get(self, request: Request) -> Response:
        return Response({"portfolios": documents.portfolio_documents()})


class BandView(_Reading):
    @extend_schema(parameters=AT, responses={200: bodies.PortfolioBandSerializer})
    def get(self, request: Request, portfolio_id: int) -> Response:
        """What all plants together will give in 48 h, and what they gave and held back in the 24 h before."""
        portfolio = get_object_or_404(Portfolio, pk=portfolio_id)
        return Response(documents.band_document(portfolio, as_of=instant_of(request)))


class PlantsView(_Reading):
    @extend_schema(parameters=AT, responses={200: bodies.RenewablePlantsSerializer})
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Each plant: what it could give and gives, what is held back and why."""
        portfolio, as_of = get_object_or_404(Portfolio, pk=portfolio_id), instant_of(request)
        return Response({"portfolio": portfolio.pk, "plants": documents.plant_documents(portfolio, as_of=as_of)})


class CurtailmentsView(_Reading):
    @extend_schema(parameters=[bodies.CurtailmentsQuery], responses={200: bodies.CurtailmentsSerializer})
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Quarter hours in which plants gave less than they could, the newest first, each with its cause."""
        portfolio = get_object_or_404(Portfolio, pk=portfolio_id)
        asked = checked(bodies.CurtailmentsQuery, request.query_params)
        told = {"start": asked["starts_at"], "end": asked["ends_at"], "most": asked["limit"]}
        return Response(documents.curtailment_documents(portfolio, **told))


class IntegrationView(_Reading):
    @extend_schema(parameters=AT, responses={200: bodies.IntegrationSerializer})
    def get(self, request: Request, portfolio_id: int) -> Response:
        """Used of available, curtailed, share of the demand, emissions: today, 7 and 28 days."""
        portfolio = get_object_or_404(Portfolio.objects.select_related("zone"), pk=portfolio_id)
        return Response(integration_document(portfolio, as_of=instant_of(request)))


class ReserveView(_Reading):
    @extend_schema(parameters=AT, responses={200: reserve_bodies.ReserveSerializer})
    def get(self, request: Request) -> Response:
        """Ramps and reserve that net load may need in the 48 h ahead, and how the need held on the days before."""
        return Response(documents.reserve_document(as_of=instant_of(request)))


class AvoidanceView(_Reading):
    @extend_schema(parameters=AT, responses={200: reserve_bodies.AvoidanceSerializer})
    def get(self, request: Request) -> Response:
        """What will have to be held back in the hours ahead, and what could take its place, cheapest first."""
        return Response(documents.avoidance_document(as_of=instant_of(request)))


class FirmingsView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.RUN_STUDIES)()]

    @extend_schema(parameters=AT, responses={200: reserve_bodies.FirmingsSerializer})
    def get(self, request: Request) -> Response:
        """The newest first."""
        return Response({"firmings": documents.firming_documents(as_of=instant_of(request))})

    @extend_schema(
        request=reserve_bodies.NewFirmingSerializer,
        responses={202: reserve_bodies.FirmingSerializer, 503: bodies.RefusedRenewablesSerializer},
    )
    def post(self, request: Request) -> Response:
        """Which battery would have kept the day-ahead plan: a worker plays the past, and GET shows what came of it."""
        body = checked(reserve_bodies.NewFirmingSerializer, request.data)
        of = body.pop("plant", None) or body.pop("portfolio")
        run = ask_firming(of=of, by=cast(User, request.user), as_of=timezone.now(), **body)
        try:
            tasks.play_firming.delay(run.pk)
        except OperationalError:
            run.delete()
            detail = "The queue of the workers cannot be reached. Try again."
            return Response({"detail": detail}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
        return Response(documents.firming_document(run), status=status.HTTP_202_ACCEPTED)


class FirmingView(_Reading):
    @extend_schema(responses={200: reserve_bodies.FirmingSerializer})
    def get(self, request: Request, firming_id: int) -> Response:
        rows = FirmingRun.objects.select_related("portfolio", "plant", "asked_by")
        return Response(documents.firming_document(get_object_or_404(rows, pk=firming_id)))
