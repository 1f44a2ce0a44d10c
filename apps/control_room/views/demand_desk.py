"""The desk of demand response: what could be asked for, what runs, and one event from its plan to its end."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.demand_response.selectors.call_documents import calls_visible_to


@require_safe
@permission_required(Permission.VIEW_DEMAND)
def desk(request: HttpRequest) -> HttpResponse:
    context = {
        "display": "demand",
        "page_path": page_path(("Demand response", "")),
        "may_act": _person(request).may(Permission.APPROVE_CALLS),
    }
    return render(request, "control_room/demand_desk.html", context)


@require_safe
@permission_required(Permission.VIEW_DEMAND)
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    person = _person(request)
    found = get_object_or_404(calls_visible_to(person), pk=call_id)
    context = {
        "display": "demand",
        "page_path": page_path(("Demand response", reverse("control_room:demand")), (found.title, "")),
        "call": found,
        "may_act": person.may(Permission.APPROVE_CALLS),
        "may_name": person.may(Permission.RUN_PROGRAMS),
    }
    return render(request, "control_room/demand_call.html", context)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  permission_required lets nobody else through
    return request.user
