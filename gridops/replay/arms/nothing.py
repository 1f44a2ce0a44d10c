"""A0: nobody does anything. Protection, regulators and crews do what they do by themselves."""

from datetime import datetime

from gridops.cases.case import NetworkCase
from gridops.replay.arms.arm import ArmNotes, Options
from gridops.replay.plant import Plant
from gridops.replay.tape import Tape


class Nothing:
    name, reads = "A0", False

    def begin(self, plant: Plant) -> None:
        pass

    def act(self, _plant: Plant, _now: datetime) -> datetime | None:
        return None

    def end(self, _plant: Plant) -> ArmNotes:
        return ArmNotes()


def make(_tape: Tape, _case: NetworkCase, _options: Options) -> Nothing:
    return Nothing()
