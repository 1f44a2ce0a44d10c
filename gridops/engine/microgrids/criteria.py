"""Whether a part should stand alone: criteria with hysteresis, and who wins among them, a command and a veto.

A criterion stands once its value has been beyond `on_at` for `on_delay_s` without a break, and ends once it has been
back within `off_at` for `off_delay_s`. Between both thresholds it keeps what it is. A value that is not known (None)
breaks what was turning and changes nothing else. Times are seconds on any one clock. The terms are those of
IEEE 2030.7-2017 (transition function).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    STAY = "stay"
    ISLAND = "island"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`on_at` above `off_at`, or equal: it stands for high values; below: for low ones. Raises ValueError for a
    negative delay."""

    name: str
    on_at: float
    off_at: float
    on_delay_s: float
    off_delay_s: float

    def __post_init__(self) -> None:
        if self.on_delay_s < 0 or self.off_delay_s < 0:
            raise ValueError("Delays are not negative.")

    def is_beyond(self, value: float) -> bool:
        return value > self.on_at if self.on_at >= self.off_at else value < self.on_at

    def is_within(self, value: float) -> bool:
        return value <= self.off_at if self.on_at >= self.off_at else value >= self.off_at


@dataclass(frozen=True, slots=True)
class Memory:
    """`turning_since_s`: since when the value asks for the other side; None: it does not."""

    is_standing: bool = False
    turning_since_s: float | None = None


def advance(criterion: Criterion, memory: Memory, value: float | None, now_s: float) -> Memory:
    """The memory after one more value."""
    if value is None:
        return Memory(memory.is_standing)
    turns = criterion.is_within(value) if memory.is_standing else criterion.is_beyond(value)
    if not turns:
        return Memory(memory.is_standing)
    since_s = now_s if memory.turning_since_s is None else memory.turning_since_s
    delay_s = criterion.off_delay_s if memory.is_standing else criterion.on_delay_s
    if now_s - since_s >= delay_s:
        return Memory(not memory.is_standing)
    return Memory(memory.is_standing, since_s)


def judged(criterion: Criterion, history: Iterable[tuple[float, float | None]], memory: Memory | None = None) -> Memory:
    """The memory after a history of (second, value), the oldest first."""
    memory = memory or Memory()
    for at_s, value in history:
        memory = advance(criterion, memory, value, at_s)
    return memory


@dataclass(frozen=True, slots=True)
class Decision:
    """`by`: the criterion that won; empty: a person, or nobody."""

    wish: Wish
    reason: str
    by: str = ""


def decide(
    standing: Sequence[tuple[str, str]],
    *,
    is_alone: bool | None,
    command: Wish = Wish.STAY,
    asked_by_person: bool = False,
    may_island: str = "",
    may_reconnect: str = "",
) -> Decision:
    """What is wanted now, and who wants it.

    standing: (name, words) of the criteria that stand, the weightiest first: the first is told. command: of a person.
    asked_by_person: a person has asked for the island that is; then only a person ends it. may_island, may_reconnect:
    the words of a veto, empty where there is none; a veto goes before everything, a command before the criteria.
    """
    if is_alone is None:
        return Decision(Wish.STAY, "It is not known whether the coupling is open.")
    wanted = _wanted(standing, is_alone=is_alone, command=command, asked_by_person=asked_by_person)
    veto = {Wish.ISLAND: may_island, Wish.RECONNECT: may_reconnect}.get(wanted.wish, "")
    return Decision(Wish.STAY, f"Forbidden: {veto}", wanted.by) if veto else wanted


def _wanted(standing: Sequence[tuple[str, str]], *, is_alone: bool, command: Wish, asked_by_person: bool) -> Decision:
    if command is not Wish.STAY:
        reached = is_alone == (command is Wish.ISLAND)
        return Decision(Wish.STAY if reached else command, "A person has commanded it.")
    if standing and not is_alone:
        return Decision(Wish.ISLAND, standing[0][1], standing[0][0])
    if standing:
        return Decision(Wish.STAY, f"It stays alone: {standing[0][1]}", standing[0][0])
    if is_alone and not asked_by_person:
        return Decision(Wish.RECONNECT, "No criterion asks for the island any more.")
    return Decision(
        Wish.STAY, "A person has asked for the island, and ends it." if is_alone else "No criterion stands."
    )
