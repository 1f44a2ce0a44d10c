"""What a place that is short asks of plants, and who could do it instead, from offers and proposals as recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.models import Congestion, Proposal
from apps.renewables.choices import OptionKind
from gridops.engine.optimization.portfolio.substitutes import saved

LEAST_KW = 1.0
MOST_OPTIONS = 12
_INSTEAD = {OfferKind.BATTERY: OptionKind.BATTERY, OfferKind.LESS_LOAD: OptionKind.LESS_LOAD}
_A_HUNDRED_KW = 100.0


@dataclass(frozen=True, slots=True)
class Held:
    """By plants alone: kW held back, the most effective first, and what a kW relieves on average."""

    kw: float
    relief_per_kw: float
    is_enough: bool


def held_by_plants(row: Congestion) -> Held | None:
    """None where no plant relieves the place."""
    offers = [one for one in row.offers if one["kind"] == OfferKind.CURTAIL and one["relief_per_100_kw"] > 0]
    offers = [one for one in offers if abs(one["most_kw"]) >= LEAST_KW]
    if not offers:
        return None
    offers.sort(key=lambda one: -one["relief_per_100_kw"])
    each = np.array([one["relief_per_100_kw"] / _A_HUNDRED_KW for one in offers])
    most = np.array([abs(one["most_kw"]) for one in offers])
    before = np.cumsum(each * most) - each * most
    excess = abs(row.value - row.limit)
    taken = np.clip((excess - before) / each, 0.0, most)
    total = float(taken.sum())
    if total < LEAST_KW:
        return None
    relief = float(each @ taken)
    return Held(total, relief / total, relief >= excess * (1 - 1e-6))


def options(
    row: Congestion, held: Held, proposals: Sequence[Proposal], *, hours: float
) -> tuple[list[dict[str, Any]], float]:
    """Cheapest first, each with what a kWh saved costs; and the kW that nobody saves."""
    told = [_of_offer(one) for one in row.offers if one["kind"] in _INSTEAD and abs(one["most_kw"]) >= LEAST_KW]
    told += [_of_proposal(one, held, hours) for one in proposals if (one.expected_relief or 0.0) > 0]
    if not told:
        return [], held.kw
    found = saved(
        held_kw=held.kw,
        relief_by_plant=held.relief_per_kw,
        relief_kw=np.array([one.pop("relief_per_kw") for one in told]),
        most_kw=np.array([one.pop("own_kw") for one in told]),
        cost_per_kwh=np.array([one.pop("own_cost") for one in told]),
    )
    listed = [
        told[n]
        | {
            "cost_per_kwh": round(float(found.cost_per_kwh[n]), 5),
            "saved_kw": round(float(found.most_kw[n]), 2),
            "taken_kw": round(float(found.taken_kw[n]), 2),
        }
        for n in found.order.tolist()
        if found.most_kw[n] >= LEAST_KW
    ]
    return listed[:MOST_OPTIONS], found.left_kw


def _of_offer(offer: dict[str, Any]) -> dict[str, Any]:
    kind = _INSTEAD[OfferKind(offer["kind"])]
    return {
        "kind": kind.value,
        "kind_label": str(kind.label),
        "name": offer["node_name"],
        "mrid": offer["node_mrid"],
        "proposal": None,
        "relief_per_kw": offer["relief_per_100_kw"] / _A_HUNDRED_KW,
        "own_kw": abs(offer["most_kw"]),
        "own_cost": offer["eur_per_kwh"],
    }


def _of_proposal(proposal: Proposal, held: Held, hours: float) -> dict[str, Any]:
    """Its cost is for all of its time; it does the work of as many kW of plants as relieve as much."""
    kw = min((proposal.expected_relief or 0.0) / held.relief_per_kw, held.kw)
    return {
        "kind": OptionKind.PROPOSAL.value,
        "kind_label": str(OptionKind.PROPOSAL.label),
        "name": proposal.title,
        "mrid": None,
        "proposal": proposal.pk,
        "relief_per_kw": held.relief_per_kw,
        "own_kw": kw,
        "own_cost": proposal.cost_eur / max(kw * hours, 1e-9),
    }
