"""Times without supply, to the microsecond, by load; each with the fault whose trip began it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridops.cases.case import NetworkCase, SwitchKind
from gridops.engine.network.topology import resolve
from gridops.simulator.points import FloatArray, IntArray
from gridops.simulator.supply import SupplyBook
from gridops.simulator.truth import TrueNetwork
from gridops.simulator.world import SECOND_US


@dataclass(slots=True)
class Spell:
    load: int
    begin_us: int
    end_us: int | None = None
    demand_kw: float = 0.0  # summed over rows
    rows: int = 0


@dataclass(frozen=True, slots=True)
class SpellTable:
    load: IntArray
    customers: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    kw: FloatArray
    fault: IntArray
    feeder: IntArray

    def columns(self) -> dict[str, Any]:
        names = ("load", "customers", "begin_s", "end_s", "kw", "fault", "feeder")
        return {f"spell_{name}": getattr(self, name) for name in names}

    def restored_s(self, faults: int, *, first: bool) -> FloatArray:
        """(faults,) when the first, or the last, of those who lost supply had it back; nan: not, or nobody lost it."""
        found = np.full(faults, np.nan)
        for number in range(faults):
            ends = self.end_s[self.fault == number]
            if len(ends) and (first or np.isfinite(ends).all()):
                found[number] = np.nanmin(ends) if first and np.isfinite(ends).any() else np.max(ends)
        return found


def feeders_of(case: NetworkCase, truth: TrueNetwork) -> IntArray:
    """(loads,) number of the feeder: what hangs together behind open breakers; -1 for what stays fed then."""
    closed = truth.switch_closed.copy()
    closed[[n for n, switch in enumerate(case.switches) if switch.kind is SwitchKind.BREAKER]] = False
    topology, nodes = resolve(truth.network, closed), truth.network.injection_node[truth.loads]
    island = np.where(topology.node_energised[nodes], -1, topology.island_of_node[nodes])
    return np.asarray(np.searchsorted(np.unique(island[island >= 0]), island) - (island < 0), np.int32)


class Spells:
    """`note` at the end of every row, with what the loads would draw then."""

    def __init__(self, case: NetworkCase, truth: TrueNetwork, book: SupplyBook, begin_us: int) -> None:
        self._book, self._begin_us = book, begin_us
        self._feeder = feeders_of(case, truth)
        self._customers = np.array([load.customers for load in case.loads], np.int32)
        self.served = int(self._customers[book.has_supply].sum())
        self._seen = book.last
        self._open: dict[int, Spell] = {}
        self._all: list[Spell] = []

    @property
    def feeder_customers(self) -> IntArray:
        """By number of the feeder."""
        known = self._feeder >= 0
        return np.bincount(self._feeder[known], self._customers[known]).astype(np.int32)

    def note(self, demand_kw: FloatArray) -> None:
        """Raises nothing; a spell that begins and ends between two rows has the demand of the later one."""
        ended: list[Spell] = []
        for change in self._book.after(self._seen):
            self._seen = change.number
            if not change.has_supply:
                spell = Spell(change.load, change.at_us)
                self._open[change.load] = spell
                self._all.append(spell)
            elif change.load in self._open:
                spell = self._open.pop(change.load)
                spell.end_us = change.at_us
                ended.append(spell)
        for spell in (*self._open.values(), *ended):
            spell.demand_kw += float(demand_kw[spell.load])
            spell.rows += 1

    def finished(self, trips: Sequence[tuple[int, int]], fault_lines: Sequence[int]) -> SpellTable:
        """trips: instants and lines; fault_lines: of the tape's faults, in order."""
        number = {line: n for n, line in enumerate(fault_lines)}
        by_trip = {at_us: number.get(line, -1) for at_us, line in trips}
        spells = [spell for spell in self._all if spell.rows]
        load = np.array([spell.load for spell in spells], np.int32)
        return SpellTable(
            load=load,
            customers=self._customers[load] if len(load) else np.zeros(0, np.int32),
            begin_s=np.array([self._since(spell.begin_us) for spell in spells]),
            end_s=np.array([np.nan if spell.end_us is None else self._since(spell.end_us) for spell in spells]),
            kw=np.array([spell.demand_kw / spell.rows for spell in spells]),
            feeder=self._feeder[load] if len(load) else np.zeros(0, np.int32),
            fault=np.array([by_trip.get(spell.begin_us, -1) for spell in spells], np.int32),
        )

    def _since(self, at_us: int) -> float:
        return (at_us - self._begin_us) / SECOND_US
