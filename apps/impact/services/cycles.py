"""Quarter hours of the whole gathered from what every desk has stored; again until what they proposed has settled."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from apps.dispatch.selectors.objectives import objectives_now
from apps.impact.choices.cycle import (
    KEPT_CYCLES,
    MOST_PROPOSED,
    SETTLES_AFTER,
    SLOT,
    CycleOutcome,
    CycleStage,
    StageState,
)
from apps.impact.models import Cycle
from apps.impact.rules.cycles import cycle_outcome, stage_state, state_of
from apps.impact.selectors.cycle_proposed import orders_within, proposed_within
from apps.impact.selectors.cycle_sources import SOURCES, Found, found_of
from apps.live import services as live

STREAM = "impact"


def slot_of(at: datetime) -> datetime:
    """Its begin."""
    step = SLOT.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // step * step, UTC)


def gather_cycles(*, as_of: datetime) -> int:
    """The slot of now and those that have not settled. How many were gathered."""
    first, now = slot_of(as_of - SETTLES_AFTER - SLOT), slot_of(as_of)
    settled = set(Cycle.objects.filter(starts_at__gte=first, is_settled=True).values_list("starts_at", flat=True))
    slots = [first + n * SLOT for n in range((now - first) // SLOT + 1)]
    due = [slot for slot in slots if slot not in settled]
    for slot in due:
        gather_cycle(starts_at=slot, as_of=as_of)
    return len(due)


@transaction.atomic
def gather_cycle(*, starts_at: datetime, as_of: datetime) -> Cycle:
    """As it stands by now; told to listeners where its outcome is another."""
    end = starts_at + SLOT
    known = Cycle.objects.filter(starts_at=starts_at).first()
    fields = _gathered(starts_at, end, is_over=as_of >= end)
    fields |= {"gathered_at": as_of, "is_settled": as_of >= end + SETTLES_AFTER}
    if known is None or as_of < end + SLOT:
        fields["objectives"] = objectives_now().stored
    cycle, _ = Cycle.objects.update_or_create(starts_at=starts_at, defaults=fields)
    if known is None or CycleOutcome(known.outcome) != CycleOutcome(cycle.outcome):
        told = {"id": str(cycle.pk), "starts_at": starts_at.isoformat(), "outcome": cycle.outcome}
        live.record(stream=STREAM, kind="cycle", subject=str(cycle.pk), payload=told)
    return cycle


def forget_cycles(*, as_of: datetime) -> int:
    return Cycle.objects.filter(starts_at__lt=as_of - KEPT_CYCLES).delete()[0]


def _gathered(begin: datetime, end: datetime, *, is_over: bool) -> dict[str, Any]:
    found = [found_of(source, begin=begin, end=end) for source in SOURCES]
    proposed = proposed_within(begin=begin, end=end)
    stages, faults = [], []
    for stage in CycleStage:
        told, words = _stage(stage, [one for one in found if one.source.stage == stage], proposed, is_over=is_over)
        if stage == CycleStage.DISPATCH:
            told |= _dispatched(proposed, begin, end)
            words = [f"{stage.label}. {text}" for text in told["words"]]
        stages.append(told)
        faults += words
    states = [StageState(told["state"]) for told in stages]
    return {
        "stages": stages,
        "faults": faults,
        "outcome": cycle_outcome(states, is_over=is_over),
        "duration_ms": sum(one.duration_ms for one in found),
    }


def _stage(
    stage: CycleStage, found: list[Found], proposed: list[dict[str, Any]], *, is_over: bool
) -> tuple[dict[str, Any], list[str]]:
    judged = [state_of(one.ran, is_over=is_over) for one in found]
    words = [text for _, text in judged if text]
    state = stage_state([state for state, _ in judged])
    own = [one for one in proposed if one["stage"] == stage]
    newest = [one.newest_at for one in found if one.newest_at is not None]
    told = {
        "stage": stage.value,
        "label": stage.label,
        "state": state.value,
        "state_label": state.label,
        "is_there": any(one.ran.is_there for one in found),
        "words": words,
        "duration_ms": round(sum(one.duration_ms for one in found), 1),
        "newest_at": max(newest).isoformat() if newest else None,
        "kinds": [one.document() for one in found],
        "proposed_count": len(own),
        "proposed": own[:MOST_PROPOSED],
        "orders": None,
    }
    return told, [f"{stage.label}. {text}" for text in words]


def _dispatched(proposed: list[dict[str, Any]], begin: datetime, end: datetime) -> dict[str, Any]:
    """It has no runs of its own: what was put before it, and what was sent."""
    orders = orders_within(begin=begin, end=end)
    state = StageState.DONE if proposed or orders["count"] else StageState.IDLE
    words = []
    if orders["failed"]:
        state = StageState.PARTLY
        words = [f"Orders: {orders['failed']} of {orders['count']} were not done, or nobody knows whether they were."]
    return {"state": state.value, "state_label": state.label, "is_there": True, "words": words, "orders": orders}
