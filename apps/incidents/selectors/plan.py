"""How supply comes back: what was proposed for an incident, and where each of its steps stands in the field."""

from datetime import datetime
from typing import Any

from apps.dispatch.choices.proposal import OF_INCIDENTS, OPEN_PROPOSALS
from apps.dispatch.models import Order, Proposal, Trouble
from apps.dispatch.selectors.proposals import proposal_document, purpose_of, remedies
from apps.incidents.models import Incident
from apps.incidents.selectors.restoring import restoration_document

MOST_EARLIER = 40


def plan_document(incident: Incident, *, as_of: datetime) -> dict[str, Any]:
    """Standing remedies in their order; then those that ended, the newest first."""
    troubles = list(_troubles(incident).filter(ended_at=None))
    listed = remedies(as_of=as_of)["troubles"] if troubles else []
    numbers = {trouble.pk for trouble in troubles}
    return {
        "as_of": as_of.isoformat(),
        "troubles": [_with_progress(one) for one in listed if one["id"] in numbers],
        "earlier": [progress(one) for one in ended_proposals(incident)[:MOST_EARLIER]],
        "restoration": _of_desk(incident),
    }


def _of_desk(incident: Incident) -> dict[str, Any]:
    """How freely the desk may act here, its newest look and what each plan would cost, without the proposals anew."""
    told = restoration_document(incident)
    run = told["run"]
    return told | {"run": run and {name: value for name, value in run.items() if name != "proposals"}}


def ended_proposals(incident: Incident) -> list[Proposal]:
    rows = Proposal.objects.light().filter(trouble__in=_troubles(incident)).exclude(status__in=OPEN_PROPOSALS)
    return list(rows.select_related("decided_by", "rule").order_by("-id"))


def all_proposals(incident: Incident) -> list[Proposal]:
    rows = Proposal.objects.light().filter(trouble__in=_troubles(incident))
    return list(rows.select_related("decided_by", "rule", "trouble").order_by("id"))


def progress(proposal: Proposal) -> dict[str, Any]:
    return proposal_document(proposal) | {
        "trouble_label": proposal.trouble.get_breach_display(),
        "progress": step_states(proposal.pk, proposal.steps),
    }


def step_states(proposal_id: int, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each step its newest order; without one it has not been ordered."""
    begin = f"{purpose_of(Proposal(pk=proposal_id))}, step "
    newest: dict[str, Order] = {}
    for order in Order.objects.filter(purpose__startswith=begin).order_by("id"):
        newest[order.purpose.removeprefix(begin)] = order
    return [_step(number, step, newest.get(str(number))) for number, step in enumerate(steps, start=1)]


def _step(number: int, step: dict[str, Any], order: Order | None) -> dict[str, Any]:
    return {
        "number": number,
        "words": step.get("words", ""),
        "device_mrid": step.get("device_mrid"),
        "order": order.pk if order else None,
        "status": order.status if order else None,
        "status_label": order.get_status_display() if order else "Not ordered yet",
        "ordered_at": order.ordered_at.isoformat() if order and order.ordered_at else None,
        "ended_at": order.ended_at.isoformat() if order and order.ended_at else None,
        "reason": order.reason if order else "",
    }


def _with_progress(trouble: dict[str, Any]) -> dict[str, Any]:
    rows = [one | {"progress": step_states(one["id"], one["steps"])} for one in trouble["remedies"]]
    return trouble | {"remedies": rows}


def _troubles(incident: Incident) -> Any:
    return Trouble.objects.filter(breach__in=sorted(OF_INCIDENTS), source=incident.number)
