"""The desk that balances loads: where the network should stand open."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from apps.dispatch.models import Trouble
from apps.dispatch.selectors.movable import movable
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters.live_plans import Answer, balanced
from apps.optimization.choices import DESK_BALANCE
from apps.optimization.selectors import operable_switches
from apps.optimization.services.plan import Plan

BALANCE_MODEL = "exchange-1"
SWITCH_S = 20.0


@dataclass
class LoadBalancing:
    """One plan for the whole network answers every trouble that it ends, and the losses."""

    live: Live

    @cached_property
    def _answer(self) -> Answer:
        return balanced(self.live.scene, operable=operable_switches(self.live.model.pk, given=movable()))

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan:
        progress(1)
        answer = self._answer
        if not answer.steps:
            return Plan(DESK_BALANCE, [], 1, f"Load balancing: {answer.words}")
        draft = Draft(
            desk=DESK_BALANCE,
            kind="open-points",
            trouble=trouble,
            steps=answer.steps,
            explanation=f"Open points are moved so that limits are kept first and losses are least. {answer.words}",
            time_to_effect_s=SWITCH_S * len(answer.steps),
            versions={"desk_model": BALANCE_MODEL},
        )
        return Plan(DESK_BALANCE, [draft], 1, "")
