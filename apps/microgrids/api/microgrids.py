"""Microgrids as they are defined and as they stand."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.microgrids.api import bodies
from apps.microgrids.api.common import ReadByAll, acting, answered, microgrid_of
from apps.microgrids.selectors.documents import list_document, microgrid_document, proposal_document
from apps.microgrids.services.defining import Changes, change, define, propose

REFUSED = {409: bodies.RefusedMicrogridSerializer}


class MicrogridsView(ReadByAll):
    @extend_schema(responses={200: bodies.MicrogridListSerializer})
    def get(self, request: Request) -> Response:
        """Every microgrid as it stands: mode, coupling, exchange, charge, load by priority, hours alone."""
        return Response(list_document(as_of=timezone.now()))

    @extend_schema(request=bodies.NewMicrogridSerializer, responses={201: bodies.MicrogridPageSerializer, **REFUSED})
    def post(self, request: Request) -> Response:
        """Define one behind a coupling switch; its members are what stays together when the switch opens."""
        body, by = checked(bodies.NewMicrogridSerializer, request.data), acting(request)

        def act() -> dict[str, Any]:
            return microgrid_document(define(**body, **by), as_of=by["as_of"])

        return answered(act, status.HTTP_201_CREATED)


class MicrogridPreviewView(APIView):
    permission_classes = [requires(Permission.MANAGE_MICROGRIDS)]

    @extend_schema(
        request=bodies.MicrogridPreviewSerializer, responses={200: bodies.MicrogridProposalSerializer, **REFUSED}
    )
    def post(self, request: Request) -> Response:
        """What a microgrid behind a switch would hold. Nothing is stored."""
        body = checked(bodies.MicrogridPreviewSerializer, request.data)

        def act() -> dict[str, Any]:
            found = propose(**body)
            return proposal_document(found.members, found.forming_mrid, found.customers)

        return answered(act)


class MicrogridView(ReadByAll):
    @extend_schema(responses={200: bodies.MicrogridPageSerializer, 404: bodies.RefusedMicrogridSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """One microgrid with its members: powers into the island, charge, fuel, and how each value is known."""
        return Response(microgrid_document(microgrid_of(mrid), as_of=timezone.now()))

    @extend_schema(
        request=bodies.MicrogridChangeSerializer,
        responses={200: bodies.MicrogridPageSerializer, 404: bodies.RefusedMicrogridSerializer, **REFUSED},
    )
    def patch(self, request: Request, mrid: UUID) -> Response:
        """Change name, note, priorities and figures; only what is named changes."""
        body, by = checked(bodies.MicrogridChangeSerializer, request.data), acting(request)
        microgrid_of(mrid)
        members = {one.pop("element_mrid"): one for one in body.pop("members", [])}
        version = body.pop("version")

        def act() -> dict[str, Any]:
            change(mrid=mrid, version=version, changes=Changes(members=members, **body), **by)
            return microgrid_document(microgrid_of(mrid), as_of=by["as_of"])

        return answered(act)
