"""Studies. The pages read; acts go through the API of studies, which reaches nothing else."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room.views.paths import page_path
from apps.optimization.choices import MOST_ASKED, MOST_SWITCHINGS, Aim
from apps.studies.choices import Flowing, PlantKind, Reactive, Scaled, StudyStatus
from apps.studies.models import Study
from apps.studies.selectors import documents

SHOWN = 200


@require_safe
@permission_required(Permission.RUN_STUDIES)
def studies(request: HttpRequest) -> HttpResponse:
    status = StudyStatus.ARCHIVED if "archived" in request.GET else StudyStatus.OPEN
    context: dict[str, Any] = {
        "display": "studies",
        "page_path": page_path(("Studies", "")),
        "rows": documents.studies(status=status)[:SHOWN],
        "is_archive": status is StudyStatus.ARCHIVED,
        # Pages of the past lead here with their instant; 'at' itself would make this page one of the past.
        "start_from": request.GET.get("from", "")[:40],
    }
    return render(request, "control_room/studies.html", context)


@require_safe
@permission_required(Permission.RUN_STUDIES)
def study(request: HttpRequest, study_id: int) -> HttpResponse:
    found = get_object_or_404(Study.objects.light(), pk=study_id)
    others = documents.studies(status=StudyStatus.OPEN).exclude(pk=study_id)[:SHOWN]
    context: dict[str, Any] = {
        "display": "studies",
        "page_path": page_path(("Studies", reverse("control_room:studies")), (found.name, "")),
        "study": found,
        "document": documents.study_document(found),
        "is_open": found.status == StudyStatus.OPEN,
        "others": others,
        "scaled": Scaled.choices,
        "plants": PlantKind.choices,
        "flows": Flowing.choices,
        "reactive": Reactive.choices,
        "aims": Aim.choices,
        "most_switchings": MOST_SWITCHINGS,
        "most_asked": MOST_ASKED,
        "source_mva": settings.SOURCE_SHORT_CIRCUIT_MVA,
        "least_kv": settings.SECURITY_LEAST_KV,
    }
    return render(request, "control_room/study.html", context)
