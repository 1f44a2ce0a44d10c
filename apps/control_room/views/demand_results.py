"""What calls of demand response came to, and the money of it. The pages read; acts go through the API."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.demand_response.models import SettlementMonth
from apps.demand_response.selectors.evaluations import calls_of
from apps.demand_response.selectors.settlement import statements

MOST_STATEMENTS = 500  # on one page to be printed; of more the first, and it says so


@require_safe
@permission_required(Permission.VIEW_DEMAND)
def evaluation(request: HttpRequest, call_id: int | None = None) -> HttpResponse:
    user = cast(User, request.user)
    if call_id is not None:
        get_object_or_404(calls_of(user), pk=call_id)
    context: dict[str, Any] = {
        "display": "demand_evaluation",
        "page_path": page_path(("Demand", ""), ("Evaluation", "")),
        "call_id": call_id,
        "may_run": user.may(Permission.RUN_PROGRAMS),
    }
    return render(request, "control_room/demand_evaluation.html", context)


@require_safe
@permission_required(Permission.RUN_PROGRAMS)
def settlement(request: HttpRequest) -> HttpResponse:
    context = {"display": "demand_settlement", "page_path": page_path(("Demand", ""), ("Settlement", ""))}
    return render(request, "control_room/demand_settlement.html", context)


@require_safe
@permission_required(Permission.RUN_PROGRAMS)
def statement(request: HttpRequest, month_id: int) -> HttpResponse:
    """To be printed: of one customer, or one sheet after the other."""
    rows = SettlementMonth.objects.visible_to(cast(User, request.user)).select_related("program")
    month = get_object_or_404(rows, pk=month_id)
    asked = request.GET.get("enrolment", "")
    found = list(statements(month, enrolment=int(asked) if asked.isdecimal() else None))
    context: dict[str, Any] = {"month": month, "statements": found[:MOST_STATEMENTS], "count": len(found)}
    return render(request, "control_room/demand_statement.html", context)
