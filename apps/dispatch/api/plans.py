from collections.abc import Callable
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.dispatch.adapters.plan_steps import BadStep
from apps.dispatch.api import plan_bodies as bodies
from apps.dispatch.api.bodies import checked
from apps.dispatch.choices.plan import CrewStatus, DocumentKind, PlanKind, PlanStatus
from apps.dispatch.models.plan import SwitchingPlan
from apps.dispatch.models.safety_document import SafetyDocument
from apps.dispatch.selectors import plans as selectors
from apps.dispatch.services import plan_study, plans, safety_documents
from apps.dispatch.services.plan_copies import copy_plan
from apps.dispatch.services.refusal import Refused

WHOLE = {201: bodies.WholePlanSerializer, **bodies.REFUSED}
MOST_LISTED = 200


def answered(act: Callable[[], Any], *, code: int = status.HTTP_201_CREATED) -> Response:
    """What was done, or why not: 400 names the field and the remedy, 409 what stands in the way."""
    try:
        return Response(act(), status=code)
    except BadStep as bad:
        raise ValidationError({"steps": [str(bad)]}) from None
    except Refused as refusal:  # of an order too
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def acting(request: Request) -> dict[str, Any]:
    return {"by": cast(User, request.user), "as_of": timezone.now()}


def whole(plan: SwitchingPlan) -> dict[str, Any]:
    return selectors.whole_plan(SwitchingPlan.objects.select_related("created_by").get(pk=plan.pk))


class PlanApi(APIView):
    def get_permissions(self) -> list[Any]:
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [requires(Permission.VIEW_GRID if reads else Permission.PREPARE_PLANS)()]


class PlansView(PlanApi):
    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=PlanStatus.values, many=True),
            OpenApiParameter("kind", str, enum=PlanKind.values),
        ],
        responses={200: bodies.PlansSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = checked(bodies.PlansAskedSerializer, request.query_params)
        found = selectors.plans(statuses=asked.get("status", ()), kind=asked.get("kind", ""))
        return Response({"plans": [selectors.plan_document(plan) for plan in found[:MOST_LISTED]]})

    @extend_schema(request=bodies.NewPlanSerializer, responses=WHOLE)
    def post(self, request: Request) -> Response:
        body = checked(bodies.NewPlanSerializer, request.data)
        body["kind"] = PlanKind(body["kind"])
        return answered(lambda: whole(plans.create_plan(**body, **acting(request))))


class PlanView(PlanApi):
    @extend_schema(responses={200: bodies.WholePlanSerializer})
    def get(self, request: Request, plan_id: int) -> Response:
        return Response(whole(get_object_or_404(SwitchingPlan, pk=plan_id)))


class StepsView(PlanApi):
    @extend_schema(request=bodies.StepsAnewSerializer, responses={200: bodies.WholePlanSerializer, **bodies.REFUSED})
    def put(self, request: Request, plan_id: int) -> Response:
        told = checked(bodies.StepsAnewSerializer, request.data)
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        write = plans.write_steps
        return answered(lambda: whole(write(plan_id=plan.pk, **told, **acting(request))), code=status.HTTP_200_OK)


class MovesView(PlanApi):
    def get_permissions(self) -> list[Any]:
        return [requires(Permission.VIEW_GRID)()]  # each move has a permission of its own: rules.plans

    @extend_schema(request=bodies.MoveSerializer, responses=WHOLE)
    def post(self, request: Request, plan_id: int) -> Response:
        body = checked(bodies.MoveSerializer, request.data)
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        given = {"to": PlanStatus(body["to"]), "reason": body["reason"], **acting(request)}
        return answered(lambda: whole(plans.move_plan(plan_id=plan.pk, **given)))


class PlanStudiesView(PlanApi):
    @extend_schema(request=None, responses=WHOLE)
    def post(self, request: Request, plan_id: int) -> Response:
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        return answered(lambda: whole(plan_study.study_plan(plan_id=plan.pk, **acting(request))))


class GoBackView(PlanApi):
    @extend_schema(request=None, responses=WHOLE)
    def post(self, request: Request, plan_id: int) -> Response:
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        return answered(lambda: whole(plans.create_go_back(plan_id=plan.pk, **acting(request))))


class CopiesView(PlanApi):
    @extend_schema(request=bodies.PlanCopySerializer, responses=WHOLE)
    def post(self, request: Request, plan_id: int) -> Response:
        """A plan from a template, a template from a plan, or a plan like another; nobody has signed it."""
        body = checked(bodies.PlanCopySerializer, request.data)
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        given = {**body, "kind": PlanKind(body["kind"]), **acting(request)}
        return answered(lambda: whole(copy_plan(plan_id=plan.pk, **given)))


class DocumentsView(PlanApi):
    @extend_schema(request=bodies.NewDocumentSerializer, responses=WHOLE)
    def post(self, request: Request, plan_id: int) -> Response:
        body = checked(bodies.NewDocumentSerializer, request.data)
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        given = {**body, "kind": DocumentKind(body["kind"]), **acting(request)}
        return answered(lambda: whole(safety_documents.draft_document(plan_id=plan.pk, **given).plan))


class CrewView(PlanApi):
    def get_permissions(self) -> list[Any]:
        return [requires(Permission.OPERATE)()]

    @extend_schema(request=bodies.CrewSerializer, responses=WHOLE)
    def post(self, request: Request, document_id: int) -> Response:
        to = CrewStatus(checked(bodies.CrewSerializer, request.data)["status"])
        document = get_object_or_404(SafetyDocument, pk=document_id)
        sign = safety_documents.sign_crew
        return answered(lambda: whole(sign(document_id=document.pk, to=to, **acting(request)).plan))
