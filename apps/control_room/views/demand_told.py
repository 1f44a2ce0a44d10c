"""What subscribers of OpenADR are told, and what was given up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.ADMINISTER)
def notifications(request: HttpRequest) -> HttpResponse:
    context = {"display": "demand_told", "page_path": page_path(("Notifications", ""))}
    return render(request, "control_room/demand_told.html", context)
