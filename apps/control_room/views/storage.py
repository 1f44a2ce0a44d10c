"""Batteries: the fleets as a whole, and one plant with everything that is known of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.assets import selectors as assets
from apps.control_room.views.paths import page_path
from apps.storage.choices import Rung
from apps.storage.models import StoragePlant

DESK = "Storage"


@require_safe
@permission_required(Permission.VIEW_GRID)
def fleets(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "storage",
        "page_path": page_path((DESK, "")),
        "may_manage": _may(request, Permission.MANAGE_STORAGE),
    }
    return render(request, "control_room/storage.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def plant(request: HttpRequest, mrid: UUID) -> HttpResponse:
    found = get_object_or_404(StoragePlant.objects.select_related("fleet", "price_zone"), mrid=mrid)
    model, may_narrow = assets.current_model(), _may(request, Permission.NARROW_LIMITS)
    context: dict[str, Any] = {
        "display": "storage",
        "page_path": page_path((DESK, reverse("control_room:storage")), (found.name, "")),
        "plant": found,
        "nameplate": _nameplate(found),
        "in_network": model is not None and assets.element(model=model, mrid=str(found.mrid)) is not None,
        "about": {"mrid": str(found.mrid), "may_narrow": may_narrow},
        "rungs": Rung.choices,
        "may_narrow": may_narrow,
        "may_operate": _may(request, Permission.OPERATE),
        "may_plan": _may(request, Permission.DECIDE_PROPOSALS),
    }
    return render(request, "control_room/storage_plant.html", context)


def _nameplate(plant: StoragePlant) -> list[tuple[str, str]]:
    """Powers and current of the cells."""
    least, most, resting, into, out = (
        f"{100 * share:g} %"
        for share in (
            plant.least_soc,
            plant.most_soc,
            plant.resting_soc,
            plant.charge_efficiency,
            plant.discharge_efficiency,
        )
    )
    return [
        ("Cells", plant.get_chemistry_display()),
        ("Ageing law", plant.get_ageing_law_display()),
        ("Energy when new", f"{plant.energy_kwh:g} kWh"),
        ("Charging, discharging power", f"{plant.charge_kw:g} kW, {plant.discharge_kw:g} kW"),
        ("Current", f"{plant.current_a:g} A"),
        ("Direct voltage", f"{plant.nominal_dc_v:g} V, {plant.cells_in_series} cells in series"),
        ("Efficiency in, out", f"{into}, {out}"),
        ("Connection draws, gives", f"{_most(plant.import_kw)}, {_most(plant.export_kw)}"),
        ("Planned between", f"{least} and {most}, days end with {resting}"),
        ("Most cycles a day", "no limit" if plant.most_cycles_a_day is None else f"{plant.most_cycles_a_day:g}"),
        ("Prices", plant.tariff or str(plant.price_zone or "none")),
        ("In service since", str(plant.in_service_on or "not entered")),
    ]


def _most(power_kw: float | None) -> str:
    return "no limit of its own" if power_kw is None else f"{power_kw:g} kW"


def _may(request: HttpRequest, permission: Permission) -> bool:
    return isinstance(request.user, User) and request.user.may(permission)
