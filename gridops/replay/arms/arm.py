"""What an arm is: whoever plays a tape on its plant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Final, Protocol, cast

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.replay.plant import Plant
from gridops.replay.record import Noted
from gridops.replay.tape import Tape

NAMES: Final = ("A0", "A1", "A2", "A3")
# Modules are loaded by name because one of them needs a database and Django, and the others must do without.
_MODULES: Final = {
    "A0": "gridops.replay.arms.nothing",
    "A1": "gridops.replay.arms.usual",
    "A2": "gridops.replay.arms.gridops",
    "A3": "gridops.replay.arms.foresight",
}


class NoSuchArm(ValueError):
    """The arm is not known, or not there: what there is."""


@dataclass(frozen=True, slots=True)
class Options:
    without: tuple[str, ...] = ()  # desks that are left out
    shuffle_after_h: float | None = None  # what the arm is told of the future beyond is permuted
    locked: bool = False


@dataclass(frozen=True, slots=True)
class ArmNotes:
    """planned_kw: bought ahead, per row of the record. wall_s: of the arm's own time, `services` and `solvers`."""

    noted: Noted = field(default_factory=Noted)
    planned_kw: np.ndarray | None = None
    wall_s: Mapping[str, float] = field(default_factory=dict)
    told: Mapping[str, object] = field(default_factory=dict)  # for the reader of the run


class Arm(Protocol):
    name: str
    reads: bool  # it lives on what the instruments send

    def begin(self, plant: Plant) -> None: ...

    def act(self, plant: Plant, now: datetime) -> datetime | None:
        """After each advance; when it wants to be called next, at the latest the next time of the grid."""
        ...

    def end(self, plant: Plant) -> ArmNotes: ...


class Maker(Protocol):
    """What every module of an arm has under the name `make`."""

    def __call__(self, tape: Tape, case: NetworkCase, options: Options) -> Arm: ...


def make_arm(name: str, tape: Tape, case: NetworkCase, options: Options) -> Arm:
    """Raises NoSuchArm."""
    if name not in _MODULES:
        raise NoSuchArm(f"There is no arm '{name}'; there are {', '.join(NAMES)}.")
    try:
        module = import_module(_MODULES[name])
    except ModuleNotFoundError as error:
        if error.name != _MODULES[name]:
            raise
        raise NoSuchArm(f"Arm {name} is not part of this installation.") from None
    return cast(Maker, module.make)(tape, case, options)
