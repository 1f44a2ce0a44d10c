"""Forecasts: the desk, one series, the skill report. The pages read; overrides go through the API of forecasts."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import permission_required
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import Series


def _may(request: HttpRequest, permission: Permission) -> bool:
    return past_of(request) is None and isinstance(request.user, User) and request.user.may(permission)


@require_safe
@permission_required(Permission.VIEW_GRID)
def desk(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "display": "forecasts",
        "page_path": page_path(("Forecasts", "")),
        "subjects": Subject.choices,
        "quantities": Quantity.choices,
    }
    return render(request, "control_room/forecasts.html", context)


@require_safe
@permission_required(Permission.VIEW_GRID)
def series(request: HttpRequest, series_id: int) -> HttpResponse:
    found = Series.objects.select_related("parent").filter(pk=series_id).first()
    if found is None:
        raise Http404("There is no series of this number.")
    above = (
        [(str(found.parent), reverse("control_room:forecast_series", args=[found.parent.pk]))] if found.parent else []
    )
    may_override = _may(request, Permission.OVERRIDE_FORECASTS)
    parts = found.children.filter(is_active=True).count()
    context: dict[str, Any] = {
        "display": "forecasts",
        "page_path": page_path(("Forecasts", reverse("control_room:forecasts")), *above, (str(found), "")),
        "series": found,
        "show_quantity": found.get_quantity_display().lower() not in found.name.lower(),
        "may_override": may_override,
        "sum": sum_words(parts, is_whole=found.is_whole),
        "alone": alone_words(found.parent.name if found.parent else "", parts),
        "about": {"id": found.pk, "quantity": found.quantity, "ratedKw": found.rated_kw, "mayOverride": may_override},
    }
    return render(request, "control_room/forecast_series.html", context)


def alone_words(above: str, parts: int) -> str:
    """What an override leaves as it is."""
    below = "" if not parts else "the part below it" if parts == 1 else f"the {parts} parts below it"
    others = " and ".join(word for word in (f"{above} above it" if above else "", below) if word)
    return f"{others} {'keep' if (above and parts) or parts > 1 else 'keeps'} what the model says" if others else ""


def sum_words(parts: int, *, is_whole: bool) -> str:
    """Whether what is below adds up to it; empty where nothing is."""
    if not parts:
        return ""
    many = "The part below it is" if parts == 1 else f"The {parts} parts below it are"
    if is_whole:
        return f"{many} all of it: medians are made to add up. Bands are not sums: parts seldom err all alike."
    return f"{many} not all of it: more than a twentieth of what is installed has no forecast of its own."


@require_safe
@permission_required(Permission.VIEW_GRID)
def skill(request: HttpRequest) -> HttpResponse:
    may_manage = _may(request, Permission.MANAGE_MODELS)
    context: dict[str, Any] = {
        "display": "forecasts",
        "page_path": page_path(("Forecasts", reverse("control_room:forecasts")), ("Skill", "")),
        "quantities": Quantity.choices,
        "may_manage": may_manage,
        "about": {"mayManage": may_manage},
    }
    return render(request, "control_room/forecast_skill.html", context)
