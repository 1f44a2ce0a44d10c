"""The report of an incident to be printed: the document of the API, its instants as instants, and in short."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.incidents.models import Incident
from apps.incidents.selectors.report import report_document

_LISTS = ("moments", "steps", "estimates", "candidates", "proposals", "crews", "decisions", "timeline")


@require_safe
@permission_required(Permission.VIEW_GRID)
def report(request: HttpRequest, number: str) -> HttpResponse:
    incident = get_object_or_404(Incident, number=number)
    as_of = timezone.now()
    told = report_document(incident, as_of=as_of)
    lists = {name: [_row(one) for one in told[name]] for name in _LISTS}
    context = {
        "incident": incident,
        "report": told,
        "as_of": as_of,
        "sentences": _in_short(incident, told),
        "time_zone": settings.TIME_ZONE,
    }
    return render(request, "control_room/incident_report.html", context | lists)


def _row(told: dict[str, Any]) -> dict[str, Any]:
    row = {name: _instant(value) if name.endswith("at") else value for name, value in told.items()}
    if "probability" in told:
        row["percent"] = f"{100 * told['probability']:.0f} %"
    if told.get("late_min") is not None:
        row["came"] = _late(told["late_min"])
    if "progress" in told:
        row["progress"] = [step | {"at": _instant(step["ended_at"] or step["ordered_at"])} for step in told["progress"]]
        row["worst"] = _checked(told["verification"])
    return row


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _late(minutes: float) -> str:
    whole = round(abs(minutes))
    if not whole:
        return "as said"
    return f"{whole} min {'later' if minutes > 0 else 'earlier'} than likely"


def _checked(verification: dict[str, Any]) -> str:
    after = ((verification.get("compared") or {}).get("figures") or {}).get("after") or {}
    figures = [
        (after.get("max_loading_percent"), "highest loading {:.0f} %"),
        (after.get("min_voltage_pu"), "lowest voltage {:.3f} pu"),
        (after.get("customers_without_supply"), "{:.0f} customers without supply after it"),
    ]
    return ", ".join(words.format(value) for value, words in figures if value is not None)


def _in_short(incident: Incident, told: dict[str, Any]) -> list[str]:
    began = timezone.localtime(incident.began_at)
    figures = told["figures"]
    sentences = [
        f"On {began:%Y-%m-%d} at {began:%H:%M:%S} {incident.customers} customers lost supply.",
        f"It was first told by: {incident.get_trigger_display().lower()}.",
    ]
    restored = [step for step in told["steps"] if step["restored_at"]]
    if restored:
        first = min(step["minutes"] for step in restored)
        sentences.append(f"The first had supply again after {first:.1f} min.")
    if figures["duration_min"] is not None:
        sentences.append(f"The last had supply again after {figures['duration_min']:.1f} min.")
    elif incident.customers_without:
        sentences.append(f"{incident.customers_without} have no supply yet.")
    return sentences
