"""The studio of storage: how long batteries live on what is planned for them, and what a project comes to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path


@require_safe
@permission_required(Permission.VIEW_GRID)
def studio(request: HttpRequest) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "display": "storage_studio",
        "page_path": page_path(("Storage", reverse("control_room:storage")), ("Studio", "")),
        "may_study": isinstance(user, User) and user.may(Permission.RUN_STUDIES),
        "may_manage": isinstance(user, User) and user.may(Permission.MANAGE_STORAGE),
    }
    return render(request, "control_room/storage_studio.html", context)
