"""Islanding and reconnection by a person; what is under way is read here, and done by the process beside it."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.api.bodies import checked
from apps.dispatch.services.refusal import Refused
from apps.microgrids.api.transition_bodies import (
    IslandingRuleChangeSerializer,
    OneTransitionSerializer,
    TransitionRefusedSerializer,
    TransitionsSerializer,
    TransitionVetoWantedSerializer,
    TransitionWantedSerializer,
)
from apps.microgrids.choices.transition import TransitionKind, VetoAgainst
from apps.microgrids.models import Microgrid, Transition
from apps.microgrids.selectors.transitions import one_transition, transition_document
from apps.microgrids.services import islanding_rules, transitions

_REFUSED = {409: TransitionRefusedSerializer}


def _microgrid(mrid: UUID) -> Microgrid:
    return get_object_or_404(Microgrid, mrid=mrid)


def _answer(act: Callable[[], dict[str, Any]], *, success: int) -> Response:
    try:
        return Response(act(), status=success)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def _person(request: Request) -> User:
    return cast(User, request.user)


class TransitionsView(APIView):
    def get_permissions(self) -> list[Any]:
        needed = Permission.VIEW_GRID if self.request.method == "GET" else Permission.OPERATE
        return [requires(needed)()]

    @extend_schema(responses={200: TransitionsSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """What is under way, what was, the criteria and how they stand, limits, and a veto."""
        return Response(transition_document(_microgrid(mrid), as_of=timezone.now()))

    @extend_schema(request=TransitionWantedSerializer, responses={201: OneTransitionSerializer} | _REFUSED)
    def post(self, request: Request, mrid: UUID) -> Response:
        """Begin one by hand, checked by the island's own power flow; its orders are in the name of who asks."""
        body, now, microgrid = checked(TransitionWantedSerializer, request.data), timezone.now(), _microgrid(mrid)

        def act() -> dict[str, Any]:
            kind = TransitionKind(body["kind"])
            row = transitions.command(
                microgrid=microgrid, kind=kind, reason=body["reason"], by=_person(request), as_of=now
            )
            return one_transition(row, as_of=now)

        return _answer(act, success=status.HTTP_201_CREATED)


class TransitionView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: OneTransitionSerializer})
    def get(self, request: Request, transition_id: int) -> Response:
        """One transition with its plan, its check and its steps."""
        return Response(one_transition(get_object_or_404(Transition, pk=transition_id), as_of=timezone.now()))


class TransitionApprovalView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=None, responses={200: OneTransitionSerializer} | _REFUSED)
    def post(self, request: Request, transition_id: int) -> Response:
        """Answer for what a criterion has proposed, or for an island that has formed itself."""
        get_object_or_404(Transition, pk=transition_id)
        now = timezone.now()
        return _answer(
            lambda: one_transition(
                transitions.approve(transition_id=transition_id, by=_person(request), as_of=now), as_of=now
            ),
            success=status.HTTP_200_OK,
        )


class TransitionVetoView(APIView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=TransitionVetoWantedSerializer, responses={201: TransitionsSerializer})
    def post(self, request: Request, mrid: UUID) -> Response:
        """Forbid islanding, reconnection or both for a time; what has moved nothing yet goes back."""
        body, now, microgrid = checked(TransitionVetoWantedSerializer, request.data), timezone.now(), _microgrid(mrid)
        against = VetoAgainst(body.pop("against"))
        transitions.forbid(microgrid=microgrid, against=against, by=_person(request), as_of=now, **body)
        return Response(transition_document(microgrid, as_of=now), status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: TransitionsSerializer} | _REFUSED)
    def delete(self, request: Request, mrid: UUID) -> Response:
        """Lift the veto that stands."""
        now, microgrid = timezone.now(), _microgrid(mrid)

        def act() -> dict[str, Any]:
            transitions.lift(microgrid=microgrid, by=_person(request), as_of=now)
            return transition_document(microgrid, as_of=now)

        return _answer(act, success=status.HTTP_200_OK)


class IslandingRuleView(APIView):
    permission_classes = [requires(Permission.MANAGE_MICROGRIDS)]

    @extend_schema(request=IslandingRuleChangeSerializer, responses={200: TransitionsSerializer} | _REFUSED)
    def put(self, request: Request, mrid: UUID, criterion: str) -> Response:
        """Thresholds and delays of one criterion, or its switching on and off."""
        body, now, microgrid = checked(IslandingRuleChangeSerializer, request.data), timezone.now(), _microgrid(mrid)
        row = get_object_or_404(microgrid.islanding_rules, criterion=criterion)

        def act() -> dict[str, Any]:
            islanding_rules.change(rule_id=row.pk, by=_person(request), as_of=now, **body)
            return transition_document(microgrid, as_of=now)

        return _answer(act, success=status.HTTP_200_OK)
