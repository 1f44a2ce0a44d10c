"""Parts that stand alone, by hand: the generator runs before anything is cut, and a person leads the way back."""

from dataclasses import dataclass
from typing import Final

from gridops.replay.arms.by_hand import SWITCHING_MIN
from gridops.replay.gate import GatedMicrogrid
from gridops.replay.plant import Plant
from gridops.simulator.devices import DOUBLE_ON, Kind
from gridops.simulator.microgrids.image import MODE, SHED
from gridops.simulator.microgrids.standing import Mode
from gridops.simulator.world import SECOND_US

MINUTE_US: Final = 60 * SECOND_US
TRIED_EVERY_US: Final = 10 * SECOND_US
TRIED_FOR_US: Final = 10 * MINUTE_US
SHARE: Final = 0.8  # of the generator's rating, at most: what it is started with
WORK: Final = "parts by hand"


@dataclass(slots=True)
class Return:
    """The way back of one part: when somebody is there, and until when it is tried."""

    begins_us: int
    ends_us: int
    is_joining: bool = False


class PartsByHand:
    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._returns: dict[int, Return] = {}
        self._count = 0
        self._due_us: int | None = None

    def due_us(self) -> int | None:
        return self._due_us

    def look(self, at_us: int) -> None:
        self._plant.gate.desk, self._due_us = WORK, None
        for unit, gated in self._plant.microgrids.items():
            if gated.image.microgrid.is_live:
                self._start_generators(gated, at_us)
                self._lead_back(unit, gated, at_us)
            elif self._returns.pop(unit, None) is not None:
                self._stop_generators(gated)

    def _start_generators(self, gated: GatedMicrogrid, at_us: int) -> None:
        """Before load is cut; what the controller has cut already comes back when they run."""
        part = gated.image.microgrid
        for genset in part.gensets:
            if genset.wanted_kw == 0 and genset.fuel_kwh > 0:
                wanted = min(SHARE * genset.design.rated_kw, max(part.controller.kept_kw(0), genset.least_kw))
                self._plant.gate.through(
                    lambda genset=genset, wanted=wanted: part.controller.order(genset, wanted),  # type: ignore[misc]
                    kind="generator", element=genset.design.mrid, value=f"{wanted:g} kW", at_us=at_us,
                )  # fmt: skip
        if part.controller.shed and all(genset.is_running for genset in part.gensets):
            gated.write(SHED, [0], at_us)

    def _stop_generators(self, gated: GatedMicrogrid) -> None:
        part, at_us = gated.image.microgrid, self._at_us()
        for genset in part.gensets:
            if genset.wanted_kw:
                self._plant.gate.through(
                    lambda genset=genset: part.controller.order(genset, 0.0),  # type: ignore[misc]
                    kind="generator", element=genset.design.mrid, value="0 kW", at_us=at_us,
                )  # fmt: skip

    def _lead_back(self, unit: int, gated: GatedMicrogrid, at_us: int) -> None:
        part = gated.image.microgrid
        if not part.grid_live:
            self._returns.pop(unit, None)
            return
        way = self._returns.get(unit)
        if way is None:
            self._count += 1
            draws = self._plant.tape.draws("way back", unit, self._count)
            begins = at_us + round(draws.uniform(*SWITCHING_MIN) * MINUTE_US)
            way = self._returns[unit] = Return(begins, begins + TRIED_FOR_US)
        if at_us >= way.ends_us:
            del self._returns[unit]
            return
        if at_us >= way.begins_us:
            self._join(gated, way, at_us)
        wanted = max(way.begins_us, at_us + TRIED_EVERY_US)
        self._due_us = wanted if self._due_us is None else min(self._due_us, wanted)

    def _join(self, gated: GatedMicrogrid, way: Return, at_us: int) -> None:
        part = gated.image.microgrid
        if not way.is_joining:
            way.is_joining = not gated.write(MODE, [int(Mode.SYNCHRONISING)], at_us)
        elif not part.controller.may_close():
            self._plant.devices.by_hand(Kind.SWITCH, part.places.coupling, DOUBLE_ON, at_us)

    def _at_us(self) -> int:
        return self._plant.begin_us + round(self._plant.since_begin_s(self._plant.now) * SECOND_US)
