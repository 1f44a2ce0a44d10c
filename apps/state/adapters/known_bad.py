"""Meters that have been found bad are left out from the start, so that a standing fault costs a search only once.

Whether they have come right is asked of every scan at no price: does the meter agree with the estimate that was made
without it? How closely it must is known from when it was found: the normalised residual says how well the others tell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from apps.state.adapters.measured_rows import MeasuredRows
from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.network.model import IntArray

LASTING_SCANS = 3  # found bad in so many scans on end: remembered
AGREEING_SCANS = 5  # within the noise in so many scans on end: believed again
AGREES_SIGMAS = 3.0
FRESH_LOOK_SCANS = 150  # what the others know may have changed: everything is judged anew

_Row = int  # of the meter in the plan
_QUANTITIES = {"v": 0, "p": 0, "q": 1, "i": 0}
_VALUES = {"v": "value_pu", "p": "p_kw", "q": "q_kvar", "i": "value_a"}


@dataclass(slots=True)
class _Known:
    kind: MeasurementKind
    quantity: str
    spread: float  # standard deviation of meter less estimate, pu, kW or kvar
    agreeing: int = 0


@dataclass(slots=True)
class KnownBad:
    _known: dict[_Row, _Known] = field(default_factory=dict)
    _found: dict[_Row, int] = field(default_factory=dict)  # scans on end
    _scans: int = 0

    def forget(self) -> None:
        """After a move of a switch the others tell other things."""
        self._known.clear()
        self._found.clear()
        self._scans = 0

    def left_out(self, rows: MeasuredRows) -> Mapping[MeasurementKind, IntArray]:
        """By kind, positions in this scan's measurements."""
        by_kind: dict[MeasurementKind, list[int]] = {}
        for row, known in self._known.items():
            place = rows.place(known.kind.value, row)
            if place is not None:
                by_kind.setdefault(known.kind, []).append(place)
        return {kind: np.array(places, np.int32) for kind, places in by_kind.items()}

    def still_bad(self, estimate: Estimate, measurements: Measurements, rows: MeasuredRows) -> list[BadDatum]:
        """Those left out that do not agree with the estimate made without them."""
        if not self._known or not estimate.converged:
            return []
        judged = [_judged(row, known, estimate, measurements, rows) for row, known in self._known.items()]
        return [datum for datum in judged if datum and abs(datum.normalised_residual) > AGREES_SIGMAS]

    def learn(self, bad: Iterable[BadDatum], rows: MeasuredRows) -> None:
        """Once a scan, with all that was bad in it."""
        self._scans += 1
        if self._scans % FRESH_LOOK_SCANS == 0:
            self.forget()
            return
        now = {
            row: datum for datum in bad if (row := rows.of(datum.kind.value, datum.index, datum.quantity)) is not None
        }
        for row, known in list(self._known.items()):
            present = rows.place(known.kind.value, row) is not None
            known.agreeing = 0 if row in now else known.agreeing + present
            if known.agreeing >= AGREEING_SCANS:
                del self._known[row]
        self._found = {row: self._found.get(row, 0) + 1 for row in now if row not in self._known}
        lasting = [row for row, scans in self._found.items() if scans >= LASTING_SCANS]
        self._known |= {row: _known(now[row]) for row in lasting}

    @property
    def rows(self) -> Sequence[int]:
        """Meters of the plan that are left out from the start."""
        return list(self._known)


def _known(datum: BadDatum) -> _Known:
    spread = abs((datum.measured - datum.estimated) / datum.normalised_residual)
    return _Known(datum.kind, datum.quantity, spread)


def _judged(
    row: _Row, known: _Known, estimate: Estimate, measurements: Measurements, rows: MeasuredRows
) -> BadDatum | None:
    place = rows.place(known.kind.value, row)
    if place is None:
        return None
    measured = float(getattr(measurements.groups()[known.kind], _VALUES[known.quantity])[place])
    residual = float(estimate.residuals.of(known.kind)[_QUANTITIES[known.quantity]][place])
    if not np.isfinite(residual):
        return None
    return BadDatum(known.kind, place, known.quantity, measured, measured - residual, residual / known.spread)
