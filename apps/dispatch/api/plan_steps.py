from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.dispatch.api import plan_bodies as bodies
from apps.dispatch.api.bodies import checked
from apps.dispatch.api.orders import client_of, one_document
from apps.dispatch.api.plans import WHOLE, PlanApi, answered, whole
from apps.dispatch.choices.plan import StepStatus
from apps.dispatch.models import SwitchingPlan
from apps.dispatch.services.plan_execution import Going, instruct_step, report_step


class StepApi(PlanApi):
    def get_permissions(self) -> list[Any]:
        return [requires(Permission.OPERATE)()]


class InstructionView(StepApi):
    @extend_schema(request=bodies.InstructionSerializer, responses={201: bodies.InstructedSerializer, **bodies.REFUSED})
    def post(self, request: Request, plan_id: int, position: int) -> Response:
        """Let a step go. One to the field from here gives an order, which is operated within 10 s."""
        key = checked(bodies.InstructionSerializer, request.data)["key"]
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        going = Going(client_of(request), key, timezone.now(), timezone.now)

        def act() -> dict[str, Any]:
            order = instruct_step(plan_id=plan.pk, position=position, going=going)
            told = one_document(order, as_of=timezone.now()) | {"nonce": order.nonce} if order else None
            return {**whole(plan), "order": told}

        return answered(act)


class ReportView(StepApi):
    @extend_schema(request=bodies.StepReportSerializer, responses=WHOLE)
    def post(self, request: Request, plan_id: int, position: int) -> Response:
        """How a step on site has ended, or one whose outcome was not known."""
        body = checked(bodies.StepReportSerializer, request.data)
        plan = get_object_or_404(SwitchingPlan, pk=plan_id)
        given = {"outcome": StepStatus(body["outcome"]), "note": body["note"], "client": client_of(request)}
        as_of = timezone.now()
        return answered(lambda: whole(report_step(plan_id=plan.pk, position=position, as_of=as_of, **given)))
