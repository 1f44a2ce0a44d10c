"""What reliability needs to know of a network, whether it is read from a file or stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork, case_network, with_line_switches
from apps.resilience.adapters.rates import CABLE_US_PER_KM, Rates
from gridops.cases.case import Line, NetworkCase, SwitchKind, Transformer
from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.reliability.analytic import Switched, zones_of
from gridops.engine.reliability.analytic_tree import beside_source, heads, tie_spare_kw

INTERRUPTING = frozenset({SwitchKind.BREAKER.value, SwitchKind.RECLOSER.value, SwitchKind.FUSE.value})
REMOTE = frozenset({SwitchKind.BREAKER.value, SwitchKind.RECLOSER.value})
NO_BREAKER = "The network names no breaker: the closed switches beside its sources stand for breakers."
NO_LENGTH = "{n} lines have no length: each counts as one kilometre."
NO_SWITCHES = "The network has no closed switch: each line is taken to have one at its first end, operated by hand."


class NothingToFail(ValueError):
    """The network has no line or transformer, or nobody who could lose supply."""


@dataclass(frozen=True, slots=True)
class GridFacts:
    """Parts are the lines, then the transformers. Loads draw positive power."""

    network: Network
    switch_closed: BoolArray
    switch_kind: Sequence[str]
    line_km: FloatArray
    part_mrid: Sequence[str]
    part_name: Sequence[str]
    switch_mrid: Sequence[str]
    switch_name: Sequence[str]
    load_node: IntArray
    load_name: Sequence[str]
    customers: IntArray
    load_kw: FloatArray
    load_feeder: Sequence[str] = ()  # empty: told by the breaker at the head
    notes: tuple[str, ...] = ()

    @property
    def is_cable(self) -> BoolArray:
        km = np.where(self.line_km > 0, self.line_km, np.inf)
        return np.asarray(self.network.lines.b_us / km >= CABLE_US_PER_KM, np.bool_)


def case_facts(case: NetworkCase) -> GridFacts:
    here, notes = case_network(case), []
    if not here.switch_closed.any():
        here, notes = with_line_switches(here), [NO_SWITCHES]
    return with_lengths(replace(_facts(here), notes=tuple(notes)))


def with_lengths(facts: GridFacts) -> GridFacts:
    """Lines of which nobody knows the length are not lines that never fail."""
    unknown = facts.line_km <= 0
    if not unknown.any():
        return facts
    note = NO_LENGTH.format(n=int(unknown.sum()))
    return replace(facts, line_km=np.where(unknown, 1.0, facts.line_km), notes=(*facts.notes, note))


def _facts(here: CaseNetwork) -> GridFacts:
    case, added = here.case, len(here.switch_closed) - len(here.case.switches)
    parts: list[Line | Transformer] = [*case.lines, *case.transformers]
    loads = here.loads
    behind = _begun_at(here, added)
    return GridFacts(
        network=here.network,
        switch_closed=here.switch_closed,
        switch_kind=[switch.kind.value for switch in case.switches] + [SwitchKind.LOAD_BREAK_SWITCH.value] * added,
        line_km=np.array([line.length_km for line in case.lines], np.float64),
        part_mrid=[part.mrid for part in parts],
        part_name=[part.name for part in parts],
        switch_mrid=[switch.mrid for switch in case.switches] + [case.lines[line].mrid for line in behind],
        switch_name=[switch.name for switch in case.switches] + [case.lines[line].name for line in behind],
        load_node=here.network.injection_node[loads],
        load_name=[load.name for load in case.loads],
        customers=here.customers[loads],
        load_kw=np.maximum(-here.p_kw[loads], 0.0),
    )


def _begun_at(here: CaseNetwork, added: int) -> list[int]:
    """The lines that begin behind the switches that were added, in their order."""
    first = here.network.n_nodes - added
    return [int(np.flatnonzero(here.network.lines.from_node == first + n)[0]) for n in range(added)]


def switched(facts: GridFacts, rates: Rates) -> tuple[Switched, list[str]]:
    """The engine's arrays and what was assumed. Raises NothingToFail."""
    network = facts.network
    if not len(facts.part_mrid) or not len(facts.load_node):
        raise NothingToFail(
            "The network has no line or transformer that could fail, or no load that could lose supply."
        )
    rate, repair, passing = _failures(facts, rates)
    kinds = np.array(list(facts.switch_kind), dtype=object)
    grid = Switched(
        n_nodes=network.n_nodes,
        part_from=np.concatenate([network.lines.from_node, network.transformers.high_node]),
        part_to=np.concatenate([network.lines.to_node, network.transformers.low_node]),
        rate_per_year=rate,
        repair_h=repair,
        momentary_per_year=passing,
        switch_from=network.switches.from_node,
        switch_to=network.switches.to_node,
        switch_closed=facts.switch_closed,
        switch_interrupts=np.isin(kinds, list(INTERRUPTING)) & facts.switch_closed,
        switch_h=_switching(facts, rates, kinds),
        source_node=network.source_node,
        load_node=facts.load_node,
        customers=facts.customers,
        load_kw=facts.load_kw * rates.load_factor,
        tie_spare_kw=_spare(facts, rates),
    )
    return _with_breakers(grid, list(facts.notes))


def _with_breakers(grid: Switched, notes: list[str]) -> tuple[Switched, list[str]]:
    if not grid.switch_interrupts.any():
        notes.append(NO_BREAKER)
        grid = replace(grid, switch_interrupts=beside_source(zones_of(grid), grid.switch_closed))
    return grid, notes


def _failures(facts: GridFacts, rates: Rates) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per part: permanent failures a year, hours of repair, failures a year that pass."""
    cable, km, units = facts.is_cable, facts.line_km, len(facts.part_mrid) - len(facts.line_km)
    per_km = np.where(cable, rates.cable_failures_per_km_year, rates.overhead_failures_per_km_year)
    rate = np.concatenate([km * per_km, np.full(units, rates.transformer_failures_per_year)])
    hours = np.where(cable, rates.cable_repair_h, rates.overhead_repair_h)
    repair = np.concatenate([hours, np.full(units, rates.transformer_repair_h)])
    passing = np.concatenate([np.where(cable, 0.0, km * rates.overhead_momentary_per_km_year), np.zeros(units)])
    for n, names in enumerate(zip(facts.part_mrid, facts.part_name, strict=True)):
        for own in (rates.elements[name] for name in names if name in rates.elements):
            rate[n] = own.get("failures_per_year", rate[n])
            repair[n] = own.get("repair_h", repair[n])
            passing[n] = own.get("momentary_per_year", passing[n])
    return rate, repair, passing


def _switching(facts: GridFacts, rates: Rates, kinds: np.ndarray) -> FloatArray:
    named = set(rates.remote_switches)
    remote = np.isin(kinds, list(REMOTE)) | np.array(
        [mrid in named or name in named for mrid, name in zip(facts.switch_mrid, facts.switch_name, strict=True)],
        np.bool_,
    )
    hours = np.where(remote, rates.switching_remote_h, rates.switching_by_hand_h)
    return np.asarray(np.where(kinds == SwitchKind.FUSE.value, np.inf, hours), np.float64)


def _spare(facts: GridFacts, rates: Rates) -> FloatArray:
    load = np.bincount(facts.load_node, weights=facts.load_kw * rates.load_factor, minlength=facts.network.n_nodes)
    return tie_spare_kw(facts.network, facts.switch_closed, np.asarray(load, np.float64))


def feeder_of_load(facts: GridFacts, grid: Switched) -> list[str]:
    """As the network names its feeders, else the name of the device at the head; empty: none."""
    if len(facts.load_feeder):
        return list(facts.load_feeder)
    zones = zones_of(grid)
    is_head = grid.switch_interrupts & np.isfinite(grid.switch_h)
    head = heads(grid, zones, is_head)[zones.of_load]
    return [facts.switch_name[one] if one >= 0 else "" for one in head.tolist()]
