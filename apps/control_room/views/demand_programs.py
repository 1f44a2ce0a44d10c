"""The program manager's console: programs and their customers. Another manager's program is not found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.demand_response.models import DemandProgram

_PROGRAMS = "control_room:demand_programs"


def _may_run(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.RUN_PROGRAMS)


@require_safe
@permission_required(Permission.VIEW_DEMAND)
def programs(request: HttpRequest) -> HttpResponse:
    context = {"display": "demand_programs", "page_path": page_path(("Programs", "")), "may_run": _may_run(request)}
    return render(request, "control_room/demand_programs.html", context)


@require_safe
@permission_required(Permission.VIEW_DEMAND)
def program(request: HttpRequest, program_id: int) -> HttpResponse:
    found = get_object_or_404(DemandProgram.objects.visible_to(_person(request)), pk=program_id)
    context = {
        "display": "demand_programs",
        "page_path": page_path(("Programs", reverse(_PROGRAMS)), (found.title, "")),
        "program": found,
        "may_run": _may_run(request),
    }
    return render(request, "control_room/demand_program.html", context)


@require_safe
@permission_required(Permission.RUN_PROGRAMS)
def customers(request: HttpRequest) -> HttpResponse:
    context = {"display": "demand_customers", "page_path": page_path(("Customers", ""))}
    return render(request, "control_room/demand_customers.html", context)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  permission_required lets nobody else through
    return request.user
