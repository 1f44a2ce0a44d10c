"""Experiments of conservation voltage reduction: measured by days of lower and of normal voltage, by lot."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

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
from apps.dispatch.api.orders import client_of
from apps.dispatch.services.refusal import Refused
from apps.efficiency.api import cvr_bodies as bodies
from apps.efficiency.models.cvr import CvrExperiment
from apps.efficiency.selectors.cvr import experiment_documents, experiments, whole_document
from apps.efficiency.services import cvr_planning, cvr_running

ANSWERS = {201: bodies.CvrWholeSerializer, 409: bodies.CvrRefusedSerializer}


def _answered(act: Callable[[], CvrExperiment], as_of: datetime) -> Response:
    try:
        done = act()
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
    return Response(_whole(done.pk, as_of), status=status.HTTP_201_CREATED)


def _whole(pk: int, as_of: datetime) -> dict[str, Any]:
    one = get_object_or_404(experiments(), pk=pk)
    return bodies.CvrWholeSerializer(whole_document(one, as_of=as_of)).data


class CvrExperimentsView(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.MANAGE_EFFICIENCY)()]

    @extend_schema(operation_id="cvr_list", responses={200: bodies.CvrExperimentsSerializer})
    def get(self, request: Request) -> Response:
        """The newest first; 50 at once."""
        now = timezone.now()
        return Response({"as_of": now, "experiments": experiment_documents(as_of=now)})

    @extend_schema(request=bodies.CvrDraftSerializer, responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """A draft: its days are drawn by lot, and a power flow says whether it may go so low. Nothing moves yet."""
        body, now = checked(bodies.CvrDraftSerializer, request.data), timezone.now()
        by = cast(User, request.user)
        return _answered(
            lambda: cvr_planning.draft_experiment(cvr_planning.CvrDraft(**body), by=by, as_of=now), as_of=now
        )


class CvrExperimentView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.CvrWholeSerializer})
    def get(self, request: Request, experiment_id: int) -> Response:
        """With its calendar, its guard as it is now, and all that the measurement says."""
        return Response(_whole(experiment_id, timezone.now()))


class CvrSitesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.CvrSitesSerializer, 409: bodies.CvrRefusedSerializer})
    def get(self, request: Request) -> Response:
        """Each feeder, and why no experiment can be made there."""
        now = timezone.now()
        try:
            return Response({"as_of": now, "sites": cvr_planning.possible_sites(as_of=now)})
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


class CvrOutlookView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[bodies.CvrOutlookQuery],
        responses={200: bodies.CvrOutlookSerializer, 409: bodies.CvrRefusedSerializer},
    )
    def get(self, request: Request) -> Response:
        """How deep an experiment may go there, and how many days it takes, before anybody drafts one."""
        asked, now = checked(bodies.CvrOutlookQuery, request.query_params), timezone.now()
        try:
            return Response(cvr_planning.outlook(**asked, as_of=now))
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


class CvrApprovalView(APIView):
    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    @extend_schema(request=None, responses=ANSWERS)
    def post(self, request: Request, experiment_id: int) -> Response:
        """By a second person: from its first day on taps are ordered in this person's name."""
        get_object_or_404(CvrExperiment, pk=experiment_id)
        client, now = client_of(request), timezone.now()
        return _answered(
            lambda: cvr_planning.approve_experiment(experiment_id=experiment_id, client=client, as_of=now), as_of=now
        )


class CvrWithdrawalView(APIView):
    permission_classes = [requires(Permission.MANAGE_EFFICIENCY)]

    @extend_schema(request=bodies.CvrReasonSerializer, responses=ANSWERS)
    def post(self, request: Request, experiment_id: int) -> Response:
        """Of what has not begun."""
        body, now = checked(bodies.CvrReasonSerializer, request.data), timezone.now()
        get_object_or_404(CvrExperiment, pk=experiment_id)
        by = cast(User, request.user)
        return _answered(
            lambda: cvr_planning.withdraw_experiment(
                experiment_id=experiment_id, reason=body["reason"], by=by, as_of=now
            ),
            as_of=now,
        )


class CvrStopView(APIView):
    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    @extend_schema(request=bodies.CvrReasonSerializer, responses=ANSWERS)
    def post(self, request: Request, experiment_id: int) -> Response:
        """The voltage goes back, and what was measured is kept."""
        body, now = checked(bodies.CvrReasonSerializer, request.data), timezone.now()
        get_object_or_404(CvrExperiment, pk=experiment_id)
        client = client_of(request)
        return _answered(
            lambda: cvr_running.stop_experiment(
                experiment_id=experiment_id, reason=body["reason"], client=client, as_of=now
            ),
            as_of=now,
        )
