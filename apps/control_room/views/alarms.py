"""How well the alarms serve those who must answer them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.choices import Permission
from apps.accounts.permissions import permission_required
from apps.alarms.choices import Priority
from apps.alarms.selectors import Figures, alarm_figures
from apps.control_room.past import past_of
from apps.control_room.views.paths import page_path

PERIODS = {
    "8h": ("8 hours", timedelta(hours=8)),
    "24h": ("24 hours", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
# Of the first two priorities, seconds: half of all within, 95 of 100 within.
ANSWER_TARGETS = {Priority.CRITICAL.value: (10, 60), Priority.HIGH.value: (60, 300)}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str
    target: str
    verdict: str


@require_safe
@permission_required(Permission.VIEW_ALARMS)
def figures(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("period", "24h")
    label, span = PERIODS.get(chosen, PERIODS["24h"])
    now = past_of(request) or timezone.now()
    found = alarm_figures(start=now - span, end=now)
    context: dict[str, Any] = {
        "display": "alarms",
        "page_path": page_path(("Alarms", ""), ("Figures", "")),
        "periods": [{"key": key, "label": name, "chosen": name == label} for key, (name, _) in PERIODS.items()],
        "label": label,
        "figures": found,
        "rows": [*_rows(found), *_split(found), *_answers(found)],
        "computed_at": now,
    }
    return render(request, "control_room/alarm_figures.html", context)


def _verdict(value: float, target: float, limit: float | None = None) -> str:
    if value <= target:
        return "within target"
    return "within limit" if limit is not None and value <= limit else "beyond"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _rows(found: Figures) -> list[Row]:
    return [
        Row("Alarms told, per 10 minutes", f"{found.per_10_min:.2f}", "1, at most 2", _verdict(found.per_10_min, 1, 2)),
        Row("Most in any 10 minutes", str(found.most_in_10_min), "10", _verdict(found.most_in_10_min, 10)),
        _share_row("10 minutes with more than 10", found.share_of_10_min_above),
        _share_row("Hours with more than 30", found.share_of_hours_above),
        _share_row("Time in flood", found.flood_share),
        Row("The ten most frequent, share of all", _percent(found.top_share), "5 %", _verdict(found.top_share, 0.05)),
        Row("Chattering alarms", str(len(found.chattering)), "0", _verdict(len(found.chattering), 0)),
        Row("Fleeting: over within 10 s", str(found.fleeting), "0", _verdict(found.fleeting, 0)),
        Row("Stale: active for more than 24 h", str(found.stale), "below 5", _verdict(found.stale, 4)),
        Row(
            "Shelved now", str(found.shelved_standing), "below 10, at most 30", _verdict(found.shelved_standing, 9, 29)
        ),
    ]


def _share_row(name: str, share: float) -> Row:
    return Row(name, _percent(share), "below 1 %", _verdict(share, 0.01))


def _split(found: Figures) -> list[Row]:
    """Low and medium 80 and 15 of a hundred, high 5, critical below 1; five points either way."""
    targets = {Priority.LOW: 0.80, Priority.MEDIUM: 0.15, Priority.HIGH: 0.05, Priority.CRITICAL: 0.01}
    rows = []
    for priority, target in sorted(targets.items()):
        share = found.by_priority[priority.value] / found.told if found.told else 0.0
        far = share - target if priority == Priority.CRITICAL else abs(share - target) - 0.05
        value = f"{found.by_priority[priority.value]}, {_percent(share)}"
        verdict = _verdict(far, 0) if found.told else "none told"
        rows.append(Row(f"Priority {priority.label}", value, f"{100 * target:.0f} %", verdict))
    return rows


def _answers(found: Figures) -> list[Row]:
    rows = []
    for priority, answered in found.answered.items():
        half, most = ANSWER_TARGETS.get(priority, (None, None))
        value = f"{answered.p50_s:.0f} s / {answered.p95_s:.0f} s" if answered.p50_s is not None else "–"
        target = f"{half} s / {most} s" if half else "none set"
        verdict = ""
        if half and most and answered.p50_s is not None and answered.p95_s is not None:
            verdict = "within target" if answered.p50_s <= half and answered.p95_s <= most else "beyond"
        rows.append(Row(f"Time to acknowledge priority {priority}, half / 95 of 100", value, target, verdict))
    return rows
