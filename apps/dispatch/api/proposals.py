"""What would you do about it: the ranked list, one proposal, and what people decide about it."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires, source_ip
from apps.dispatch.api import proposal_bodies as bodies
from apps.dispatch.api.bodies import checked
from apps.dispatch.choices.proposal import Moment, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Autonomy, Proposal, Trouble
from apps.dispatch.selectors import proposals as selectors
from apps.dispatch.selectors.autonomy import autonomy_document, autonomy_documents
from apps.dispatch.selectors.records import receipt_documents, records_document
from apps.dispatch.services import autonomy, by_hand, decisions, execution
from apps.dispatch.services.refusal import Refused

REFUSED = {409: bodies.RefusedProposalSerializer}
DECIDED = {201: bodies.ProposalPageSerializer, **REFUSED}


def _answered(act: Callable[[], dict[str, Any]]) -> Response:
    try:
        return Response(act(), status=status.HTTP_201_CREATED)
    except Refused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def _acting(request: Request) -> dict[str, Any]:
    return {"by": cast(User, request.user), "as_of": timezone.now()}


def _page(proposal_id: int) -> dict[str, Any]:
    rows = Proposal.objects.select_related("trouble", "decided_by", "rule", "receipt__proposal__trouble")
    return selectors.proposal_page(get_object_or_404(rows, pk=proposal_id), as_of=timezone.now())


class ReadsAreFree(APIView):
    """Whoever sees the grid sees what is proposed; acts need a permission of their own."""

    writes: Permission

    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else self.writes)()]


class RemediesView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.RemediesSerializer})
    def get(self, request: Request) -> Response:
        """Standing troubles, the gravest first, each with its remedies in their order and why."""
        return Response(selectors.remedies(as_of=timezone.now()))


class ProposalsView(ReadsAreFree):
    writes = Permission.DECIDE_PROPOSALS

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=ProposalStatus.values),
            OpenApiParameter("desk", str),
            OpenApiParameter("trouble", int),
        ],
        responses={200: bodies.ProposalsSerializer},
    )
    def get(self, request: Request) -> Response:
        """Of any state, the newest first."""
        return Response(
            {"proposals": selectors.proposal_documents(**checked(bodies.ProposalsQuery, request.query_params))}
        )

    @extend_schema(request=bodies.NewProposalSerializer, responses={201: bodies.ProposalPageSerializer, **REFUSED})
    def post(self, request: Request) -> Response:
        """By hand: checked by power flow of the live state like any desk's, and ranked among them."""
        body = checked(bodies.NewProposalSerializer, request.data)
        trouble = Trouble.objects.standing().filter(pk=body.pop("trouble")).first()
        if trouble is None:
            raise ValidationError({"trouble": ["No such trouble stands. Take the id of one that GET remedies lists."]})
        return _answered(lambda: _page(by_hand.propose_by_hand(trouble=trouble, **body, **_acting(request)).pk))


class ProposalView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.ProposalPageSerializer})
    def get(self, request: Request, proposal_id: int) -> Response:
        return Response(_page(proposal_id))


class ProposalFrameView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("moment", str, OpenApiParameter.PATH, enum=Moment.values)],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, proposal_id: int, moment: str) -> HttpResponse:
        """The state before or after its steps in the layout of live grid frames, so that the same map draws it."""
        frame = selectors.picture_frame(proposal_id, Moment(moment)) if moment in Moment.values else None
        if frame is None:
            raise NotFound("There is no such picture: one is kept of every proposal whose power flow was solved.")
        return HttpResponse(frame, content_type="application/octet-stream")


class DecisionView(APIView):
    """An act on one proposal, answered by the proposal as it stands then."""

    permission_classes = [requires(Permission.DECIDE_PROPOSALS)]

    def decided(self, act: Callable[..., Any], request: Request, proposal_id: int, **also: Any) -> Response:
        get_object_or_404(Proposal, pk=proposal_id)

        def done() -> dict[str, Any]:
            act(proposal_id=proposal_id, **also, **_acting(request))
            return _page(proposal_id)

        return _answered(done)


class ProposalApprovalView(DecisionView):
    @extend_schema(request=None, responses=DECIDED)
    def post(self, request: Request, proposal_id: int) -> Response:
        """Approve; what is done in the field is ordered apart, step by step."""
        return self.decided(decisions.approve, request, proposal_id)


class ProposalRejectionView(DecisionView):
    @extend_schema(request=bodies.ProposalReasonSerializer, responses=DECIDED)
    def post(self, request: Request, proposal_id: int) -> Response:
        """Reject; the like of it is held back for an hour and ranked lower for a day."""
        reason = checked(bodies.ProposalReasonSerializer, request.data)["reason"]
        return self.decided(decisions.reject, request, proposal_id, reason=reason)


class ProposalWithdrawalView(DecisionView):
    @extend_schema(request=bodies.ProposalReasonSerializer, responses=DECIDED)
    def post(self, request: Request, proposal_id: int) -> Response:
        reason = checked(bodies.ProposalReasonSerializer, request.data)["reason"]
        return self.decided(decisions.withdraw, request, proposal_id, reason=reason)


class ProposalExecutionView(DecisionView):
    permission_classes = [requires(Permission.OPERATE)]

    @extend_schema(request=None, responses=DECIDED)
    def post(self, request: Request, proposal_id: int) -> Response:
        """Order an approved proposal's steps one after the other, each when the one before is seen done."""
        return self.decided(execution.begin, request, proposal_id, source_ip=source_ip(request._request))


class ReceiptsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(
        parameters=[OpenApiParameter("desk", str), OpenApiParameter("kind", str)],
        responses={200: bodies.ReceiptsSerializer},
        description=f"What was promised beside what came; outcomes: {', '.join(ReceiptOutcome.values)}.",
    )
    def get(self, request: Request) -> Response:
        return Response({"receipts": receipt_documents(**checked(bodies.ReceiptsQuery, request.query_params))})


class TrackRecordsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.TrackRecordsSerializer})
    def get(self, request: Request) -> Response:
        """Per desk and kind, of the last 90 days."""
        return Response(records_document(timezone.now()))


class AutonomyView(ReadsAreFree):
    writes = Permission.SET_AUTONOMY

    @extend_schema(responses={200: bodies.AutonomiesSerializer})
    def get(self, request: Request) -> Response:
        return Response({"rules": autonomy_documents()})

    @extend_schema(request=bodies.NewAutonomySerializer, responses={201: bodies.AutonomySerializer, **REFUSED})
    def post(self, request: Request) -> Response:
        """How freely a desk may act on a feeder; the rule that was there is replaced."""
        body = checked(bodies.NewAutonomySerializer, request.data)
        return _answered(lambda: autonomy_document(autonomy.set_autonomy(**body, **_acting(request))))


class AutonomySecondView(APIView):
    permission_classes = [requires(Permission.APPROVE_ORDERS)]

    @extend_schema(request=None, responses={201: bodies.AutonomySerializer, **REFUSED})
    def post(self, request: Request, rule_id: int) -> Response:
        """Agree, as the second person, that this automatic rule operates critical devices without asking each time."""
        get_object_or_404(Autonomy, pk=rule_id)
        return _answered(lambda: autonomy_document(autonomy.second_autonomy(rule_id=rule_id, **_acting(request))))
