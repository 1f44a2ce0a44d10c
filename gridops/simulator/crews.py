"""Crews of a sealed field: each fault brings the work it takes, done while its line is dead, to the microsecond.

When they are done they put back what the protection opened for that fault, unless somebody has moved it since, or it
would put another fault under voltage: then that one's crew does it. So a field that nobody acts on comes back.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from gridops.engine.network.topology import resolve

if TYPE_CHECKING:
    from gridops.simulator.world import World

SECOND_US = 1_000_000


class Crews:
    def __init__(self, world: "World") -> None:
        self._world = world
        self._began: dict[int, int] = {}  # by line
        self._opened: dict[int, dict[int, int]] = {}  # by line: switches and when they were tripped

    def tripped(self, line: int, opened: Iterable[int], at_us: int) -> None:
        self._opened.setdefault(line, {}).update(dict.fromkeys(opened, at_us))
        fault = self._world.faults[line]
        if fault.is_momentary:  # nothing to mend: what has not closed by itself is closed after a patrol
            self._world.later(at_us + int(fault.work_s * SECOND_US), partial(self._put_back, line))

    def note(self, at_us: int) -> None:
        """Who can work now, and who no longer."""
        world = self._world
        start = world.truth.network.lines.from_node
        for line, fault in world.faults.items():
            is_dead, began = not world.topology.node_energised[start[line]], self._began.get(line)
            if is_dead and began is None:
                self._began[line] = at_us
                world.later(at_us + int(max(fault.work_s, 0.0) * SECOND_US), partial(self._mended, line, at_us))
            elif not is_dead and began is not None:
                fault.work_s -= (at_us - began) / SECOND_US
                del self._began[line]

    def _mended(self, line: int, began_us: int, at_us: int) -> None:
        if self._began.get(line) != began_us or line not in self._world.faults:
            return
        del self._began[line]
        self._world.repair(line, at_us)
        self._put_back(line, at_us)

    def _put_back(self, line: int, at_us: int) -> None:
        world = self._world
        for switch, tripped_us in self._opened.pop(line, {}).items():
            is_untouched = world.switch_moved_us[switch] == tripped_us and not world.switch_travelling[switch]
            if world.switch_closed[switch] or not is_untouched or world.microgrids.refusal(switch, True):
                continue
            other = self._faulted_behind(switch)
            if other is None:
                world.move_switch(switch, True, at_us)
                world.report(at_us, f"{world.switch_name(switch)} closed by the crew")
            else:
                self._opened.setdefault(other, {})[switch] = tripped_us

    def _faulted_behind(self, switch: int) -> int | None:
        """A faulted line that would have voltage if that switch were closed."""
        world, closed = self._world, self._world.switch_closed.copy()
        closed[switch] = True
        live = resolve(world.microgrids.network(), closed).node_energised
        start = world.truth.network.lines.from_node
        return next((line for line in sorted(world.faults) if live[start[line]]), None)
