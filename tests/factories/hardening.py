"""The feeder of 33 nodes as a place for switches."""

from dataclasses import replace

import numpy as np
import pandapower.networks as pn

from gridops.engine.reliability.analytic import Switched
from gridops.engine.reliability.hardening.measures import Catalogue, Kind, Measure
from gridops.engine.reliability.hardening.worth import Evaluator


def feeder33_places() -> Switched:
    """Each of the 32 lines may get a switch at its first end; five open switches carry anything; 1.2 h/a a line.

    Customers stand for kW, so that the fewest customer minutes are the least energy.
    """
    net = pn.case33bw()
    line = net.line[net.line.in_service]
    ties = net.line[~net.line.in_service]
    n, lines = len(net.bus), len(line)
    begin = np.arange(n, n + lines)
    head = line.from_bus.to_numpy() == 0
    grid = Switched(
        n_nodes=n + lines,
        part_from=begin.astype(np.int32),
        part_to=line.to_bus.to_numpy().astype(np.int32),
        rate_per_year=np.full(lines, 0.3),
        repair_h=np.full(lines, 4.0),
        momentary_per_year=np.zeros(lines),
        switch_from=np.append(line.from_bus.to_numpy(), ties.from_bus.to_numpy()).astype(np.int32),
        switch_to=np.append(begin, ties.to_bus.to_numpy()).astype(np.int32),
        switch_closed=np.arange(lines + len(ties)) < lines,
        switch_interrupts=np.append(head, np.zeros(len(ties), np.bool_)),
        switch_h=np.append(np.where(head, 0.01, np.inf), np.full(len(ties), 0.01)),
        source_node=np.zeros(1, np.int32),
        load_node=net.load.bus.to_numpy().astype(np.int32),
        customers=np.full(len(net.load), 10, np.int32),
        load_kw=1000 * net.load.p_mw.to_numpy(),
    )
    return replace(grid, customers=grid.load_kw.astype(np.int32))


def switch_measures(grid: Switched, cost: float = 1.0) -> list[Measure]:
    places = np.flatnonzero(np.isinf(grid.switch_h))
    return [Measure(Kind.SWITCH, cost, switch=int(one), switch_h=0.01) for one in places]


def evaluator(grid: Switched, measures: list[Measure]) -> Evaluator:
    return Evaluator(Catalogue(grid, measures, np.ones((len(grid.repair_h), 1))))
