"""Which branches stand in a closed ring, at the positions that are shown."""

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.solving import Solved
from gridops.engine.network.model import BoolArray
from gridops.engine.network.topology import resolve
from gridops.engine.security.loops import looped_branches


class Loops:
    """Found anew only when a switch has moved."""

    def __init__(self, network: AssembledNetwork) -> None:
        self._network = network
        self._off_normal: BoolArray | None = None
        self._looped = np.zeros(0, np.bool_)

    def of(self, solved: Solved) -> BoolArray:
        """One per branch, lines first."""
        off_normal = np.asarray(solved.switch_is_off_normal, np.bool_)
        if self._off_normal is None or not np.array_equal(off_normal, self._off_normal):
            closed = np.asarray(self._network.normal_closed ^ off_normal, np.bool_)
            self._looped = looped_branches(self._network.network, resolve(self._network.network, closed))
            self._off_normal = off_normal.copy()
        return self._looped
