"""Which inverters follow one command, and which buses rise and fall together."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.network.topology import components
from gridops.engine.optimization.voltage.flows import Flows

MOST_GROUPS = 64


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest inverters have a command each; the others of a zone share one, as a share of what each can give."""

    zone_of_bus: IntArray  # of each live bus: what lies between the same regulated transformers
    n_zones: int
    group_of_inverter: IntArray  # -1: without supply, not commanded
    n_groups: int
    inverter_bus: IntArray  # live bus, -1 without supply

    @property
    def zone_of_group(self) -> IntArray:
        """Of each group, with numbers from 0 for the zones that have groups."""
        zone = np.zeros(self.n_groups, np.int32)
        member = self.group_of_inverter >= 0
        zone[self.group_of_inverter[member]] = self.zone_of_bus[self.inverter_bus[member]]
        _, number = np.unique(zone, return_inverse=True)
        return np.asarray(number, np.int32)


def grouped(flows: Flows, *, most: int = MOST_GROUPS) -> Groups:
    """Zones and groups of a problem; at most `most` groups, or one for each zone if those are more."""
    zone, n_zones = _zones(flows)
    inverters = flows.problem.inverters
    bus = flows.compiled.live_bus_of_node[flows.problem.network.injection_node[inverters.injection]]
    live = np.flatnonzero(bus >= 0)
    group = np.full(len(bus), -1, np.int32)
    shared = np.unique(zone[bus[live]])
    single = live[np.argsort(-inverters.rated_s_kva[live], kind="stable")][: max(0, most - len(shared))]
    if len(live) <= most:
        single = live
    group[single] = np.arange(len(single))
    rest = live[group[live] < 0]
    _, numbers = np.unique(zone[bus[rest]], return_inverse=True)
    group[rest] = len(single) + numbers
    return Groups(zone, n_zones, group, int(group.max(initial=-1)) + 1, bus)


def _zones(flows: Flows) -> tuple[IntArray, int]:
    c = flows.compiled
    controlled = np.isin(c.transformers, flows.problem.taps.transformer)
    first = np.concatenate([c.line_from, c.transformer_high[~controlled]])
    second = np.concatenate([c.line_to, c.transformer_low[~controlled]])
    count, zone = components(c.n_buses, first, second)
    return zone, count


def group_room_kvar(groups: Groups, room_kvar: FloatArray) -> FloatArray:
    """(T, groups) what each group can give or take: the sum of its inverters'."""
    total = np.zeros((groups.n_groups, len(room_kvar)))
    member = groups.group_of_inverter >= 0
    np.add.at(total, groups.group_of_inverter[member], room_kvar[:, member].T)
    return total.T
