"""Keeps what the plant shows, step by step, in the arrays that everything is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gridops.cases.case import GeneratorKind, NetworkCase
from gridops.engine.impact.record import RunRecord
from gridops.replay.response import Response
from gridops.replay.spells import Spells
from gridops.replay.tape import Tape
from gridops.simulator.field import Field
from gridops.simulator.plants import ONE_WAY_EFFICIENCY
from gridops.simulator.points import FloatArray
from gridops.simulator.state import TrueState
from gridops.simulator.world import SECOND_US

KILO: Final = 1000.0
FULL: Final = 1.0
SECONDS_AN_HOUR: Final = 3600.0
BURNS: Final = GeneratorKind.THERMAL


@dataclass(slots=True)
class Noted:
    """What an arm tells of its own work: instants since the begin, by the number of the fault in the tape."""

    detected_s: dict[int, float] = field(default_factory=dict)
    isolated_s: dict[int, float] = field(default_factory=dict)
    false_isolations: int = 0
    crew_s: float = 0.0


class Recorder:
    """`add` after every step of the plant, `close` at the end of every row."""

    def __init__(self, tape: Tape, case: NetworkCase, of: Field) -> None:
        self._tape, self._case, self._field, self._world = tape, case, of, of.world
        self._truth = of.world.truth
        self._begin_us = round(tape.begin.timestamp() * SECOND_US)
        burns = np.array([unit.kind is BURNS for unit in case.generators], np.bool_)
        self._burning = np.flatnonzero(burns) + len(case.loads)
        self._renewable = np.flatnonzero(~burns) + len(case.loads)
        self._low = np.array([node.low_pu for node in case.nodes])
        self._high = np.array([node.high_pu for node in case.nodes])
        self._in_detail = {plant.design.index: plant for plant in (of.batteries.plants if of.batteries else [])}
        self._parts: dict[str, list[tuple[float, FloatArray]]] = {}
        self._rows: dict[str, list[npt.NDArray[np.generic]]] = {}
        self._tap = of.world.tap_position.copy()
        self._taps = 0
        self._last_us = self._begin_us
        self._lost_kwh: FloatArray = np.zeros(len(case.storages))
        self._first_lost = self._told_losses()
        self._spells = Spells(case, self._truth, of.world.supply, self._begin_us)
        self._first_soc, self._size = self._soc_kwh(), self._size_kwh()

    def add(self, state: TrueState, at_us: int, *, demand_kw: FloatArray, response_kw: float) -> None:
        """demand_kw: per injection, now, into the network."""
        step_s = (at_us - self._last_us) / SECOND_US
        self._last_us = at_us
        self._taps += int(np.abs(self._world.tap_position - self._tap).sum())
        self._tap = self._world.tap_position.copy()
        storage = self._storage_kw(state)
        self._lose(state, step_s)
        sources = len(self._case.sources)
        for name, value in (
            ("loss_kw", np.array(state.grid.losses_kw)),
            ("delivered_kw", np.array(-state.p_kw[self._truth.loads].sum())),
            ("source_kw", np.nan_to_num(state.grid.source_p_kw[:sources])),
            ("renewable_kw", np.array(state.p_kw[self._renewable].sum())),
            ("renewable_available_kw", np.array(self._available(demand_kw))),
            ("genset_kw", np.array(state.p_kw[self._burning].sum())),
            ("storage_kw", storage),
            ("responded_kw", np.array(response_kw)),
        ):
            self._parts.setdefault(name, []).append((step_s, np.asarray(value, np.float64)))
        self._limits(state)

    def close(self, demand_kw: FloatArray) -> None:
        """demand_kw: per injection, at the end of the row, into the network."""
        for name, parts in self._parts.items():
            self._row(name, parts[0][1] if len(parts) == 1 else _mean(parts))
        self._parts.clear()
        loads = -demand_kw[self._truth.loads]
        self._row("demanded_kw", np.array(loads.sum()))
        self._row("soc_kwh", self._soc_kwh())
        self._row("outside", self._seen)
        self._spells.note(loads)

    def finished(
        self,
        noted: Noted,
        *,
        trips: Sequence[tuple[int, int]],
        wrong_orders: int,
        switchings: int,
        response: Response,
        planned_kw: FloatArray | None,
    ) -> RunRecord:
        tape, rows = self._tape, {name: np.array(values) for name, values in self._rows.items()}
        time_s, outside = tape.grid_s, rows["outside"]
        told: dict[str, Any] = {name: rows[name] for name in _AS_THEY_ARE}
        told |= {name: tape.courses.at(name, time_s - tape.step_s / 2) for name in _COURSES}
        lines = {line.mrid: n for n, line in enumerate(self._case.lines)}
        fault_lines = [lines[fault.line] for fault in tape.faults]
        spells = self._spells.finished(trips, fault_lines)
        return RunRecord(
            time_s=time_s,
            **told,
            planned_kw=np.full(len(time_s), np.nan) if planned_kw is None else planned_kw,
            soc_begin_kwh=self._first_soc,
            storage_kwh=self._size,
            storage_loss_kwh=self._lost_kwh + self._told_losses() - self._first_lost,
            nodes_outside=outside[:, 0].astype(np.int32),
            worst_excess_pu=outside[:, 1],
            branches_over=outside[:, 2].astype(np.int32),
            tap_operations=self._taps,
            switch_operations=switchings,
            customers_served=float(self._spells.served),
            **spells.columns(),
            feeder_customers=self._spells.feeder_customers,
            fault_at_s=np.array([fault.at_s for fault in tape.faults]),
            detected_s=_by_fault(noted.detected_s, len(tape.faults)),
            isolated_s=_by_fault(noted.isolated_s, len(tape.faults)),
            first_restored_s=spells.restored_s(len(tape.faults), first=True),
            all_restored_s=spells.restored_s(len(tape.faults), first=False),
            false_isolations=noted.false_isolations,
            wrong_orders=wrong_orders,
            response_payment_eur=response.payment_eur,
            crew_s=noted.crew_s,
        )

    def _row(self, name: str, value: FloatArray) -> None:
        self._rows.setdefault(name, []).append(np.asarray(value, np.float64).copy())

    def _limits(self, state: TrueState) -> None:
        """Of the step that ends the row."""
        voltage = state.grid.voltage_pu[: len(self._low)]
        excess = np.nan_to_num(np.maximum(self._low - voltage, voltage - self._high), nan=0.0)
        loading = np.concatenate([state.grid.line_loading, state.grid.transformer_loading])
        over = int((np.nan_to_num(loading) > FULL).sum())
        self._seen: FloatArray = np.array([float((excess > 0).sum()), max(float(excess.max()), 0.0), float(over)])

    def _storage_kw(self, state: TrueState) -> FloatArray:
        """What the source of an island gives beside its battery is the battery's, too."""
        given = state.p_kw[self._truth.storages].copy()
        first = self._truth.storages.start
        for place, one in enumerate(self._world.microgrids.living, start=len(self._case.sources)):
            if place < len(state.grid.source_p_kw):
                given[one.battery.design.index - first] += float(np.nan_to_num(state.grid.source_p_kw[place]))
        return given

    def _lose(self, state: TrueState, step_s: float) -> None:
        """In storages that nobody plays in detail: what conversion takes."""
        p_kw = state.p_kw[self._truth.storages]
        drawn = np.where(p_kw > 0, p_kw / ONE_WAY_EFFICIENCY, p_kw * ONE_WAY_EFFICIENCY)
        lost = (drawn - p_kw) * step_s / SECONDS_AN_HOUR
        lost[[index - self._truth.storages.start for index in self._in_detail]] = 0.0
        self._lost_kwh += lost

    def _told_losses(self) -> FloatArray:
        return self._of_details(np.zeros(len(self._case.storages)), "lost")

    def _soc_kwh(self) -> FloatArray:
        return self._of_details(self._world.plants.stored_kwh[self._truth.storages].copy(), "energy")

    def _size_kwh(self) -> FloatArray:
        return self._of_details(self._truth.capacity_kwh[self._truth.storages].copy(), "size")

    def _of_details(self, values: FloatArray, what: str) -> FloatArray:
        for index, plant in self._in_detail.items():
            told: Mapping[str, float] = {"lost": plant.lost_kwh} if what == "lost" else plant.cells.told_kwh()
            values[index - self._truth.storages.start] = told[what]
        return values

    def _available(self, demand_kw: FloatArray) -> float:
        """Under the clouds that pass over the plants of microgrids."""
        able = demand_kw.copy()
        for one in self._world.microgrids.parts:
            able[one.places.plants] *= one.clouds.share
        return float(able[self._renewable].sum())


_COURSES: Final = (
    "price_eur_per_mwh", "imbalance_price_eur_per_mwh", "average_kg_per_mwh", "marginal_kg_per_mwh",
)  # fmt: skip
_AS_THEY_ARE: Final = (
    "loss_kw", "delivered_kw", "demanded_kw", "source_kw", "renewable_kw", "renewable_available_kw", "genset_kw",
    "storage_kw", "soc_kwh", "responded_kw",
)  # fmt: skip


def _mean(parts: Sequence[tuple[float, FloatArray]]) -> FloatArray:
    lengths = np.array([length for length, _ in parts])
    values = np.stack([value for _, value in parts])
    return np.asarray(np.tensordot(lengths, values, axes=1) / lengths.sum())


def _by_fault(told: Mapping[int, float], count: int) -> FloatArray:
    return np.array([told.get(number, np.nan) for number in range(count)])
