"""Versions of the network: what they change, and the forms of who may change it. Acts go through the API."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.assets import selectors as assets
from apps.assets.choices import EDITABLE, ChangeKind, ModelStatus, Phase
from apps.assets.models import NetworkModel
from apps.assets.rules import CLASSES, ClassSpec, FieldKind, class_named
from apps.control_room.views.paths import page_path

SHOWN = 200
STEPS = {
    Phase.DRAFT: "It is being edited. Check it when it is complete.",
    Phase.CHECKED: "It was checked. Somebody who did not edit it may approve it.",
    Phase.APPROVED: "It is approved and can be made live.",
    Phase.SCHEDULED: "It goes live by itself at its instant. Until then it can be withdrawn.",
    Phase.LIVE: "It is the network that the control room works with.",
    Phase.SUPERSEDED: "It was live; what was recorded then is read with it.",
    Phase.REJECTED: "It was rejected.",
}


@dataclass(frozen=True, slots=True)
class Row:
    model: NetworkModel
    phase: Phase


@dataclass(frozen=True, slots=True)
class May:
    """What the person may do with a version in its present state."""

    edit: bool
    check: bool
    approve: bool
    reject: bool
    release: bool
    withdraw: bool

    @classmethod
    def of(cls, user: User, model: NetworkModel, phase: Phase) -> "May":
        status = ModelStatus(model.status)
        edits, approves = user.may(Permission.EDIT_NETWORK), user.may(Permission.APPROVE_NETWORK)
        waits = status in EDITABLE or status is ModelStatus.APPROVED
        return cls(
            edit=edits and status in EDITABLE,
            check=edits and status in EDITABLE,
            approve=approves
            and status in {ModelStatus.CHECKED, ModelStatus.APPROVED}
            and user.pk not in model.editor_ids,
            reject=approves and waits,
            release=approves and status is ModelStatus.APPROVED,
            withdraw=approves and phase is Phase.SCHEDULED,
        )


@require_safe
@permission_required(Permission.VIEW_GRID)
def versions(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "display": "network",
        "page_path": page_path(("Network", "")),
        "rows": [Row(model, model.phase_at(now)) for model in assets.all_versions()],
        "may_edit": isinstance(request.user, User) and request.user.may(Permission.EDIT_NETWORK),
    }
    return render(request, "control_room/network_versions.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def version(request: HttpRequest, model_id: int) -> HttpResponse:
    model = get_object_or_404(NetworkModel, pk=model_id)
    phase = model.phase_at(timezone.now())
    other = _other(request, model, phase)
    found = assets.comparison(before=other, after=model) if other else None
    context: dict[str, Any] = {
        "display": "network",
        "page_path": _path((f"Version {model.pk}", "")),
        "model": model,
        "phase": phase,
        "step": STEPS[phase],
        "other": other,
        "live_id": assets.current_model_id(),
        "others": [row for row in assets.all_versions() if row.pk != model.pk],
        "counts": found.counts if found else [],
        "kinds": [(kind.name.lower(), kind.value) for kind in ChangeKind],
        "differences": found.differences[:SHOWN] if found else [],
        "total": len(found.differences) if found else 0,
        "shown": SHOWN,
        "consequences": assets.told_consequences(found) if found and phase is not Phase.SUPERSEDED else [],
        "problems": sorted(Counter((p["severity"], p["code"]) for p in model.problems).items()),
        "classes": CLASSES,
        "may": May.of(request.user, model, phase) if isinstance(request.user, User) else None,
        "is_editor": request.user.pk in model.editor_ids,
    }
    return render(request, "control_room/network_version.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def elements(request: HttpRequest, model_id: int, class_name: str) -> HttpResponse:
    model, spec = get_object_or_404(NetworkModel, pk=model_id), _spec(class_name)
    wanted = request.GET.get("q", "")[:100]
    sheets = assets.sheets(model=model, spec=spec, name=wanted, most=SHOWN)
    context: dict[str, Any] = {
        "display": "network",
        "page_path": _path(_step(model), (spec.label, "")),
        "model": model,
        "spec": spec,
        "columns": spec.fields[1:],
        "rows": [(sheet, [_cell(sheet, spec, name.name) for name in spec.fields[1:]]) for sheet in sheets],
        "wanted": wanted,
        "shown": SHOWN,
        "is_cut": len(sheets) == SHOWN,
        "classes": CLASSES,
        "may_edit": _may_edit(request, model),
    }
    return render(request, "control_room/network_elements.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def sheet(request: HttpRequest, model_id: int, class_name: str, mrid: UUID | None = None) -> HttpResponse:
    model, spec = get_object_or_404(NetworkModel, pk=model_id), _spec(class_name)
    found = assets.sheet(model=model, spec=spec, mrid=mrid) if mrid else None
    if mrid and found is None:
        raise Http404("This version has no such element.")
    back = reverse("control_room:network_elements", args=[model.pk, spec.name])
    context: dict[str, Any] = {
        "display": "network",
        "page_path": _path(_step(model), (spec.label, back), (found.name if found else "New", "")),
        "model": model,
        "spec": spec,
        "sheet": found,
        "fields": [{**asdict(one), **_value(one.name, found, default=one.default)} for one in spec.fields],
        "kinds": {kind.name: kind.value for kind in FieldKind},
        "back": back,
        "may_edit": _may_edit(request, model),
    }
    return render(request, "control_room/network_element.html", context)


def _path(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return page_path(("Network", reverse("control_room:network")), *steps)


def _step(model: NetworkModel) -> tuple[str, str]:
    return f"Version {model.pk}", reverse("control_room:network_version", args=[model.pk])


def _other(request: HttpRequest, model: NetworkModel, phase: Phase) -> NetworkModel | None:
    """What it is compared with: as asked; else the live version; one that is or was live, with what it was made of."""
    wanted = request.GET.get("with", "")
    if wanted.isdecimal() and len(wanted) < 10:
        return NetworkModel.objects.filter(pk=int(wanted)).first()
    live = assets.current_model()
    return model.parent if live is None or phase in {Phase.LIVE, Phase.SUPERSEDED} else live


def _spec(class_name: str) -> ClassSpec:
    spec = class_named(class_name)
    if spec is None:
        raise Http404("There is no such class of equipment.")
    return spec


def _may_edit(request: HttpRequest, model: NetworkModel) -> bool:
    user = request.user
    return isinstance(user, User) and user.may(Permission.EDIT_NETWORK) and ModelStatus(model.status) in EDITABLE


def _cell(sheet: assets.Sheet, spec: ClassSpec, name: str) -> dict[str, Any]:
    field = next(one for one in spec.fields if one.name == name)
    value = sheet.node_names.get(name, sheet.values[name])
    is_number = field.kind in {FieldKind.NUMBER, FieldKind.INTEGER}
    return {"text": "" if value is None else f"{value:.6g}" if is_number else _word(value), "is_number": is_number}


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _value(name: str, found: assets.Sheet | None, *, default: Any) -> dict[str, Any]:
    value = found.values[name] if found else default
    return {"value": "" if value is None else value, "node_name": found.node_names.get(name, "") if found else ""}
