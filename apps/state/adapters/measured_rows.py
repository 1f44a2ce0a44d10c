"""Which points of the plan stand behind each row of the measurements, so that bad data can be named."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    voltage: IntArray
    line_current: IntArray
    pairs: Mapping[str, tuple[IntArray, IntArray]]

    def of(self, kind: str, index: int, quantity: str) -> int | None:
        """The plan's row of one measurement; None for a pseudo-measurement."""
        columns = self._columns(kind)
        rows = columns[quantity == "q"] if len(columns) > 1 else columns[0]
        return int(rows[index]) if index < len(rows) else None

    def place(self, kind: str, row: int) -> int | None:
        """The other way: where a row of the plan stands among the measurements; None if it is not among them."""
        found = [place for column in self._columns(kind) for place in np.flatnonzero(column == row).tolist()]
        return found[0] if found else None

    def _columns(self, kind: str) -> tuple[IntArray, ...]:
        single = {"voltage": self.voltage, "line_current": self.line_current}
        return (single[kind],) if kind in single else self.pairs[kind]
