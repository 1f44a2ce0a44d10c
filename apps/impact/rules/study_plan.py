"""What a study consists of, and what it may be asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.dispatch.choices.proposal import DESK_LABEL
from apps.impact.choices.study import MOST_DAYS, MOST_SEEDS, Arm, Purpose

BY_HAND = "person"  # proposes nothing: it is no desk that could be left out
DESKS = {name: label for name, label in DESK_LABEL.items() if name != BY_HAND}
ACTING = (Arm.USUAL, Arm.GRIDOPS)  # the arms that are compared
HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Terms:
    """On which network, over how many tapes of how many days, by which arms."""

    network: str
    seeds: tuple[int, ...]
    days: int
    arms: tuple[Arm, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """One arm on one tape."""

    tape: int  # place among the tapes
    arm: Arm
    without: str = ""
    purpose: Purpose = Purpose.MEASURED
    shuffle_after_h: float | None = None

    @property
    def label(self) -> str:
        kind = "" if self.purpose == Purpose.MEASURED else f" {self.purpose}"
        return f"{self.arm}{f' without {self.without}' if self.without else ''}{kind}"


def plays(terms: Terms) -> list[Play]:
    """Every run of a study: arms on each tape, A2 without each desk, and the two tries that would show a cheat.

    Doing nothing is always played: the placebo is held against it. The cheat is tried on the first tape.
    """
    arms = [arm for arm in Arm if arm in terms.arms or arm == Arm.NOTHING]
    desks = terms.without if Arm.GRIDOPS in arms else ()
    half = terms.days * HOURS_A_DAY / 2
    tried = [arm for arm in arms if arm in ACTING]
    return [
        *(Play(0, arm, purpose=Purpose.PLACEBO) for arm in tried),
        *(Play(0, arm, purpose=Purpose.SHUFFLED, shuffle_after_h=half) for arm in tried),
        *(Play(tape, arm) for tape in range(len(terms.seeds)) for arm in arms),
        *(Play(tape, Arm.GRIDOPS, desk) for desk in desks for tape in range(len(terms.seeds))),
    ]


def faults_of_terms(terms: Terms) -> dict[str, str]:
    """By field, what is wrong and what to do."""
    faults: dict[str, str] = {}
    if not terms.network.strip():
        faults["network"] = "Name a network as import_network takes it, for example matpower:case33bw."
    if not 1 <= len(terms.seeds) <= MOST_SEEDS:
        faults["seeds"] = f"Give a number from 1 to {MOST_SEEDS}."
    elif len(set(terms.seeds)) < len(terms.seeds):
        faults["seeds"] = "A seed stands twice: the same tape says nothing new."
    if not 1 <= terms.days <= MOST_DAYS:
        faults["days"] = f"Give a number from 1 to {MOST_DAYS}."
    if not terms.arms:
        faults["arms"] = f"Name at least one of {', '.join(Arm.values)}."
    strangers = [desk for desk in terms.without if desk not in DESKS]
    if strangers:
        faults["without"] = f"{strangers[0]} is no desk: choose among {', '.join(DESKS)}."
    elif terms.without and Arm.GRIDOPS not in terms.arms:
        faults["without"] = "Only A2 has desks: add A2 to the arms, or leave no desk out."
    return faults


def misplayed(document: Mapping[str, object], *, tape_hash: str, play: Play) -> str:
    """Why a result is not that of the run it is meant for; empty: it is."""
    left_out = document.get("without") or []
    without = [left_out] if isinstance(left_out, str) else list(left_out) if isinstance(left_out, Sequence) else []
    if document.get("tape_hash") != tape_hash:
        return "The replay played another tape than the sealed one."
    if document.get("arm") != play.arm or without != ([play.without] if play.without else []):
        return "The replay played another arm than the one asked for."
    if bool(document.get("locked")) != (play.purpose == Purpose.PLACEBO):
        return "The replay does not say of its actuators what was asked for."
    if document.get("shuffle_after_h") != play.shuffle_after_h:
        return "The replay does not say of the future what was asked for."
    return ""
