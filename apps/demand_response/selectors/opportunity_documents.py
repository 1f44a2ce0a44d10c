"""Opportunities and strategies as people see them; a program manager sees what own programs could give."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import hypot
from typing import Any

from apps.accounts.models import User
from apps.demand_response.models import DemandProgram, Opportunity, OpportunityRun, Strategy

MOST_LISTED = 30


def opportunity_list(user: User, *, at: datetime) -> dict[str, Any]:
    """Of the newest look that there was then."""
    run = OpportunityRun.objects.filter(as_of__lte=at).order_by("-id").first()
    mine = frozenset(DemandProgram.objects.visible_to(user).values_list("pk", flat=True))
    if run is None:
        nothing: dict[str, Any] = {"available": [], "together": _together([], mine), "opportunities": []}
        return {"as_of": None, "outcome": "", "reason": "Nobody has looked yet."} | nothing
    rows = run.opportunities.order_by("rank")
    return {
        "as_of": run.as_of,
        "outcome": run.outcome,
        "outcome_label": run.get_outcome_display(),
        "reason": run.reason,
        "available": (available := _own(run.available, mine)),
        "together": _together(available, mine),
        "opportunities": [
            opportunity_document(row, segments, mine) for row in rows if (segments := _own(row.segments, mine))
        ],
    }


def opportunity_document(
    row: Opportunity, segments: Sequence[Mapping[str, Any]], mine: Collection[int]
) -> dict[str, Any]:
    return {
        "id": row.pk,
        "rank": row.rank,
        "kind": row.kind,
        "kind_label": row.get_kind_display(),
        "place": row.place,
        "place_mrid": row.place_mrid,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "wanted_kw": row.wanted_kw,
        "probability": row.probability,
        "worth_eur_per_kwh": row.worth_eur_per_kwh,
        "cost_eur_per_kwh": row.cost_eur_per_kwh,
        **_together(segments, mine),
        "value_eur": row.value_eur,
        "segments": list(segments),
        "sentences": row.sentences,
    }


def strategy_list(user: User, *, at: datetime) -> list[dict[str, Any]]:
    rows = Strategy.objects.visible_to(user).filter(made_at__lte=at).select_related("program", "made_by")
    return [strategy_document(row) for row in rows[:MOST_LISTED]]


def strategy_document(row: Strategy) -> dict[str, Any]:
    return {
        "id": row.pk,
        "program": row.program_id,
        "program_title": row.program.title,
        "opportunity": row.opportunity_id,
        "supplements": row.supplements_id,
        "status": row.status,
        "status_label": row.get_status_display(),
        "reason": row.reason,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "wanted_kw": row.wanted_kw,
        "made_at": row.made_at,
        "made_by": row.made_by.get_username() if row.made_by else None,
        "call": row.call_id,
        "objective": row.objective,
        "kw_p10": row.kw_p10,
        "kw_p50": row.kw_p50,
        "kw_p90": row.kw_p90,
        "cost_eur": row.cost_eur,
        "customers": row.customers,
        "left_out": row.left_out,
        "relaxation": row.relaxation,
        "staging": row.staging,
        "figures": row.figures,
    }


def _own(segments: Sequence[Mapping[str, Any]], mine: Collection[int]) -> list[Mapping[str, Any]]:
    return [one for one in segments if one["program"] in mine]


def _together(segments: Sequence[Mapping[str, Any]], mine: Collection[int]) -> dict[str, float]:
    """Who is in two programs counts once. Kinds fall short by themselves, equipment of a kind together."""
    kinds: dict[str, list[float]] = {}
    customers = 0
    for one in segments:
        parts = [(1, one), *((-1, part) for part in one.get("shared", ()) if part["program"] in mine)]
        for sign, part in parts:
            of = kinds.setdefault(one["kind"], [0.0, 0.0, 0.0])
            customers += sign * part["customers"]
            for n, level in enumerate(_LEVELS):
                of[n] += sign * part[level]
    middle = sum(of[1] for of in kinds.values())
    below, above = (hypot(*(of[1] - of[n] for of in kinds.values())) for n in (0, 2))
    return {"customers": customers, "kw_p10": middle - below, "kw_p50": middle, "kw_p90": middle + above}


_LEVELS = ("kw_p10", "kw_p50", "kw_p90")
