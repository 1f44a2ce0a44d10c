"""Which switches clear a fault on a line: those round its zone through which it could be fed."""

import numpy as np
import numpy.typing as npt

from gridops.cases.case import SwitchKind
from gridops.engine.network.model import Network
from gridops.engine.network.topology import components, resolve
from gridops.simulator.points import BoolArray

INTERRUPTING = (SwitchKind.BREAKER, SwitchKind.RECLOSER)
Positions = npt.NDArray[np.intp]


class Protection:
    def __init__(self, network: Network, interrupts: BoolArray) -> None:
        self._network = network
        self._interrupts = interrupts

    def clear(self, line: int, switch_closed: BoolArray) -> Positions:
        """Breakers first; where none stands between the fault and a source, any switch (a fuse, in effect).

        Empty where nothing at all could cut the fault off.
        """
        for able in (self._interrupts, np.ones_like(self._interrupts)):
            zone = self._zone(line, switch_closed & ~able)
            if not zone[self._network.source_node].any():
                return self._feeding(zone, switch_closed & able, switch_closed)
        return np.empty(0, dtype=np.intp)

    def _zone(self, line: int, joined: BoolArray) -> BoolArray:
        """Nodes that hang together with the line when nothing but the joined switches conducts."""
        network = self._network
        switches, lines, transformers = network.switches, network.lines, network.transformers
        a = (switches.from_node[joined], lines.from_node, transformers.high_node)
        b = (switches.to_node[joined], lines.to_node, transformers.low_node)
        _, label = components(network.n_nodes, np.concatenate(a), np.concatenate(b))
        return np.asarray(label == label[lines.from_node[line]], dtype=np.bool_)

    def _feeding(self, zone: BoolArray, able: BoolArray, switch_closed: BoolArray) -> Positions:
        """Switches on the zone's border whose far side has supply once the zone is cut off."""
        switches = self._network.switches
        from_inside, to_inside = zone[switches.from_node], zone[switches.to_node]
        border = able & (from_inside != to_inside)
        rest = resolve(self._network, switch_closed & ~border)
        far = np.where(from_inside, switches.to_node, switches.from_node)
        return np.flatnonzero(border & rest.node_energised[far])
