"""The desk that lets plants feed in: taps, reactive power and batteries first, and the least held back."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.choices.proposal import Breach
from apps.dispatch.models import Trouble
from apps.dispatch.selectors.movable import movable
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters.candidates import target_of
from apps.optimization.adapters.live_held import HeldAnswer, least_held_near
from apps.optimization.choices import DESK_HELD, KIND_HELD
from apps.optimization.selectors.rates import cost_rates
from apps.optimization.services.plan import Plan

MODEL = "least-held-1"
DEVICE_S = 15.0
_BREACHES = (Breach.VOLTAGE_HIGH, Breach.OVERLOAD)
_NOTHING = (
    "Least held back: no plant or battery that takes orders is on the way of the trouble, or it cannot be solved."
)


@dataclass(frozen=True, slots=True)
class LeastHeld:
    live: Live

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan:
        """What is too high or too full; what is too low wants no less fed in."""
        breach = Breach(trouble.breach)
        if breach not in _BREACHES:
            return Plan(DESK_HELD, [], 0, "")
        progress(1)
        rates, scene = cost_rates(), self.live.scene
        answer = least_held_near(scene, target_of(scene, breach, trouble.elements), may=movable().may, rates=rates)
        if answer is None or not answer.steps:
            return Plan(DESK_HELD, [], 1, _NOTHING)
        emissions = rates.kg_per_kwh[OfferKind.CURTAIL] * answer.held_kw
        draft = Draft(
            desk=DESK_HELD,
            kind=KIND_HELD,
            trouble=trouble,
            steps=answer.steps,
            explanation=_words(answer),
            cost_eur=answer.cost_eur_per_h * rates.eur_per_kwh[OfferKind.CURTAIL],
            emissions_kg=emissions,
            time_to_effect_s=DEVICE_S * len(answer.steps),
            moved_kw=answer.held_kw + abs(answer.stored_kw),
            versions={"desk_model": MODEL},
        )
        return Plan(DESK_HELD, [draft], 1, "")


def _words(answer: HeldAnswer) -> str:
    kept = "all limits are kept" if answer.kept else "not all limits can be kept with them"
    return (
        f"Of {answer.units} plants and batteries, {answer.reactive_kvar:.0f} kvar are moved first; "
        f"{answer.held_kw:.0f} kW are held back and {answer.stored_kw:.0f} kW more stored, the least in sum: {kept}, "
        "by the full power flow."
    )
