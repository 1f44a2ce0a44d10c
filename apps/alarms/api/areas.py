from typing import cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.choices import Permission
from apps.accounts.models import Area, User
from apps.accounts.permissions import requires
from apps.alarms.api.serializers import AreaSerializer, RefusalSerializer


def _areas(user: User) -> list[dict[str, object]]:
    people.default_area()
    mine = accounts.areas_of(user)
    return [
        {
            "id": area.id,
            "name": area.name,
            "is_default": area.is_default,
            "assigned": area.assigned,
            "seen_at": area.seen_at,
            "is_mine": area.id in mine,
        }
        for area in accounts.area_watch()
    ]


class AreasView(APIView):
    """Areas of responsibility: who answers for each, and when one of them was last seen."""

    permission_classes = [requires(Permission.VIEW_ALARMS)]

    @extend_schema(responses={200: AreaSerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response(_areas(cast(User, request.user)))


class ResponsibilityView(APIView):
    """Taking an area over relieves whoever held it; both are logged."""

    permission_classes = [requires(Permission.ACKNOWLEDGE_ALARMS)]

    @extend_schema(request=None, responses={201: AreaSerializer(many=True), 404: RefusalSerializer})
    def post(self, request: Request, area_id: int) -> Response:
        user = cast(User, request.user)
        people.take_over(area=get_object_or_404(Area, pk=area_id), by=user, at=timezone.now())
        return Response(_areas(user), status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: AreaSerializer(many=True), 404: RefusalSerializer})
    def delete(self, request: Request, area_id: int) -> Response:
        user = cast(User, request.user)
        people.hand_back(area=get_object_or_404(Area, pk=area_id), by=user, at=timezone.now())
        return Response(_areas(user))


class PresenceView(APIView):
    """A display says that somebody sits before it; without it for a minute an area has no operator."""

    permission_classes = [requires(Permission.ACKNOWLEDGE_ALARMS)]

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        people.note_presence(user=cast(User, request.user), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
