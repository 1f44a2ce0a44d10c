"""The way of a microgrid from standing with the grid to standing alone, and back, as a state machine.

It remembers nothing: all that it needs are its arguments, so that a process that begins anew goes on where the last
one ended. A stage is left for the next once the values show what it is for, whatever became of its commands; a command
that failed is given again twice; a stage whose time is over, or whose commands failed for good, has a way back.
Terms: IEEE 2030.7-2017; limits: IEEE 1547-2018 (`windows.py`).
"""

from gridops.engine.microgrids.stage_rules import RULES, StageRule
from gridops.engine.microgrids.stages import (
    ACTS,
    WORDS,
    Act,
    Aim,
    Command,
    Commands,
    Done,
    Enter,
    Give,
    Kind,
    Next,
    Outcome,
    Stage,
    View,
    Wait,
)

MOST_TRIES = 3
AGAIN_AFTER_S = 2.0  # what has failed is not given anew at once
FIRST = {
    Kind.ISLAND: Stage.BALANCING,
    Kind.UNPLANNED: Stage.FORMING,
    Kind.RECONNECT: Stage.WAITING,
    Kind.BLACK_START: Stage.ISOLATING,
}


def objection(stage: Stage, view: View, aim: Aim) -> str:
    """What the stage still waits for, in words; empty: nothing. Who drives keeps since when it is empty."""
    return RULES[stage].holds(view, aim)


def next_action(stage: Stage, view: View, aim: Aim, *, since_s: float, kept_s: float, given: Commands) -> Next:
    """What is to be done now in this stage.

    since_s: since the stage was entered. kept_s: for how long `objection` has been empty without a break, 0 where it is
    not. given: of this visit of the stage only. Pure.
    """
    rule = RULES[stage]
    if (left := rule.breaks(view, aim)) is not None:
        return left
    missing = rule.holds(view, aim)
    if not missing and kept_s >= rule.kept_s(aim):
        return _arrived(stage, rule)
    wanted = rule.wants(view, aim, since_s)
    if hopeless := _hopeless(wanted, given):
        return rule.back(view, aim, hopeless)
    if since_s > rule.timeout_s(aim):
        return rule.back(
            view, aim, f"{WORDS[stage]} took longer than {rule.timeout_s(aim):.0f} s: {missing or 'it did not last'}."
        )
    if due := tuple(command for command in wanted if _is_due(command, given)):
        return Give(due)
    return Wait(missing or "It has to last for a moment.")


def _arrived(stage: Stage, rule: StageRule) -> Next:
    if rule.then == stage:
        return Done(f"{WORDS[stage]}: reached.")
    return Enter(rule.then, f"{WORDS[stage]}: done.")


def _is_due(command: Command, given: Commands) -> bool:
    """Not given yet, or for another value, or failed a moment ago. What may have been done is not given again."""
    last = given.get(command.key)
    if last is None:
        return True
    if last.outcome in (Outcome.PENDING, Outcome.UNKNOWN):
        return False
    if last.outcome is Outcome.DONE:
        return abs(last.value - command.value) > 0.5 and last.ended_for_s >= AGAIN_AFTER_S
    return last.ended_for_s >= AGAIN_AFTER_S


def _hopeless(wanted: tuple[Command, ...], given: Commands) -> str:
    """A generator that does not start stops nothing: the island is judged by its values."""
    for command in wanted:
        last = given.get(command.key)
        failed = last is not None and last.outcome is Outcome.FAILED and last.tries >= MOST_TRIES
        if failed and command.act is not Act.GENERATOR:
            return f"'{ACTS[command.act]}' failed {MOST_TRIES} times."
    return ""
