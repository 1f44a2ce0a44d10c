"""What an instructor lets happen to a microgrid of the field, and how it truly stands."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gridops.simulator.microgrids.parts import Microgrid
from gridops.simulator.world import World

Asked = dict[str, Any]
SHARE_LEFT, LASTING_S = 0.2, 120.0  # of the sun under a cloud that is asked for


class MicrogridActs:
    """A microgrid is named by the mRID of its coupling switch. Raises KeyError, TypeError or ValueError."""

    def __init__(self, world: World, now_us: Callable[[], int]) -> None:
        self._world, self._now_us = world, now_us
        self._lost: dict[str, list[int]] = {}
        self.by_name: dict[str, Callable[[Asked], Asked]] = {
            "microgrids": self._tell,
            "lose-grid": self._lose_grid,
            "return-grid": self._return_grid,
            "fail-generator": self._fail_generator,
            "cloud": self._cloud,
        }

    def _tell(self, _asked: Asked) -> Asked:
        return {"microgrids": [self._standing(one) for one in self._world.microgrids.parts]}

    def _standing(self, one: Microgrid) -> Asked:
        controller, loads = one.controller, self._world.case.loads
        return {
            "coupling": one.places.coupling_mrid,
            "forming": one.battery.design.mrid,
            "name": one.places.name,
            "mode": int(controller.mode),
            "closed": controller.closed,
            "is_live": controller.is_live,
            "hz": controller.hz,
            "exchange_kw": controller.exchange_kw,
            "shed": controller.shed,
            "loads": [[loads[n].mrid for n in group.tolist()] for group in one.places.loads],
        }

    def _lose_grid(self, asked: Asked) -> Asked:
        """The nearest breaker on the way to the source opens, as a protection would have it."""
        one, world, at_us = self._of(asked), self._world, self._now_us()
        able = [n for n in one.places.feeding if world.truth.interrupts[n] and world.switch_closed[n]]
        if not one.grid_live or not able:
            raise ValueError(f"the grid at {one.places.name} is dead already")
        self._lost.setdefault(one.places.coupling_mrid, []).append(able[0])
        world.later(at_us, partial(world.move_switch, able[0], False))
        return {"at_us": at_us, "switch": world.case.switches[able[0]].mrid}

    def _return_grid(self, asked: Asked) -> Asked:
        one, at_us = self._of(asked), self._now_us()
        for index in self._lost.pop(one.places.coupling_mrid, []):
            self._world.later(at_us, partial(self._world.move_switch, index, True))
        return {"at_us": at_us}

    def _fail_generator(self, asked: Asked) -> Asked:
        """It stops where it stands; with `starts` so many of its next starts fail instead."""
        starts = int(asked.get("starts", 0))
        for genset in self._of(asked).gensets:
            genset.starts_that_fail += starts
            if not starts:
                genset.fail()
        return {"at_us": self._now_us()}

    def _cloud(self, asked: Asked) -> Asked:
        share, lasting_s = float(asked.get("share", SHARE_LEFT)), float(asked.get("lasting_s", LASTING_S))
        self._of(asked).clouds.come(share, lasting_s)
        return {"at_us": self._now_us()}

    def _of(self, asked: Asked) -> Microgrid:
        by_coupling = {one.places.coupling_mrid: one for one in self._world.microgrids.parts}
        return by_coupling[asked["microgrid"]]
