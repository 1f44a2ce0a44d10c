"""How long a microgrid could stand alone, the reserve for it, and what it has come to."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.microgrids.api import readiness_bodies as bodies
from apps.microgrids.api.common import ReadByAll, acting, answered, microgrid_of
from apps.microgrids.selectors.readiness import latest_readiness, readiness_document, reserve_document, wish_document
from apps.microgrids.selectors.results import results_document
from apps.microgrids.services.reserving import wish_reserve, withdraw_reserve_wish

MISSING = {404: bodies.ReadinessMissingSerializer}
REFUSED = {409: bodies.ReadinessMissingSerializer}


class ReadinessView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.MicrogridReadinessSerializer, **MISSING})
    def get(self, request: Request, mrid: UUID) -> Response:
        """Hours that it could stand alone from now (P10, P50, P90 by priority), and what would raise them."""
        return Response(readiness_document(microgrid_of(mrid), as_of=timezone.now()))


class ReserveView(ReadByAll):
    @extend_schema(responses={200: bodies.MicrogridReserveSerializer, **MISSING})
    def get(self, request: Request, mrid: UUID) -> Response:
        """The energy that is held for an outage, why, until when, and what holding it costs."""
        microgrid, now = microgrid_of(mrid), timezone.now()
        return Response(reserve_document(microgrid, latest_readiness(microgrid, as_of=now), as_of=now))

    @extend_schema(
        request=bodies.NewReserveWishSerializer,
        responses={201: bodies.ReserveWishSerializer, **MISSING, **REFUSED},
    )
    def post(self, request: Request, mrid: UUID) -> Response:
        """Wish for a reserve from now on; it goes before what is worked out, until its end."""
        body = checked(bodies.NewReserveWishSerializer, request.data)
        told = {"microgrid": microgrid_of(mrid), **body, **acting(request)}
        return answered(lambda: wish_document(wish_reserve(**told)), status.HTTP_201_CREATED)

    @extend_schema(responses={200: bodies.ReserveWishSerializer, **MISSING, **REFUSED})
    def delete(self, request: Request, mrid: UUID) -> Response:
        """Take the wish back: what is worked out holds again."""
        told = {"microgrid": microgrid_of(mrid), **acting(request)}
        return answered(lambda: wish_document(withdraw_reserve_wish(**told)))


class ResultsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="Back from now, 30 unless told, 366 at most.")],
        responses={200: bodies.MicrogridResultsSerializer, **MISSING},
    )
    def get(self, request: Request, mrid: UUID) -> Response:
        """Resilience, transitions, reliability and cost over the last days, from what is stored."""
        asked = checked(bodies.ResultsQuerySerializer, request.query_params)
        return Response(results_document(microgrid_of(mrid), days=asked["days"], as_of=timezone.now()))
