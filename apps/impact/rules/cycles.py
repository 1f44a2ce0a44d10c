"""What a stage of a quarter hour came to, from its runs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.impact.choices.cycle import GRAVEST_FIRST, CycleOutcome, StageState


@dataclass(frozen=True, slots=True)
class Ran:
    """Runs of one kind within the slot."""

    label: str
    count: int
    good: int
    is_expected: bool  # there is something for it to look at, and a run is due in every slot
    is_there: bool  # there is something for it to look at
    worst: str = ""  # what the newest run without a result says


def state_of(ran: Ran, *, is_over: bool) -> tuple[StageState, str]:
    """With the sentence that a person needs where it is not done."""
    if ran.count == 0:
        if not ran.is_expected:
            return StageState.IDLE, ""
        if not is_over:
            return StageState.DUE, ""
        return StageState.MISSING, f"{ran.label}: no run, though one is due in every quarter hour."
    if ran.good == ran.count:
        return StageState.DONE, ""
    why = ran.worst.rstrip(".") or "no reason is told"
    if ran.good:
        return StageState.PARTLY, f"{ran.label}: {ran.count - ran.good} of {ran.count} without a result: {why}."
    return StageState.FAILED, f"{ran.label}: {why}."


def stage_state(found: Sequence[StageState]) -> StageState:
    return next((state for state in GRAVEST_FIRST if state in found), StageState.IDLE)


def cycle_outcome(states: Sequence[StageState], *, is_over: bool) -> CycleOutcome:
    if not is_over:
        return CycleOutcome.RUNNING
    well = {StageState.DONE, StageState.IDLE}
    return CycleOutcome.COMPLETE if well.issuperset(states) else CycleOutcome.INCOMPLETE
