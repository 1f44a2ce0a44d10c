"""The state that a look-ahead starts from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.look_ahead import Circumstances
from apps.dispatch.adapters.unsupplied import Loads, point_with
from apps.state.adapters import Readings
from apps.state.adapters.security import Blind, LiveState
from gridops.engine.network.model import IntArray
from gridops.engine.security.zones import OperatingPoint


@dataclass(frozen=True, slots=True)
class Picture:
    """`point` is None where the state is not known; `reason` says why."""

    network: AssembledNetwork | None
    point: OperatingPoint | None
    unknown_switches: IntArray
    reason: str = ""

    def circumstances(
        self, *, earthed: Iterable[str], held: Iterable[str], faulted: Mapping[str, str]
    ) -> Circumstances:
        return Circumstances(self.unknown_switches, tuple(earthed), tuple(held), faulted)

    def with_unsupplied(self, told: Loads) -> "Picture":
        if self.network is None or self.point is None:
            return self
        return replace(self, point=point_with(self.point, self.network, told))


NO_PICTURE = Picture(None, None, np.zeros(0, np.int32), "There is no network yet.")


def picture_of(state: LiveState, readings: Readings) -> Picture:
    unknown, found = state.unknown_switches(readings), state.point(readings)
    if isinstance(found, Blind):
        return Picture(state.network, None, unknown, found.reason)
    return Picture(state.network, found, unknown)
