"""Rows as the engine ranks them, and its order in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.dispatch.adapters.steps import operations_of
from apps.dispatch.choices.proposal import (
    DESK_PRIORITY,
    LEAST_PRIORITY,
    REJECTION_FADES,
    UNDER_WAY,
    Breach,
    ProposalStatus,
)
from apps.dispatch.models import ObjectiveVersion, Proposal, Trouble
from gridops.engine.optimization.ranking import (
    SCALES,
    WEIGHTS,
    Claim,
    Claimant,
    Remedy,
    Score,
    Weights,
    conflicts,
    order,
    score,
)
from gridops.engine.optimization.track_record import TrackRecord

KG_A_T = 1000.0
_GRAVE_SHARE = 0.25  # beyond the limit by this share of it: nothing is graver
PARTS = {
    "ends": "ends the trouble, times how sure that is",
    "relief": "share of the excess that it takes away",
    "customers": "customers without supply, times minutes",
    "operations": "operations of switches and taps",
    "cost": "cost",
    "time": "time until it has its effect",
    "emissions": "emissions",
    "record": "what the desk's word for this kind has been worth",
    "rejections": "rejected of late on the same devices",
    "trouble": "how grave the trouble is (only among different troubles)",
}


@dataclass(frozen=True, slots=True)
class Ranked:
    proposal: Proposal
    score: Score
    conflict_with: Proposal | None = None
    conflict: str = ""

    def document(self) -> dict[str, Any]:
        parts = [{"part": name, "points": round(points, 1)} for name, points in self.score.parts().items()]
        return {"total": round(self.score.total, 1), "overall": round(self.score.overall, 1), "parts": parts}


def ranked(
    proposals: Sequence[Proposal],
    *,
    records: Mapping[tuple[str, str], TrackRecord],
    newcomer: TrackRecord,
    rejections: Mapping[int, datetime],
    objectives: ObjectiveVersion,
    as_of: datetime,
) -> list[Ranked]:
    """All of them in the overall order. Losers of conflicts keep their points, and are marked.

    rejections: per proposal, when the same kind was last rejected on one of its devices.
    """
    scores = [
        score(
            _remedy(one, records.get((one.desk, one.kind), newcomer), rejections.get(one.pk), objectives, as_of),
            weights=weights_by(objectives, is_of_losses=one.trouble.breach == Breach.LOSSES),
        )
        for one in proposals
    ]
    lost = conflicts([_claimant(one, points) for one, points in zip(proposals, scores, strict=True)])
    found = []
    for at in order(scores, overall=True):
        rival, claim = lost.get(at, (None, None))
        winner = None if rival is None else proposals[rival]
        found.append(Ranked(proposals[at], scores[at], winner, _words(winner, claim)))
    return found


def weights_by(objectives: ObjectiveVersion, *, is_of_losses: bool = False) -> Weights:
    """The engine's, moved by the goals that a person has set."""
    own = objectives
    return replace(
        WEIGHTS,
        relief=WEIGHTS.relief * (own.weight_losses if is_of_losses else 1.0),
        customers=WEIGHTS.customers * own.weight_reliability,
        operations=WEIGHTS.operations * own.weight_wear,
        cost=WEIGHTS.cost * own.weight_cost,
        emissions=WEIGHTS.emissions * own.weight_emissions,
    )


def _remedy(
    one: Proposal,
    record: TrackRecord,
    rejected_at: datetime | None,
    objectives: ObjectiveVersion,
    as_of: datetime,
) -> Remedy:
    trouble = one.trouble
    before = _excess(trouble, one.value_before)
    relieved = (one.expected_relief or 0.0) / before if before > 0 else 0.0
    faded = 1.0 if rejected_at is None else min((as_of - rejected_at) / REJECTION_FADES, 1.0)
    return Remedy(
        confidence=(one.confidence or 0.0) * (1.0 - one.verification.get("breaks_another", 0.0)),
        relieved_share=relieved,
        customer_minutes=one.customer_minutes,
        operations=float(operations_of(one.steps)),
        cost_eur=max(one.cost_eur + one.emissions_kg * objectives.co2_eur_per_t / KG_A_T, 0.0),
        time_to_effect_s=one.time_to_effect_s,
        emissions_kg=one.emissions_kg,
        reliability=record.reliability,
        rejected=1.0 - faded,
        gravity=_gravity(trouble, before),
    )


def _gravity(trouble: Trouble, before: float) -> float:
    """Nothing is graver than customers without supply."""
    if trouble.is_of_supply:
        return 1.0
    return before / trouble.limit / _GRAVE_SHARE if trouble.limit else 0.0


def _excess(trouble: Trouble, value: float | None) -> float:
    """In the unit of the trouble; of losses all that is lost."""
    value = trouble.value if value is None else value
    beyond = value - (trouble.limit or 0.0)
    return -beyond if trouble.breach == Breach.VOLTAGE_LOW else beyond


def _claimant(one: Proposal, points: Score) -> Claimant:
    claims = tuple(Claim(step["device_mrid"], step["quantity"], float(step["to"])) for step in one.steps)
    under_way = ProposalStatus(one.status) in UNDER_WAY
    own = DESK_PRIORITY.get(one.desk, LEAST_PRIORITY)
    priority = own + LEAST_PRIORITY if one.trouble.is_foreseen else own  # what is here goes before what may come
    return Claimant(claims, str(one.trouble_id), under_way, priority, points.overall)


def _words(winner: Proposal | None, claim: Claim | None) -> str:
    if winner is None or claim is None:
        return ""
    name = next(step["device_name"] for step in winner.steps if step["device_mrid"] == claim.device)
    is_under_way = ProposalStatus(winner.status) in UNDER_WAY
    why = "is under way already" if is_under_way else "goes first"
    return f"Proposal {winner.pk} ({winner.title}) wants {name} too and {why}."[:300]


def weights_document(objectives: ObjectiveVersion) -> list[dict[str, Any]]:
    """What each part can earn or cost at most, and what it stands for."""
    weights = weights_by(objectives)
    scales = {
        "customers": f"half at {SCALES.customer_minutes:g} customer-minutes",
        "operations": f"half at {SCALES.operations:g} operations",
        "cost": f"half at {SCALES.cost_eur:g} EUR",
        "time": f"half at {SCALES.time_s:g} s",
        "emissions": f"half at {SCALES.emissions_kg:g} kg",
    }
    earned = {"ends", "relief", "trouble"}
    return [
        {
            "part": name,
            "most": getattr(weights, name) * (1 if name in earned else -1),
            "words": text,
            "scale": scales.get(name, ""),
        }
        for name, text in PARTS.items()
    ]
