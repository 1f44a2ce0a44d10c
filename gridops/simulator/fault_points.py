"""Points that tell of faults: indicators at the wayside, and what the relays of feeder breakers measured last."""

from collections.abc import Iterator

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.simulator.points import Column, Point, Quantity
from gridops.simulator.protection import INTERRUPTING
from gridops.simulator.sites import HIGH_VOLTAGE_KV, LOW_VOLTAGE_KV, Sites

INDICATED_SHARE = 0.8  # of the sites along the feeders


def _is_middle(nominal_kv: float) -> bool:
    return LOW_VOLTAGE_KV < nominal_kv < HIGH_VOLTAGE_KV


def indicators(case: NetworkCase, sites: Sites, seed: int) -> Iterator[Point]:
    """At the line ends of some sites along the feeders; stations have relays."""
    has_some = np.random.default_rng((seed, 61)).random(int(sites.site.max()) + 1) < INDICATED_SHARE
    for index, line in enumerate(case.lines):
        for side, mrid_of_node, column in (
            ("from", line.from_node, Column.LINE_SHOWS_FROM),
            ("to", line.to_node, Column.LINE_SHOWS_TO),
        ):
            node = sites.node_index[mrid_of_node]
            is_wayside = _is_middle(case.nodes[node].nominal_kv) and not sites.is_station[node]
            if is_wayside and has_some[sites.site[node]]:
                yield Point(line.mrid, line.name, side, Quantity.FAULT_INDICATOR, column, index, node, 1.0, 0.0, 0.0)


def relays(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index, switch in enumerate(case.switches):
        node = sites.node_index[switch.from_node]
        if switch.kind in INTERRUPTING and _is_middle(case.nodes[node].nominal_kv):
            for quantity, column in (
                (Quantity.FAULT_CURRENT, Column.SWITCH_FAULT_CURRENT),
                (Quantity.FAULT_REACTANCE, Column.SWITCH_FAULT_REACTANCE),
            ):
                yield Point(switch.mrid, switch.name, "", quantity, column, index, node, 1.0, 0.0, 0.0)
