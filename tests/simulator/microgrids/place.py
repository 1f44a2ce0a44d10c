"""A town one of whose feeders ends in a part that can stand alone: behind the door three loads, sun, a battery."""

from dataclasses import replace
from datetime import datetime, timedelta

from gridops.cases.case import NetworkCase, Node, Storage, Switch, SwitchKind
from gridops.cases.microgrids import with_microgrids
from gridops.simulator.field import Field, to_us
from gridops.simulator.microgrids.parts import Microgrid
from tests.simulator.town import START, town

COUPLING, BATTERY, CELLAR, INSIDE = "door", "battery", "cellar", ("0-3", "0-4", "0-5")


def part_town() -> NetworkCase:
    case = town()
    lines = [replace(one, to_node="0-door") if one.mrid == "line-0-3" else one for one in case.lines]
    return with_microgrids(
        replace(
            case,
            nodes=[*case.nodes, Node("0-door", "Door", 20.0, 11.0, 53.0, is_terminal=True)],
            lines=lines,
            switches=[
                *case.switches,
                Switch(COUPLING, "Door", SwitchKind.LOAD_BREAK_SWITCH, "0-door", "0-3", closed=True),
            ],
            storages=[
                Storage(BATTERY, "Battery", "0-3", 900.0, 0.0, 900.0, 1800.0, "rest"),
                Storage(CELLAR, "Cellar", "0-4", 20.0, 0.0, 20.0, 40.0, "demand"),
            ],
        )
    )


class Play:
    """A field whose seconds are counted."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.field = Field(
            part_town(),
            started_at=START,
            with_batteries=True,
            report=lambda _at_us, text: self.said.append(text),
        )
        self.world = self.field.world
        self.second = 0
        self.switch = {one.mrid: n for n, one in enumerate(self.field.case.switches)}
        self.run(1)

    @property
    def microgrid(self) -> Microgrid:
        return self.world.microgrids.parts[0]

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.second)

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.field.step(self.now)
            self.second += 1

    def move(self, mrid: str, *, closed: bool) -> None:
        """By its own protection: nobody asks whether it may."""
        self.world.later(to_us(self.now), lambda at_us: self.world.move_switch(self.switch[mrid], closed, at_us))

    def dark(self) -> set[str]:
        has_supply = self.world.supply.has_supply
        return {one.node for one, lives in zip(self.field.case.loads, has_supply, strict=True) if not lives}
