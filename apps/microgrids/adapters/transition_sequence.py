"""The engine's sequence, asked with rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.microgrids.choices.transition import StepCommand, TransitionKind, TransitionStage
from apps.microgrids.models import IslandingRule, Transition, TransitionStep
from gridops.engine.microgrids.criteria import Criterion, Decision, Memory, Wish, advance, decide
from gridops.engine.microgrids.sequence import FIRST, next_action, objection
from gridops.engine.microgrids.stages import (
    ACTS,
    Act,
    Aim,
    Command,
    Done,
    Enter,
    Failed,
    Give,
    Given,
    Kind,
    Outcome,
    Stage,
    View,
    Wait,
)

__all__ = ["Command", "Decision", "Done", "Enter", "Failed", "Give", "Wait", "Wish"]


def first_stage(kind: TransitionKind) -> TransitionStage:
    return TransitionStage(FIRST[Kind(kind.value)].value)


def waits_for(transition: Transition, view: View, aim: Aim) -> str:
    return objection(Stage(transition.stage), view, aim)


def next_of(
    transition: Transition, steps: Sequence[TransitionStep], view: View, aim: Aim, *, as_of: datetime
) -> Give | Wait | Enter | Done | Failed:
    """steps: of this visit of the stage, the oldest first."""
    return next_action(
        Stage(transition.stage),
        view,
        aim,
        since_s=transition.since_s(as_of),
        kept_s=transition.kept_s(as_of),
        given=_given(steps, as_of),
    )


def _given(steps: Sequence[TransitionStep], as_of: datetime) -> dict[tuple[Act, int], Given]:
    found: dict[tuple[Act, int], Given] = {}
    for step in steps:
        key = (Act(step.command), step.unit)
        before = found[key].tries if key in found and found[key].outcome is Outcome.FAILED else 0
        ended_s = max((as_of - step.ended_at).total_seconds(), 0.0) if step.ended_at else 0.0
        found[key] = Given(Outcome(step.outcome), step.value, before + 1, ended_s)
    return found


def command_of(command: Command) -> StepCommand:
    return StepCommand(command.act.value)


def words_of(command: Command) -> str:
    words = ACTS[command.act].capitalize()
    if command.act in (Act.BATTERY, Act.GENERATOR):
        return f"{words} to {command.value:+,.0f} kW"
    return words if command.act in (Act.OPEN, Act.CLOSE) else f"{words} to {command.value:g}"


@dataclass(frozen=True, slots=True)
class Judged:
    is_standing: bool
    turning_since: datetime | None


def judged(rule: IslandingRule, value: float | None, as_of: datetime) -> Judged:
    criterion = Criterion(rule.criterion, rule.on_at, rule.off_at, rule.on_delay_s, rule.off_delay_s)
    since_s = rule.turning_since.timestamp() if rule.turning_since else None
    memory = advance(criterion, Memory(rule.is_standing, since_s), value, as_of.timestamp())
    if memory.turning_since_s is None:
        return Judged(memory.is_standing, None)
    return Judged(memory.is_standing, rule.turning_since or as_of)


def decided(
    standing: Sequence[tuple[str, str]],
    *,
    is_alone: bool | None,
    asked_by_person: bool,
    may_island: str,
    may_reconnect: str,
) -> Decision:
    return decide(
        standing,
        is_alone=is_alone,
        asked_by_person=asked_by_person,
        may_island=may_island,
        may_reconnect=may_reconnect,
    )
