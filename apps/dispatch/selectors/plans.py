from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from apps.dispatch.choices.plan import WRITABLE, PlanKind, PlanStatus, plan_moves
from apps.dispatch.models.plan import PlanMove, PlanStudy, SwitchingPlan, SwitchingStep
from apps.dispatch.models.safety_document import SafetyDocument


def plans(*, statuses: Sequence[str] = (), kind: str = "") -> QuerySet[SwitchingPlan]:
    found = SwitchingPlan.objects.select_related("created_by")
    if statuses:
        found = found.filter(status__in=statuses)
    return found.filter(kind=kind) if kind else found


def plan_document(plan: SwitchingPlan) -> dict[str, Any]:
    """What a list shows of a plan."""
    return {
        "id": plan.pk,
        "number": plan.number,
        "name": plan.name,
        "purpose": plan.purpose,
        "kind": plan.kind,
        "kind_label": plan.get_kind_display(),
        "status": plan.status,
        "status_label": plan.get_status_display(),
        "created_at": plan.created_at.isoformat(),
        "created_by": plan.created_by.get_username(),
        "begins_at": plan.begins_at.isoformat() if plan.begins_at else None,
        "customers_may_lose": plan.customers_may_lose,
        "from_template": plan.from_template_id,
        "go_back_of": plan.go_back_of_id,
        "is_writable": PlanStatus(plan.status) in WRITABLE,
        "may_become": sorted(plan_moves(PlanKind(plan.kind), PlanStatus(plan.status))),
    }


def whole_plan(plan: SwitchingPlan) -> dict[str, Any]:
    """With its steps, documents, signatures and the newest study."""
    study = plan.studies.select_related("made_by").first()
    return {
        **plan_document(plan),
        "go_back": SwitchingPlan.objects.filter(go_back_of=plan).values_list("pk", flat=True).first(),
        "steps": [step_document(step) for step in plan.steps.select_related("instructed_by")],
        "documents": [
            safety_document(one) for one in plan.documents.select_related("plan", "issued_by", "released_by")
        ],
        "moves": [_move(move) for move in plan.moves.select_related("by")],
        "study": study_document(study) if study else None,
    }


def step_document(step: SwitchingStep) -> dict[str, Any]:
    return {
        "id": step.pk,
        "position": step.position,
        "kind": step.kind,
        "mrid": str(step.equipment_mrid) if step.equipment_mrid else None,
        "equipment_name": step.equipment_name,
        "payload": step.payload,
        "text": step.text,
        "crew": step.crew,
        "status": step.status,
        "status_label": step.get_status_display(),
        "instructed_at": step.instructed_at.isoformat() if step.instructed_at else None,
        "instructed_by": step.instructed_by.get_username() if step.instructed_by else None,
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
        "note": step.note,
        "found": step.found,
    }


def safety_document(document: SafetyDocument) -> dict[str, Any]:
    return {
        "id": document.pk,
        "number": f"SD-{document.pk}",
        "plan": document.plan_id,
        "kind": document.kind,
        "kind_label": document.get_kind_display(),
        "work": document.work,
        "crew": document.crew,
        "devices": document.devices,
        "status": document.status,
        "status_label": document.get_status_display(),
        "crew_status": document.crew_status,
        "crew_status_label": document.get_crew_status_display(),
        "issued_at": document.issued_at.isoformat() if document.issued_at else None,
        "issued_by": document.issued_by.get_username() if document.issued_by else None,
        "released_at": document.released_at.isoformat() if document.released_at else None,
        "released_by": document.released_by.get_username() if document.released_by else None,
    }


def study_document(study: PlanStudy) -> dict[str, Any]:
    return {
        "id": study.pk,
        "as_of": study.as_of.isoformat(),
        "made_by": study.made_by.get_username(),
        "network_version": study.network_model_id,
        "is_safe": study.is_safe,
        "text": study.text,
        "results": study.results,
    }


def _move(move: PlanMove) -> Mapping[str, Any]:
    return {
        "status": move.status,
        "status_label": move.get_status_display(),
        "at": move.at.isoformat(),
        "by": move.by.get_username(),
        "reason": move.reason,
    }
