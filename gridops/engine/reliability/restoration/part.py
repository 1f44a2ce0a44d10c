"""The part of the network that a restoration can change, as a lossless linear one.

Its points are nodes that closed switches join for good. Powers without losses, squared voltages that fall by
2 (r P + x Q) along a branch (Baran and Wu, IEEE Trans. Power Delivery 4(2), 1989, without the losses): flows come out
too low and voltages too high, so what cannot be done here cannot be done in the network either, as far as low voltages
and currents go. What no switch of the plan can change is a load at the point where it hangs.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import components
from gridops.engine.powerflow.state import GridState
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.sections import Sections
from gridops.engine.units import PERCENT, ROOT_3, SIEMENS_PER_MICROSIEMENS

NONE = -1


@dataclass(frozen=True, slots=True)
class Part:
    """Arrays by kept section, point, branch or switch; powers in kW and kvar, (hours, points), into the network."""

    section: IntArray  # of the network, per kept section
    root: BoolArray  # its voltages are given
    alive: BoolArray  # it has supply before the plan begins
    point_section: IntArray  # kept section of each point
    given: BoolArray  # per point: its voltage is given, and any power
    voltage: FloatArray  # (hours, points) squared, where given
    low: FloatArray  # (hours, points) squared
    high: FloatArray
    p_kw: FloatArray
    q_kvar: FloatArray
    branch_a: IntArray  # points
    branch_b: IntArray
    r_pu: FloatArray  # per kW: squared voltage falls by 2 r P
    x_pu: FloatArray
    gain: FloatArray  # squared voltage at b over that at a, without current
    most_kva: FloatArray  # (hours, branches); inf where no rating is known
    switch: IntArray  # of the network
    switch_a: IntArray  # points
    switch_b: IntArray

    @property
    def section_a(self) -> IntArray:
        return np.asarray(self.point_section[self.switch_a], np.int32)

    @property
    def section_b(self) -> IntArray:
        return np.asarray(self.point_section[self.switch_b], np.int32)


def part_of(sections: Sections, checker: Checker, closed: BoolArray) -> Part:
    """The dead sections and the live ones on the ways to them, at these positions."""
    grid, network = sections.grid, sections.grid.network
    fixed = grid.switch_closed & ~sections.operable
    count, point = components(network.n_nodes, network.switches.from_node[fixed], network.switches.to_node[fixed])
    live = sections.live(closed)
    root = _roots(sections, point, live)
    above, order = _ways_up(sections, closed, root)
    keep = _kept(sections, closed, live, root, (above, order))
    folded_p, folded_q = _folded(sections, point, keep, (above, order))
    number = np.where(keep, np.cumsum(keep) - 1, NONE)
    section_of_point = np.zeros(count, np.int32)
    section_of_point[point] = sections.of_node
    is_mine = keep[section_of_point]
    mine = np.flatnonzero(is_mine).astype(np.int32)
    at = np.where(is_mine, np.cumsum(is_mine) - 1, NONE).astype(np.int32)[point]  # per node
    given = _given(sections, point, root, mine, section_of_point)
    low, high, voltage = _voltages(sections, checker, closed, at, given)
    lines, units = _branches(sections, at, given)
    ends, r, x, gain = _impedances(sections, at, lines, units)
    inside = keep[sections.end_a] & keep[sections.end_b] & ~(root[sections.end_a] & root[sections.end_b])
    switch = np.flatnonzero(sections.operable & inside).astype(np.int32)
    return Part(
        section=np.flatnonzero(keep).astype(np.int32),
        root=root[keep],
        alive=live[keep],
        point_section=number[section_of_point[mine]].astype(np.int32),
        given=given,
        voltage=voltage,
        low=low,
        high=high,
        p_kw=folded_p[:, mine],
        q_kvar=folded_q[:, mine],
        branch_a=ends[0],
        branch_b=ends[1],
        r_pu=r,
        x_pu=x,
        gain=gain,
        most_kva=_ratings(sections, checker, lines, units, voltage[:, given]),
        switch=switch,
        switch_a=at[network.switches.from_node[switch]],
        switch_b=at[network.switches.to_node[switch]],
    )


def _roots(sections: Sections, point: IntArray, live: BoolArray) -> BoolArray:
    """Sections with a source, and live ones that are looped inside: their voltages hardly depend on the plan."""
    network = sections.grid.network
    a = np.concatenate([network.lines.from_node, network.transformers.high_node])
    branches = np.bincount(sections.of_node[a], minlength=sections.count)
    points = np.bincount(sections.of_node[np.unique(point, return_index=True)[1]], minlength=sections.count)
    return np.asarray(sections.source | (live & (branches >= points)), np.bool_)


def _ways_up(sections: Sections, closed: BoolArray, root: BoolArray) -> tuple[IntArray, list[int]]:
    """The switch towards a root of every live section, and the sections with parents first."""
    beyond: list[list[tuple[int, int]]] = [[] for _ in range(sections.count)]
    for switch in np.flatnonzero(sections.operable & closed).tolist():
        a, b = int(sections.end_a[switch]), int(sections.end_b[switch])
        beyond[a].append((b, switch))
        beyond[b].append((a, switch))
    above = np.full(sections.count, NONE, np.int32)
    order = np.flatnonzero(root).tolist()
    seen = root.copy()
    for section in order:
        for other, switch in beyond[section]:
            if not seen[other]:
                seen[other], above[other] = True, switch
                order.append(other)
    return above, order


def _kept(
    sections: Sections, closed: BoolArray, live: BoolArray, root: BoolArray, ways: tuple[IntArray, list[int]]
) -> BoolArray:
    """Dead sections without a fault, live ones at a tie to them, the ties among these feeders, and all ways up."""
    keep = ~live & ~sections.faulted
    open_ties = np.flatnonzero(sections.operable & ~closed)
    ends = sections.end_a[open_ties], sections.end_b[open_ties]
    touched = np.zeros(sections.count, np.bool_)
    for one, other in (ends, ends[::-1]):
        touched[one[live[one] & keep[other]]] = True
    above = ways[0]
    feeder = _feeder_of(sections, root, *ways)
    first = np.unique(feeder[touched & ~root])
    near = np.isin(feeder, first) & ~root
    for one, other in (ends, ends[::-1]):
        between = near[one] & live[one] & live[other]
        touched[one[between]] = True
        touched[other[between]] = True
    for section in np.flatnonzero(touched).tolist():
        at = section
        while not keep[at]:
            keep[at] = True
            if above[at] == NONE:
                break
            at = sections.other_end(int(above[at]), at)
    return np.asarray(keep | (sections.source & ~live), np.bool_)


def _feeder_of(sections: Sections, root: BoolArray, above: IntArray, order: list[int]) -> IntArray:
    """The section below a root through which each live one is fed; itself for roots and dead ones."""
    feeder = np.arange(sections.count, dtype=np.int32)
    for section in order:
        if above[section] != NONE:
            parent = sections.other_end(int(above[section]), section)
            feeder[section] = section if root[parent] else feeder[parent]
    return feeder


def _folded(
    sections: Sections, point: IntArray, keep: BoolArray, ways: tuple[IntArray, list[int]]
) -> tuple[FloatArray, FloatArray]:
    """Injections at the points; those of sections that are not kept at the point where their feeder hangs."""
    grid, network = sections.grid, sections.grid.network
    above, order = ways
    count, target = int(point.max()) + 1, point.copy()
    ends: dict[int, int] = {}
    for section in order:
        if keep[section] or above[section] == NONE:
            continue
        switch = int(above[section])
        parent = sections.other_end(switch, section)
        near_a = int(sections.end_a[switch]) == parent
        node = network.switches.from_node[switch] if near_a else network.switches.to_node[switch]
        ends[section] = ends[parent] if parent in ends else int(point[node])
    moved = np.array([ends.get(section, NONE) for section in range(sections.count)], np.int32)
    to = moved[sections.of_node]
    target = np.where(to != NONE, to, target)
    p, q = np.zeros((2, len(grid.rest_hours), count))
    shunt_q, shunt_p = _charging(sections)
    for hour in range(len(grid.rest_hours)):
        p[hour] = np.bincount(target[network.injection_node], grid.p_kw[hour], count)
        q[hour] = np.bincount(target[network.injection_node], grid.q_kvar[hour], count)
        p[hour] += np.bincount(target, shunt_p, count)
        q[hour] += np.bincount(target, shunt_q, count)
    return p, q


def _charging(sections: Sections) -> tuple[FloatArray, FloatArray]:
    """kvar and kW of shunts, charging of lines and iron of transformers at 1 pu, per node."""
    network = sections.grid.network
    lines, units, n = network.lines, network.transformers, network.n_nodes
    half = 0.5 * lines.b_us * SIEMENS_PER_MICROSIEMENS * network.nominal_kv[lines.from_node] ** 2 * BASE_KVA
    q = np.bincount(lines.from_node, half, n) + np.bincount(lines.to_node, half, n)
    q = q + np.bincount(network.shunts.node, network.shunts.q_kvar, n)
    p = np.bincount(network.shunts.node, network.shunts.p_kw, n)
    p = p - np.bincount(units.high_node, units.iron_loss_kw, n)
    return np.asarray(q, np.float64), np.asarray(p, np.float64)


def _given(
    sections: Sections, point: IntArray, root: BoolArray, mine: IntArray, section_of_point: IntArray
) -> BoolArray:
    """Points at a source, and all points of roots that are looped inside."""
    at_source = np.zeros(len(section_of_point), np.bool_)
    at_source[point[sections.grid.network.source_node]] = True
    looped = root & ~sections.source
    network = sections.grid.network
    a = np.concatenate([network.lines.from_node, network.transformers.high_node])
    branches = np.bincount(sections.of_node[a], minlength=sections.count)
    points = np.bincount(section_of_point, minlength=sections.count)
    looped |= sections.source & (branches >= points)
    return np.asarray((at_source | looped[section_of_point])[mine], np.bool_)


def _voltages(
    sections: Sections, checker: Checker, closed: BoolArray, at: IntArray, given: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Squared limits of the points, and squared voltages before the plan; widened where they were broken before."""
    hours, nodes = len(sections.grid.rest_hours), np.flatnonzero(at >= 0)
    low, high = np.zeros((hours, len(given))), np.full((hours, len(given)), np.inf)
    voltage = np.ones((hours, len(given)))
    for hour in range(hours):
        lowest, highest, _ = checker.limits(hour)
        np.maximum.at(low[hour], at[nodes], lowest[nodes])
        np.minimum.at(high[hour], at[nodes], highest[nodes])
        state: GridState = checker.check(closed, hour).state
        known = nodes[np.isfinite(state.voltage_pu[nodes])]
        voltage[hour, at[known]] = state.voltage_pu[known]
    low, high = np.maximum(low, 0.0) ** 2, high**2
    return np.where(given, 0.0, low), np.where(given, np.inf, high), voltage**2


def _branches(sections: Sections, at: IntArray, given: BoolArray) -> tuple[IntArray, IntArray]:
    """Lines and transformers of the part, without those between points of given voltage."""
    network = sections.grid.network
    if not len(given):  # nothing can be switched, so nothing is asked
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    found = []
    for a, b in (
        (network.lines.from_node, network.lines.to_node),
        (network.transformers.high_node, network.transformers.low_node),
    ):
        inside = (at[a] >= 0) & (at[b] >= 0)
        free = ~(given[np.maximum(at[a], 0)] & given[np.maximum(at[b], 0)]) & (at[a] != at[b])
        found.append(np.flatnonzero(inside & free).astype(np.int32))
    return found[0], found[1]


def _impedances(
    sections: Sections, at: IntArray, lines: IntArray, units: IntArray
) -> tuple[tuple[IntArray, IntArray], FloatArray, FloatArray, FloatArray]:
    """Points of both ends; r and x in squared pu per kW; gain of the squared voltage."""
    grid, network = sections.grid, sections.grid.network
    each, t = network.lines, network.transformers
    ohm = network.nominal_kv[each.from_node[lines]] ** 2 * 1e3  # pu on 1 kVA
    steps = np.clip(grid.tap_position[units], t.tap_min[units], t.tap_max[units]) - t.tap_neutral[units]
    change = 1.0 + steps * t.tap_step_percent[units] * PERCENT
    high = t.high_kv[units] * np.where(t.tap_on_high_side[units], change, 1.0)
    low = t.low_kv[units] * np.where(t.tap_on_high_side[units], 1.0, change)
    kv_high, kv_low = network.nominal_kv[t.high_node[units]], network.nominal_kv[t.low_node[units]]
    rated = t.rated_s_kva[units]
    scale = (low / kv_low) ** 2 / rated
    r = t.copper_loss_kw[units] / rated
    x = np.sqrt(np.maximum((t.short_circuit_voltage_percent[units] * PERCENT) ** 2 - r**2, 0.0))
    return (
        (
            np.concatenate([at[each.from_node[lines]], at[t.high_node[units]]]),
            np.concatenate([at[each.to_node[lines]], at[t.low_node[units]]]),
        ),
        np.concatenate([each.r_ohm[lines] / ohm, r * scale]),
        np.concatenate([each.x_ohm[lines] / ohm, x * scale]),
        np.concatenate([np.ones(len(lines)), ((low / kv_low) / (high / kv_high)) ** 2]),
    )


def _ratings(sections: Sections, checker: Checker, lines: IntArray, units: IntArray, given: FloatArray) -> FloatArray:
    """Most apparent power, at the highest voltage that can occur: that of the roots, or the limit where plants feed."""
    grid, network = sections.grid, sections.grid.network
    each, t = network.lines, network.transformers
    top = float(np.sqrt(given.max(initial=1.0)))
    if (grid.p_kw > 0).any():
        top = max(top, float(np.max(grid.high_pu[np.isfinite(grid.high_pu)], initial=1.0, where=grid.high_pu < 2)))
    full = np.concatenate([
        ROOT_3 * each.rated_a[lines] * network.nominal_kv[each.from_node[lines]] * top,
        t.rated_s_kva[units] * top,
    ])  # fmt: skip
    full = np.where(full > 0, full, np.inf)
    n_lines = len(network.lines.from_node)
    rows = np.concatenate([lines, n_lines + units])
    return np.stack([full * checker.limits(hour)[2][rows] for hour in range(len(grid.rest_hours))])
