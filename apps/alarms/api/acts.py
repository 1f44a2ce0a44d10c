"""An operator's act is a part of the alarm: posted to begin, deleted to end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.alarms import selectors, services
from apps.alarms.api.serializers import (
    AlarmSerializer,
    OccurrenceSerializer,
    OutOfServiceSerializer,
    RefusalSerializer,
    ShelvingSerializer,
)
from apps.alarms.choices import Condition
from apps.alarms.models import Alarm

_ANSWERS: dict[int, Any] = {201: AlarmSerializer, 404: RefusalSerializer, 409: RefusalSerializer}
_ENDED: dict[int, Any] = {200: AlarmSerializer, 404: RefusalSerializer, 409: RefusalSerializer}


def _body(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _done(
    request: Request, alarm_id: int, act: Callable[..., Alarm], *, code: int = status.HTTP_201_CREATED, **said: Any
) -> Response:
    get_object_or_404(Alarm.objects.exclude(condition=Condition.CANARY), pk=alarm_id)
    try:
        alarm = act(alarm_id=alarm_id, by=cast(User, request.user), as_of=timezone.now(), **said)
    except services.ActRefused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    return Response(selectors.with_response([selectors.document(alarm)])[0], status=code)


class AcknowledgementView(APIView):
    permission_classes = [requires(Permission.ACKNOWLEDGE_ALARMS)]

    @extend_schema(request=OccurrenceSerializer, responses=_ANSWERS)
    def post(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.acknowledge, **_body(OccurrenceSerializer, request))


class ResetView(APIView):
    """Of an alarm that latches, once its condition is over and it is acknowledged."""

    permission_classes = [requires(Permission.ACKNOWLEDGE_ALARMS)]

    @extend_schema(request=OccurrenceSerializer, responses=_ANSWERS)
    def post(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.reset, **_body(OccurrenceSerializer, request))


class ShelvingView(APIView):
    """Out of the list for at most twelve hours, with a reason. It goes on being evaluated and logged."""

    permission_classes = [requires(Permission.SHELVE_ALARMS)]

    @extend_schema(request=ShelvingSerializer, responses=_ANSWERS)
    def post(self, request: Request, alarm_id: int) -> Response:
        said = _body(ShelvingSerializer, request)
        until = timezone.now() + timedelta(minutes=said["minutes"])
        return _done(request, alarm_id, services.shelve, reason=said["reason"], until=until)

    @extend_schema(request=None, responses=_ENDED)
    def delete(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.unshelve, code=status.HTTP_200_OK)


class OutOfServiceView(APIView):
    """Asked for with a work order; takes effect by approval, of priority 1 by somebody else's."""

    permission_classes = [requires(Permission.SHELVE_ALARMS)]

    @extend_schema(request=OutOfServiceSerializer, responses=_ANSWERS)
    def post(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.ask_out_of_service, **_body(OutOfServiceSerializer, request))

    @extend_schema(request=None, responses=_ENDED)
    def delete(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.return_to_service, code=status.HTTP_200_OK)


class ApprovalView(APIView):
    permission_classes = [requires(Permission.APPROVE_OUT_OF_SERVICE)]

    @extend_schema(request=None, responses=_ANSWERS)
    def post(self, request: Request, alarm_id: int) -> Response:
        return _done(request, alarm_id, services.approve_out_of_service)
