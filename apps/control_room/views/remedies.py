"""What would you do about it: remedies, one proposal, receipts. The pages read; acts go through the API of dispatch."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room import figures
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path
from apps.dispatch.choices.proposal import DESK_LABEL, AutonomyMode
from apps.dispatch.models import Proposal
from apps.dispatch.selectors.records import receipt_documents, records_document


def _rights(request: HttpRequest) -> dict[str, bool]:
    user, is_now = request.user, past_of(request) is None
    wanted = {
        "mayDecide": Permission.DECIDE_PROPOSALS,
        "mayOperate": Permission.OPERATE,
        "maySetAutonomy": Permission.SET_AUTONOMY,
        "mayApproveOrders": Permission.APPROVE_ORDERS,
    }
    return {name: is_now and isinstance(user, User) and user.may(needed) for name, needed in wanted.items()}


@require_safe
@permission_required(Permission.VIEW_GRID)
def remedies(request: HttpRequest) -> HttpResponse:
    rights = _rights(request)
    context: dict[str, Any] = {
        "display": "remedies",
        "page_path": page_path(("Remedies", "")),
        "about": rights,
        "may_decide": rights["mayDecide"],
        "may_set_autonomy": rights["maySetAutonomy"],
        "desks": DESK_LABEL.items(),
        "modes": AutonomyMode.choices,
    }
    return render(request, "control_room/remedies.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    found = Proposal.objects.defer("profile").filter(pk=proposal_id).first()
    if found is None:
        raise Http404("There is no proposal of this number.")
    context: dict[str, Any] = {
        "display": "remedies",
        "page_path": page_path(("Remedies", reverse("control_room:remedies")), (f"Proposal {found.pk}", "")),
        "proposal": found,
        "about": _rights(request) | {"id": found.pk},
    }
    return render(request, "control_room/proposal.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def receipts(request: HttpRequest) -> HttpResponse:
    rows = receipt_documents()
    records = records_document(past_of(request) or timezone.now())["records"]
    context: dict[str, Any] = {
        "display": "receipts",
        "page_path": page_path(("Receipts", "")),
        "records": records,
        "receipts": rows,
        "chart": figures.receipts_chart(records, rows) if any(row["realised"] is not None for row in rows) else None,
    }
    return render(request, "control_room/receipts.html", context)
