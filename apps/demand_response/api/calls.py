"""Opportunities, strategies and calls: what the desk of the operator and the event page show and do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.demand_response import tasks
from apps.demand_response.api import call_bodies as bodies
from apps.demand_response.api.common import NOT_FOUND, REFUSED, RunsPrograms, ViewsDemand, answered, person, queued
from apps.demand_response.models import DemandProgram, Opportunity, Participation, Strategy
from apps.demand_response.selectors import call_documents as documents
from apps.demand_response.selectors.opportunity_documents import opportunity_list, strategy_document, strategy_list
from apps.demand_response.services import opting_out, strategies
from apps.demand_response.services.enrolment import Actor
from apps.demand_response.services.supplements import ask_for_supplement
from apps.dispatch.api.bodies import checked, chosen
from apps.dispatch.models import Call
from apps.dispatch.services import call_following
from apps.dispatch.services import calls as services

ACTED = {200: bodies.CallSerializer, **REFUSED}


def _at(request: Request, body: type[Any] = bodies.DemandInstantQuery) -> datetime:
    at: datetime = checked(body, request.query_params).get("at") or timezone.now()
    return at


class ActsOnCalls(ViewsDemand):
    writes = Permission.APPROVE_CALLS


class OpportunitiesView(ViewsDemand):
    @extend_schema(
        operation_id="demand_opportunities",
        parameters=[bodies.DemandInstantQuery],
        responses=bodies.OpportunitiesSerializer,
    )
    def get(self, request: Request) -> Response:
        """Where flexibility is worth most, the best first, and what could be asked for now."""
        found = opportunity_list(person(request), at=_at(request))
        return Response(bodies.OpportunitiesSerializer(found).data)


class StrategiesView(ActsOnCalls):
    @extend_schema(
        operation_id="demand_strategies",
        parameters=[bodies.DemandInstantQuery],
        responses=bodies.StrategiesSerializer,
    )
    def get(self, request: Request) -> Response:
        found = {"strategies": strategy_list(person(request), at=_at(request))}
        return Response(bodies.StrategiesSerializer(found).data)

    @extend_schema(
        operation_id="demand_strategy_asked",
        request=bodies.StrategyWishSerializer,
        responses={202: bodies.StrategySerializer, **REFUSED, **NOT_FOUND},
    )
    def post(self, request: Request) -> Response:
        """Worked out by a worker: whom to ask in which stage. It ends as a call in draft, or says why it cannot be."""
        wish = checked(bodies.StrategyWishSerializer, request.data)
        program = get_object_or_404(DemandProgram.objects.visible_to(person(request)), pk=wish["program"])
        key = wish.get("opportunity")
        opportunity = chosen(Opportunity.objects.all(), "opportunity", pk=key) if key else None
        wished = strategies.wished_for(wish, opportunity)
        return _waiting(
            lambda: strategies.ask_for_strategy(program=program, wish=wished, by=person(request), as_of=timezone.now())
        )


class StrategyView(ViewsDemand):
    @extend_schema(operation_id="demand_strategy", responses=bodies.StrategySerializer)
    def get(self, request: Request, strategy_id: int) -> Response:
        rows = Strategy.objects.visible_to(person(request)).select_related("program", "made_by")
        return Response(bodies.StrategySerializer(strategy_document(get_object_or_404(rows, pk=strategy_id))).data)


class CallsView(ViewsDemand):
    @extend_schema(operation_id="demand_calls", parameters=[bodies.CallsQuery], responses=bodies.CallsSerializer)
    def get(self, request: Request) -> Response:
        """Of any state, the newest first; 50 at once."""
        asked = checked(bodies.CallsQuery, request.query_params)
        at = asked.pop("at", None) or timezone.now()
        found = {"calls": documents.call_list(person(request), at=at, **asked)}
        return Response(bodies.CallsSerializer(found).data)


class CallView(ViewsDemand):
    @extend_schema(
        operation_id="demand_call", parameters=[bodies.DemandInstantQuery], responses=bodies.CallPageSerializer
    )
    def get(self, request: Request, call_id: int) -> Response:
        at = _at(request)
        rows = documents.calls_visible_to(person(request)).filter(created_at__lte=at)
        found = documents.call_page(get_object_or_404(rows, pk=call_id), as_of=at)
        return Response(bodies.CallPageSerializer(found).data)


class CallParticipantsView(RunsPrograms):
    @extend_schema(
        operation_id="demand_call_participants",
        parameters=[bodies.ParticipantsQuery],
        responses=bodies.ParticipantsSerializer,
    )
    def get(self, request: Request, call_id: int) -> Response:
        """By name, for who runs the program; 500 at once."""
        asked = checked(bodies.ParticipantsQuery, request.query_params)
        found = documents.participants(_call(request, call_id), person(request), **asked)
        return Response(bodies.ParticipantsSerializer(found).data)


class ParticipationOptOutView(RunsPrograms):
    @extend_schema(
        operation_id="demand_participation_opt_out",
        request=bodies.CallReasonSerializer,
        responses={200: bodies.ParticipantsSerializer, **REFUSED},
    )
    def post(self, request: Request, participation_id: int) -> Response:
        """The customer asked, by telephone, to be left out of this event."""
        rows = Participation.objects.visible_to(person(request)).select_related("stage__call")
        found = get_object_or_404(rows, pk=participation_id)
        reason = checked(bodies.CallReasonSerializer, request.data)["reason"]

        def act() -> Any:
            told = {"reason": reason, "by": Actor.of(person(request)), "as_of": timezone.now()}
            opting_out.opt_out(participation=found, **told)
            return bodies.ParticipantsSerializer(documents.participants(found.stage.call, person(request))).data

        return answered(act)


class CallSubmissionView(ActsOnCalls):
    @extend_schema(operation_id="demand_call_submitted", request=None, responses=ACTED)
    def post(self, request: Request, call_id: int) -> Response:
        """409 where the power flow has not let it pass."""
        call = _call(request, call_id)
        return _acted(lambda: services.submit_call(call_id=call.pk, by=person(request), as_of=timezone.now()))


class CallApprovalView(ActsOnCalls):
    @extend_schema(operation_id="demand_call_approved", request=None, responses=ACTED)
    def post(self, request: Request, call_id: int) -> Response:
        """It is sent within seconds. Above the program's number of customers by another person than handed it in."""
        call = _call(request, call_id)
        return _acted(lambda: services.approve_call(call_id=call.pk, by=person(request), as_of=timezone.now()))


class CallRejectionView(ActsOnCalls):
    @extend_schema(operation_id="demand_call_rejected", request=bodies.CallReasonSerializer, responses=ACTED)
    def post(self, request: Request, call_id: int) -> Response:
        call, reason = _call(request, call_id), checked(bodies.CallReasonSerializer, request.data)["reason"]
        told = {"reason": reason, "by": person(request), "as_of": timezone.now()}
        return _acted(lambda: services.reject_call(call_id=call.pk, **told))


class CallCancellationView(ActsOnCalls):
    @extend_schema(operation_id="demand_call_cancelled", request=bodies.CallReasonSerializer, responses=ACTED)
    def post(self, request: Request, call_id: int) -> Response:
        """Its events are withdrawn at once: equipment that sees them no more goes back to normal."""
        call, reason = _call(request, call_id), checked(bodies.CallReasonSerializer, request.data)["reason"]
        told = {"reason": reason, "by": person(request), "as_of": timezone.now()}
        return _acted(lambda: call_following.cancel_call(call_id=call.pk, **told))


class CallSupplementView(ActsOnCalls):
    @extend_schema(
        operation_id="demand_call_supplement",
        request=bodies.SupplementWishSerializer,
        responses={202: bodies.StrategySerializer, **REFUSED},
    )
    def post(self, request: Request, call_id: int) -> Response:
        """What is missing while it runs, from customers who were not called: a call of its own, checked the same."""
        call = _call(request, call_id)
        told = checked(bodies.SupplementWishSerializer, request.data)
        return _waiting(lambda: ask_for_supplement(call=call, **told, by=person(request), as_of=timezone.now()))


def _call(request: Request, key: int) -> Call:
    return get_object_or_404(documents.calls_visible_to(person(request)), pk=key)


def _acted(act: Callable[[], Call]) -> Response:
    return answered(lambda: bodies.CallSerializer(documents.call_alone(act())).data)


def _waiting(ask: Callable[[], Strategy]) -> Response:
    made: list[Strategy] = []
    refused = answered(lambda: made.append(ask()))
    if not made:
        return refused
    row = made[0]
    return queued(
        lambda: tasks.work_out_strategy.delay(row.pk), lambda: bodies.StrategySerializer(strategy_document(row)).data
    )
