"""The page on which an engineer or a manager looks back: how the grid did over an hour, a day or a week."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.control_room import figures
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path
from apps.state.selectors.history import system_history, system_performance

PERIODS = {"1h": ("1 hour", timedelta(hours=1)), "24h": ("24 hours", timedelta(days=1)), "7d": ("7 days", timedelta(7))}
MOST_SCANS = 1500
# Older scans are kept one a minute: what lies farther apart than this is a gap.
LEAST_GAP_S = 150.0


@require_safe
@permission_required(Permission.VIEW_GRID)
def performance(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("period", "1h")
    label, span = PERIODS.get(chosen, PERIODS["1h"])
    now = past_of(request) or timezone.now()
    history = system_history(start=now - span, end=now, most=MOST_SCANS)
    longest_gap_s = max(LEAST_GAP_S, 3 * settings.SCAN_PERIOD_S, 3 * span.total_seconds() / MOST_SCANS)
    context: dict[str, Any] = {
        "display": "performance",
        "page_path": page_path(("Performance", "")),
        "periods": [{"key": key, "label": name, "chosen": name == label} for key, (name, _) in PERIODS.items()],
        "tiles": figures.tiles(system_performance(history, longest_gap_s=longest_gap_s)) if len(history) else [],
        "chart": figures.system_chart(history, longest_gap_s=longest_gap_s) if len(history) else None,
        "label": label,
    }
    return render(request, "control_room/performance.html", context)
