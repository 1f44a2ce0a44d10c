"""A run as a study sees it: who played which tape with what, its figures, acts and checks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ArmName(StrEnum):
    NOTHING = "A0"
    USUAL = "A1"
    GRIDOPS = "A2"
    FORESIGHT = "A3"


@dataclass(frozen=True, slots=True)
class Act:
    at_s: float  # since the begin of the tape
    kind: str
    element: str
    value: str
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """value against bound: what was found and what is allowed; words: one sentence."""

    name: str
    ok: bool
    value: float
    bound: float
    words: str

    def document(self) -> dict[str, Any]:
        return {"ok": self.ok, "value": finite(self.value), "bound": finite(self.bound), "words": self.words}


@dataclass(frozen=True, slots=True)
class Run:
    tape_hash: str
    arm: str
    seed: int
    network: str
    begin: str
    days: float
    code_version: str
    figures: Mapping[str, float]
    without: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    checks: tuple[Check, ...] = ()
    record_hash: str = ""
    locked: bool = False  # its acts were refused: the placebo
    shuffle_after_h: float | None = None  # the future after this hour was shuffled
    wall_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        return not (self.locked or self.without or self.shuffle_after_h is not None)

    def figure(self, name: str) -> float:
        return float(self.figures.get(name, math.nan))


def run_of(document: Mapping[str, Any]) -> Run:
    """From the `run.json` of a run. Raises KeyError with the name of what is missing."""
    shuffled = document.get("shuffle_after_h")
    return Run(
        tape_hash=document["tape_hash"],
        arm=document["arm"],
        seed=int(document["seed"]),
        network=document["network"],
        begin=str(document["begin"]),
        days=float(document["days"]),
        code_version=document["code_version"],
        figures={name: _number(value) for name, value in document["figures"].items()},
        without=_names(document.get("without")),
        acts=tuple(_act(each) for each in document.get("acts", ())),
        checks=tuple(_check(name, each) for name, each in document.get("checks", {}).items()),
        record_hash=document.get("record_hash", ""),
        locked=bool(document.get("locked", False)),
        shuffle_after_h=None if shuffled is None else float(shuffled),
        wall_s={name: _number(value) for name, value in document.get("wall_s", {}).items()},
    )


def finite(value: float) -> float | None:
    """What a document may hold: nothing where a number is not known."""
    return value if math.isfinite(value) else None


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _names(without: str | Sequence[str] | None) -> tuple[str, ...]:
    if not without:
        return ()
    return (without,) if isinstance(without, str) else tuple(sorted(without))


def _act(each: Mapping[str, Any]) -> Act:
    return Act(
        at_s=float(each["at_s"]),
        kind=str(each["kind"]),
        element=str(each["element"]),
        value=str(each.get("value", "")),
        desk=str(each.get("desk", "")),
    )


def _check(name: str, each: Mapping[str, Any]) -> Check:
    return Check(name, bool(each["ok"]), _number(each.get("value")), _number(each.get("bound")), each.get("words", ""))
