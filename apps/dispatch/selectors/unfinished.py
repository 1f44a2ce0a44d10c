"""What is not at its end: orders, plans, safety documents and proposals that a relief takes over."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.plan import ENDED_PLANS, ENDED_STEPS, DocumentStatus, PlanKind, StepStatus
from apps.dispatch.choices.proposal import UNDER_WAY
from apps.dispatch.models import Course, Order, Proposal, SafetyDocument, SwitchingPlan, SwitchingStep
from apps.dispatch.selectors.records import desk_label


def unfinished() -> dict[str, list[dict[str, Any]]]:
    plans = open_plans().prefetch_related(Prefetch("steps", SwitchingStep.objects.order_by("position")))
    documents = SafetyDocument.objects.filter(status=DocumentStatus.ISSUED).select_related("plan")
    proposals = Proposal.objects.light().filter(status__in=UNDER_WAY).order_by("id")
    courses = Course.objects.filter(status=CourseStatus.RUNNING).select_related("executor").order_by("id")
    return {
        "orders": [_order(order) for order in Order.objects.open().select_related("selected_by").order_by("id")],
        "plans": [_plan(plan) for plan in plans.order_by("id")],
        "documents": [_document(document) for document in documents],
        "proposals": [_proposal(proposal) for proposal in proposals],
        "courses": [_course(course) for course in courses],
    }


def open_plans() -> QuerySet[SwitchingPlan]:
    """Templates are carried out by nobody."""
    return SwitchingPlan.objects.exclude(status__in=ENDED_PLANS).exclude(kind=PlanKind.TEMPLATE)


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.pk,
        "device_mrid": str(order.device_mrid),
        "device_name": order.device_name,
        "act": order.act,
        "act_label": order.get_act_display(),
        "value": order.value,
        "unit": order.unit,
        "status": order.status,
        "status_label": order.get_status_display(),
        "purpose": order.purpose,
        "selected_by": order.selected_by.get_username(),
        "selected_at": order.selected_at.isoformat(),
    }


def _plan(plan: SwitchingPlan) -> dict[str, Any]:
    steps = list(plan.steps.all())
    current = next((step for step in steps if StepStatus(step.status) not in ENDED_STEPS), None)
    return {
        "id": plan.pk,
        "number": plan.number,
        "name": plan.name,
        "status": plan.status,
        "status_label": plan.get_status_display(),
        "begins_at": plan.begins_at.isoformat() if plan.begins_at else None,
        "steps": len(steps),
        "step": current.position if current else None,
        "step_text": current.text if current else "",
        "step_status_label": current.get_status_display() if current else "",
        "crew": current.crew if current else "",
    }


def _document(document: SafetyDocument) -> dict[str, Any]:
    return {
        "id": document.pk,
        "name": str(document),
        "plan": document.plan_id,
        "plan_number": document.plan.number,
        "work": document.work,
        "crew": document.crew,
        "crew_status_label": document.get_crew_status_display(),
        "devices": document.devices,
        "issued_at": document.issued_at.isoformat() if document.issued_at else None,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.pk,
        "title": proposal.title,
        "desk_label": desk_label(proposal.desk),
        "place": proposal.trouble.place,
        "status": proposal.status,
        "status_label": proposal.get_status_display(),
        "reason": proposal.reason,
        "waits_at": proposal.waits_at,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "id": course.pk,
        "title": course.title,
        "device_mrid": str(course.device_mrid),
        "device_name": course.device_name,
        "status_label": course.get_status_display(),
        "reason": course.reason,
        "executor": course.executor.get_username() if course.executor else None,
        "ends_at": course.ends_at.isoformat(),
    }
