"""Days of the simulated field as the control room reads them, and what its meters would read in another state.

It knows the field and nothing of any detector.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gridops.cases import read
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.timeseries.quality import Quality
from gridops.simulator.field import Field
from gridops.simulator.points import Column, PointTable, Quantity
from gridops.simulator.state import TrueState, TruthVector

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
MINUTES_A_DAY = 1440
ANALOG = (Quantity.VOLTAGE, Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER, Quantity.CURRENT)


@dataclass(frozen=True)
class Recording:
    """Minute by minute: readings (nan: none usable), and the truth behind them for who forges readings."""

    field: Field
    points: IntArray  # positions in the field's table
    values: FloatArray  # minutes x points, in the unit of each point
    p_kw: FloatArray  # minutes x injections
    q_kvar: FloatArray
    tap_position: IntArray
    last: TrueState

    @property
    def table(self) -> PointTable:
        return self.field.table

    def of(self, *columns: Column) -> IntArray:
        """Positions among the recorded points."""
        return np.flatnonzero(np.isin(self.table.column[self.points], columns))

    def at(self, minute: int) -> datetime:
        return BEGIN + timedelta(minutes=minute)


def record(source: str, cache: Path, *, days: int, seed: int) -> Recording:
    field = Field(read(source, cache), seed=seed, speed=1.0, started_at=BEGIN)
    points = np.array([n for n, point in enumerate(field.table.points) if point.quantity in ANALOG], np.int64)
    size = days * MINUTES_A_DAY
    values = np.full((size, len(points)), np.nan, np.float32)
    p_kw, q_kvar, taps = [], [], []
    for minute in range(size):
        readings = field.step(BEGIN + timedelta(minutes=minute), everything=True)
        row = np.full(len(field.table), np.nan)
        good = readings.quality == Quality.GOOD
        row[readings.point[good]] = readings.value[good]
        values[minute] = row[points]
        state = field.state
        assert state is not None
        p_kw.append(state.p_kw.astype(np.float32))
        q_kvar.append(state.q_kvar.astype(np.float32))
        taps.append(state.tap_position.astype(np.int16))
    return Recording(field, points, values, np.array(p_kw), np.array(q_kvar), np.array(taps), state)


class OtherState:
    """What all meters would read beyond what they do read, if injections were others: a = h(x + c) - h(x), exactly."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        truth = recording.field.world.truth
        self._truth = truth
        self._flow = PowerFlow(truth.network, resolve(truth.network, recording.last.switch_closed))
        self._vector = TruthVector(truth.network, recording.table)

    def added(self, minute: int, p_kw: FloatArray, q_kvar: FloatArray) -> FloatArray:
        """Per recorded point, to be added to its reading."""
        here = self._recording
        true_p, true_q = here.p_kw[minute].astype(float), here.q_kvar[minute].astype(float)
        return (self._read(minute, p_kw, q_kvar) - self._read(minute, true_p, true_q))[here.points]

    def _read(self, minute: int, p_kw: FloatArray, q_kvar: FloatArray) -> FloatArray:
        taps = self._recording.tap_position[minute].astype(np.int32)
        grid = self._flow.solve(
            p_kw=p_kw,
            q_kvar=q_kvar,
            tap_position=taps,
            source_voltage_pu=self._truth.source_voltage_pu,
            source_angle_deg=self._truth.source_angle_deg,
        )
        state = replace(self._recording.last, grid=grid, p_kw=p_kw, q_kvar=q_kvar, tap_position=taps)
        return self._vector.values(state)
