"""The desks that optimise: where the network should stand open, and where its voltage devices should stand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from apps.dispatch.choices.proposal import Breach
from apps.dispatch.models import Trouble
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live
from apps.optimization.adapters.live_plans import Answer, balanced, regulated
from apps.optimization.choices import DESK_BALANCE, DESK_VOLTAGE
from apps.optimization.selectors import operable_switches
from apps.optimization.services.plan import Plan

BALANCE_MODEL, VOLTAGE_MODEL = "exchange-1", "linearised-1"
SWITCH_S, DEVICE_S = 20.0, 15.0
_VOLTAGES = (Breach.VOLTAGE_LOW, Breach.VOLTAGE_HIGH)


@dataclass
class LoadBalancing:
    """One plan for the whole network answers every trouble that it ends, and the losses."""

    live: Live

    @cached_property
    def _answer(self) -> Answer:
        return balanced(self.live.scene, operable=operable_switches(self.live.model.pk))

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


@dataclass
class VoltageRegulation:
    live: Live

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan:
        breach = Breach(trouble.breach)
        if breach not in _VOLTAGES:
            return Plan(DESK_VOLTAGE, [], 0, "")
        progress(1)
        answer = regulated(self.live.scene, breach, trouble.elements)
        if not answer.steps:
            return Plan(DESK_VOLTAGE, [], 1, f"Voltage regulation: {answer.words}")
        draft = Draft(
            desk=DESK_VOLTAGE,
            kind="set-points",
            trouble=trouble,
            steps=answer.steps,
            explanation=f"Taps and reactive power, moved together as little as the limits ask for. {answer.words}",
            time_to_effect_s=DEVICE_S * len(answer.steps),
            versions={"desk_model": VOLTAGE_MODEL},
        )
        return Plan(DESK_VOLTAGE, [draft], 1, "")
