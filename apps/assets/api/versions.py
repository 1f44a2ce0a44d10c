"""Versions of the network: look, compare, check, approve, make live."""

from collections.abc import Callable
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.assets import selectors, services
from apps.assets.api.serializers import RefusalSerializer
from apps.assets.api.version_serializers import (
    ActivationSerializer,
    ComparisonSerializer,
    DraftSerializer,
    FindingsSerializer,
    RejectionSerializer,
    VersionDetailSerializer,
    VersionSerializer,
)
from apps.assets.models import NetworkModel
from apps.assets.services import ChangeRefused

REFUSED = {403: RefusalSerializer, 404: RefusalSerializer, 409: RefusalSerializer}


def person(request: Request) -> User:
    return cast(User, request.user)


def or_conflict(act: Callable[[], Any]) -> Response | None:
    """None when it was done; else the refusal, as an answer."""
    try:
        act()
    except ChangeRefused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    except NetworkModel.DoesNotExist:
        return Response({"detail": "There is no such version."}, status=status.HTTP_404_NOT_FOUND)
    return None


def shown(model_id: int) -> Response:
    return Response(VersionDetailSerializer(NetworkModel.objects.get(pk=model_id)).data)


class VersionsView(APIView):
    """All versions, newest first; a new draft is a copy of the live one."""

    def get_permissions(self) -> list[BasePermission]:
        needed = Permission.EDIT_NETWORK if self.request.method == "POST" else Permission.VIEW_GRID
        return [requires(needed)()]

    @extend_schema(responses=VersionSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(VersionSerializer(selectors.all_versions(), many=True).data)

    @extend_schema(request=DraftSerializer, responses={201: VersionSerializer, **REFUSED})
    def post(self, request: Request) -> Response:
        given = DraftSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            draft = services.make_draft(by=person(request), note=given.validated_data["note"], as_of=timezone.now())
        except ChangeRefused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(VersionSerializer(draft).data, status=status.HTTP_201_CREATED)


class VersionView(APIView):
    def get_permissions(self) -> list[BasePermission]:
        needed = Permission.EDIT_NETWORK if self.request.method == "DELETE" else Permission.VIEW_GRID
        return [requires(needed)()]

    @extend_schema(responses={200: VersionDetailSerializer, **REFUSED})
    def get(self, request: Request, model_id: int) -> Response:
        return Response(VersionDetailSerializer(get_object_or_404(NetworkModel, pk=model_id)).data)

    @extend_schema(responses={204: None, **REFUSED})
    def delete(self, request: Request, model_id: int) -> Response:
        """Refused for every version that is, was or will be live."""
        act = or_conflict(lambda: services.remove(model_id=model_id, by=person(request), as_of=timezone.now()))
        return act or Response(status=status.HTTP_204_NO_CONTENT)


class ComparisonView(APIView):
    """What differs from another version, by default from the one that is live now."""

    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("with", int, description="The other version, taken as the earlier one.")],
        responses={200: ComparisonSerializer, 400: OpenApiTypes.OBJECT, **REFUSED},
    )
    def get(self, request: Request, model_id: int) -> Response:
        model = get_object_or_404(NetworkModel, pk=model_id)
        found = selectors.comparison(before=_other(request), after=model)
        document = {"before": found.before.pk, "after": found.after.pk, "counts": found.counts}
        consequences = selectors.told_consequences(found)
        return Response(
            ComparisonSerializer({**document, "consequences": consequences, "differences": found.differences}).data
        )


def _other(request: Request) -> NetworkModel:
    wanted = request.query_params.get("with", "")
    if wanted and not (wanted.isdecimal() and len(wanted) < 10):
        raise ValidationError({"detail": "with: give the number of a version, as GET /network/models lists them."})
    live = selectors.current_model()
    if not wanted and live:
        return live
    return get_object_or_404(NetworkModel, pk=int(wanted or 0))


class CheckView(APIView):
    """Topology and power flow of a draft; with nothing wrong it may be approved."""

    permission_classes = [requires(Permission.EDIT_NETWORK)]

    @extend_schema(request=None, responses={200: FindingsSerializer, **REFUSED})
    def post(self, request: Request, model_id: int) -> Response:
        errors: list[dict[str, str]] = []
        refused = or_conflict(
            lambda: errors.extend(services.check(model_id=model_id, by=person(request), as_of=timezone.now()))
        )
        return refused or Response(FindingsSerializer({"errors": errors}).data)


class ApprovalView(APIView):
    permission_classes = [requires(Permission.APPROVE_NETWORK)]

    @extend_schema(request=None, responses={200: VersionDetailSerializer, **REFUSED})
    def post(self, request: Request, model_id: int) -> Response:
        """By somebody who did not edit it."""
        act = or_conflict(lambda: services.approve(model_id=model_id, by=person(request), as_of=timezone.now()))
        return act or shown(model_id)


class RejectionView(APIView):
    permission_classes = [requires(Permission.APPROVE_NETWORK)]

    @extend_schema(request=RejectionSerializer, responses={200: VersionDetailSerializer, **REFUSED})
    def post(self, request: Request, model_id: int) -> Response:
        given = RejectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        act = or_conflict(
            lambda: services.reject(model_id=model_id, by=person(request), reason=reason, as_of=timezone.now())
        )
        return act or shown(model_id)


class ActivationView(APIView):
    permission_classes = [requires(Permission.APPROVE_NETWORK)]

    @extend_schema(request=ActivationSerializer, responses={200: VersionDetailSerializer, **REFUSED})
    def post(self, request: Request, model_id: int) -> Response:
        """Live from an instant, now where none is given."""
        given = ActivationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        at = given.validated_data.get("at") or now
        act = or_conflict(lambda: services.release(model_id=model_id, by=person(request), at=at, as_of=now))
        return act or shown(model_id)

    @extend_schema(responses={200: VersionDetailSerializer, **REFUSED})
    def delete(self, request: Request, model_id: int) -> Response:
        """Withdraw a version that is scheduled and not live yet."""
        act = or_conflict(lambda: services.withdraw(model_id=model_id, by=person(request), as_of=timezone.now()))
        return act or shown(model_id)
