"""The voltage desk: feeders by how near their voltages are to a limit, one feeder as a whole, what is gone for."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.dispatch.api.bodies import checked
from apps.dispatch.services.refusal import Refused
from apps.optimization.api import voltage_bodies as bodies
from apps.optimization.api.runs import RefusedOptimizationSerializer
from apps.optimization.selectors import voltage as selectors
from apps.optimization.services.voltage_settings import set_voltage_setting

_NONE = "There is no such feeder in the live network, or no state of it is known yet. Take one from the list."


class FeederVoltagesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(operation_id="optimization_voltage_list", responses={200: bodies.FeederVoltagesSerializer})
    def get(self, request: Request) -> Response:
        """Those with least room to a limit first."""
        return Response(selectors.feeders_document(as_of=timezone.now()))


class FeederVoltageView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.FeederVoltageSerializer, 404: RefusedOptimizationSerializer})
    def get(self, request: Request, feeder_mrid: UUID) -> Response:
        """The profile along its lines, its devices and their day, the newest plan, and what became of proposals."""
        found = selectors.feeder_document(feeder_mrid, as_of=timezone.now())
        if found is None:
            raise Http404(_NONE)
        return Response(found)


class VoltageSettingView(APIView):
    permission_classes: list[Any] = [requires(Permission.SET_AUTONOMY)]

    @extend_schema(
        request=bodies.VoltageSettingBody,
        responses={200: bodies.VoltageSettingSerializer, 409: RefusedOptimizationSerializer},
    )
    def put(self, request: Request, feeder_mrid: UUID) -> Response:
        """What the voltage desk goes for on a feeder; limits come before it."""
        body = checked(bodies.VoltageSettingBody, request.data)
        by: dict[str, Any] = {
            "by": cast(User, request.user),
            "as_of": timezone.now(),
            "source_ip": source_ip(request._request),
        }
        try:
            setting = set_voltage_setting(feeder_mrid=feeder_mrid, **by, **body)
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(selectors.setting_document(setting))
