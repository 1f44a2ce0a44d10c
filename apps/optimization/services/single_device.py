"""The desk that needs no optimiser: everything that one device can do about a trouble, tried by power flow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.dispatch.choices.proposal import Breach
from apps.dispatch.models import Trouble
from apps.dispatch.selectors.movable import movable
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.verification import checked_trouble
from apps.optimization.adapters.candidates import candidates, target_of
from apps.optimization.adapters.trying import Good, best
from apps.optimization.choices import DESK_SINGLE, RemedyKind
from apps.optimization.selectors import operable_switches
from apps.optimization.selectors.rates import cost_rates
from apps.optimization.services.plan import Plan

MODEL = "exhaustive-1"
_WHY = {
    RemedyKind.TAP: "The tap changer moves the voltage of everything behind it at once.",
    RemedyKind.TRANSFER: "What lies between the two switches is fed from the other side; nobody is interrupted, "
    "because the one closes before the other opens.",
    RemedyKind.CURTAIL: "The plant feeds in less for an hour.",
    RemedyKind.STORAGE: "The battery takes up, or gives, what the network cannot carry.",
}


@dataclass(frozen=True, slots=True)
class SingleDevices:
    live: Live

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan:
        """Losses are for the desks that optimise; here they are nobody's trouble."""
        if Breach(trouble.breach) == Breach.LOSSES:
            return Plan(DESK_SINGLE, [], 0, "")
        scene = self.live.scene
        target = target_of(scene, Breach(trouble.breach), trouble.elements)
        given = movable()
        operable = operable_switches(self.live.model.pk, given=given)
        found = candidates(scene, target, operable=operable, may=given.may, rates=cost_rates())
        outcome = best(scene, checked_trouble(trouble), found, progress=progress)
        drafts = [_draft(trouble, good, outcome.tried) for good in outcome.kept]
        return Plan(DESK_SINGLE, drafts, outcome.tried, outcome.sentence)


def _draft(trouble: Trouble, good: Good, tried: int) -> Draft:
    candidate = good.candidate
    versions: dict[str, Any] = {"desk_model": MODEL}
    ends = "ends the trouble" if good.verdict.ends else "eases the trouble, and does not end it"
    return Draft(
        desk=DESK_SINGLE,
        kind=candidate.kind.value,
        trouble=trouble,
        steps=candidate.steps,
        explanation=f"{_WHY[candidate.kind]} Of {tried} ways tried it is among the best of its kind: it {ends}.",
        cost_eur=candidate.cost_eur,
        emissions_kg=candidate.emissions_kg,
        time_to_effect_s=candidate.time_to_effect_s,
        moved_kw=candidate.moved_kw,
        versions=versions,
    )
