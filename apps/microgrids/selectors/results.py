"""What a microgrid has come to: resilience, transitions, reliability, cost. From what is stored, and only that."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.choices.readiness import FRESH
from apps.microgrids.choices.schedule import STEPS, ScheduleOutcome
from apps.microgrids.choices.transition import SUCCEEDED, TransitionKind, TransitionStatus
from apps.microgrids.models import Microgrid, MicrogridMember, ReadinessRun, ScheduleRun, Transition
from apps.microgrids.selectors.survival import survivability_of
from apps.state.models import OutageStep

HOUR_S = 3600.0
ENDED = frozenset({TransitionStatus.DONE, TransitionStatus.RETURNED, TransitionStatus.STOPPED})
OFF_THE_GRID = frozenset({TransitionKind.ISLAND, TransitionKind.UNPLANNED})


def results_document(microgrid: Microgrid, *, days: int, as_of: datetime) -> dict[str, Any]:
    begin = as_of - timedelta(days=days)
    members = list(microgrid.members.all())
    steps = _lost(members, begin, as_of)
    return {
        "microgrid": str(microgrid.mrid),
        "name": microgrid.name,
        "begin": begin,
        "end": as_of,
        "resilience": _resilience(microgrid, members, steps, begin, as_of),
        "transitions": _transitions(microgrid, begin, as_of),
        "reliability": _reliability(members, steps, as_of),
        "cost": _cost(microgrid, begin, as_of),
        "survivability": survivability_of(microgrid, begin=begin, end=as_of),
    }


NO_COST = "No schedule of its dispatch is stored, so there is nothing to compare."
NO_MEASURED = "No first quarter hour of a schedule has been measured yet."


def _lost(members: Sequence[MicrogridMember], begin: datetime, end: datetime) -> list[OutageStep]:
    """Parts of unplanned outages in which members had no supply."""
    keys = [str(one.element_mrid) for one in members]
    rows = OutageStep.objects.filter(
        outage__is_planned=False, began_at__gte=begin, began_at__lt=end, consumers__has_any_keys=keys
    )
    return list(rows.select_related("outage"))


def _lasted_h(step: OutageStep, end: datetime) -> float:
    return (min(step.restored_at or end, end) - step.began_at).total_seconds() / HOUR_S


def _resilience(
    microgrid: Microgrid,
    members: Sequence[MicrogridMember],
    steps: Sequence[OutageStep],
    begin: datetime,
    end: datetime,
) -> dict[str, Any]:
    """Hours alone by the looks at it every few minutes; a gap between looks counts as nothing."""
    rows = ReadinessRun.objects.filter(microgrid=microgrid, as_of__gte=begin, as_of__lte=end).order_by("as_of")
    looks = list(rows.values_list("as_of", "is_alone", "inputs__cut_kw"))
    alone, watched = 0.0, 0.0
    for (at, is_alone, _), (after, _, _) in pairwise(looks):
        if after - at <= FRESH and is_alone is not None:
            watched += (after - at).total_seconds() / HOUR_S
            alone += (after - at).total_seconds() / HOUR_S if is_alone else 0.0
    return {
        "hours_alone": round(alone, 3),
        "hours_watched": round(watched, 3),
        "unserved_kwh": _with_cut(_unserved(members, steps, end), looks),
    }


def _unserved(members: Sequence[MicrogridMember], steps: Sequence[OutageStep], end: datetime) -> dict[str, float]:
    """What was drawn before is shared by the customers of a step."""
    found = dict.fromkeys((str(int(one)) for one in LoadPriority), 0.0)
    loads = {str(one.element_mrid): one for one in members if MemberKind(one.kind) == MemberKind.LOAD}
    for step in steps:
        whole = sum(step.consumers.values()) or 1
        for mrid, customers in step.consumers.items():
            if mrid in loads:
                kwh = step.lost_kw * customers / whole * _lasted_h(step, end)
                found[str(loads[mrid].priority)] += kwh
    return {priority: round(kwh, 3) for priority, kwh in found.items()}


def _with_cut(
    found: dict[str, float], looks: Sequence[tuple[datetime, bool | None, dict[str, float] | None]]
) -> dict[str, float]:
    """And what loads would have drawn that were cut while it stood alone, from look to look; a gap counts nothing."""
    for (at, is_alone, cut_kw), (after, _, _) in pairwise(looks):
        if is_alone and cut_kw and after - at <= FRESH:
            for priority, kw in cut_kw.items():
                found[priority] = round(found[priority] + kw * (after - at).total_seconds() / HOUR_S, 3)
    return found


def _transitions(microgrid: Microgrid, begin: datetime, end: datetime) -> dict[str, Any]:
    rows = Transition.objects.filter(microgrid=microgrid, begun_at__gte=begin, begun_at__lte=end)
    told = list(rows.values_list("kind", "status"))
    ended = [(kind, status) for kind, status in told if TransitionStatus(status) in ENDED]
    good = [one for one in ended if TransitionStatus(one[1]) in SUCCEEDED]
    return {
        "begun": len(told),
        "ended": len(ended),
        "succeeded": len(good),
        "success_share": round(len(good) / len(ended), 4) if ended else None,
        "by_kind": dict(Counter(kind for kind, _ in told)),
        "by_status": dict(Counter(status for _, status in told)),
        "left_the_grid": sum(TransitionKind(kind) in OFF_THE_GRID for kind, _ in good),
    }


def _cost(microgrid: Microgrid, begin: datetime, end: datetime) -> dict[str, Any]:
    """What the quarter hours that were carried out really cost, and what no control would have cost in them: the
    share of its horizon by which each schedule was foreseen to be cheaper, no more than an expectation."""
    rows = ScheduleRun.objects.filter(microgrid=microgrid, as_of__gte=begin, as_of__lte=end)
    planned = list(rows.filter(outcome=ScheduleOutcome.PLANNED, cost__isnull=False, uncontrolled_cost__isnull=False))
    if not planned:
        return {"total_eur": None, "uncontrolled_eur": None, "reason": NO_COST, "periods": 0}
    scored = [one for one in planned if one.measured_first_eur is not None]
    if not scored:
        return {"total_eur": None, "uncontrolled_eur": None, "reason": NO_MEASURED, "periods": 0}
    total = sum(one.measured_first_eur or 0.0 for one in scored)
    saved = sum(((one.uncontrolled_cost or 0.0) - (one.cost or 0.0)) / STEPS for one in scored)
    reason = "Measured; without control: the measured cost and the saving that the schedules foresaw."
    return {
        "total_eur": round(total, 2),
        "uncontrolled_eur": round(total + saved, 2),
        "reason": reason,
        "periods": len(scored),
        "lost_without_control_kwh": round(sum(one.uncontrolled_lost_kwh or 0.0 for one in scored) / STEPS, 3),
    }


def _reliability(members: Sequence[MicrogridMember], steps: Sequence[OutageStep], end: datetime) -> dict[str, Any]:
    """Of the microgrid's own customers: interruptions and hours without supply each (IEEE 1366, all lengths)."""
    customers = sum(one.customers for one in members)
    keys = {str(one.element_mrid) for one in members}
    hit = [(sum(count for mrid, count in one.consumers.items() if mrid in keys), one) for one in steps]
    interruptions = sum(count for count, _ in hit)
    hours = sum(count * _lasted_h(one, end) for count, one in hit)
    return {
        "customers": customers,
        "outages": len({one.outage_id for one in steps}),
        "customer_interruptions": interruptions,
        "customer_hours": round(hours, 3),
        "interruptions_per_customer": round(interruptions / customers, 4) if customers else None,
        "hours_per_customer": round(hours / customers, 4) if customers else None,
    }
