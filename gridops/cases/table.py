"""Plain columns out of a pandapower table, whatever its version left out."""

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt


class Table:
    """One table of a pandapower network; a missing column is filled with the default."""

    def __init__(self, frame: Any, kind: str) -> None:
        self.frame = frame
        self.kind = kind
        self.index: list[int] = [int(i) for i in frame.index]
        self.names = [_text(value) for value in self._raw("name")]
        counts = Counter(self.names)
        self.keys = [
            name if name and counts[name] == 1 else f"#{index}"
            for name, index in zip(self.names, self.index, strict=True)
        ]
        self.labels = [name or f"{kind} {index}" for name, index in zip(self.names, self.index, strict=True)]

    def __len__(self) -> int:
        return len(self.index)

    def numbers(self, column: str, default: float = math.nan) -> npt.NDArray[np.float64]:
        if column not in self.frame.columns:
            return np.full(len(self), default)
        values: npt.NDArray[np.float64] = np.array(
            [_number(value, default) for value in self.frame[column].tolist()], dtype=np.float64
        )
        return values

    def integers(self, column: str, default: int = 0) -> list[int]:
        return [int(value) for value in self.numbers(column, default)]

    def buses(self, column: str = "bus") -> list[int]:
        """Bus numbers; -1, which no bus has, where there is none."""
        return self.integers(column, -1)

    def texts(self, column: str) -> list[str]:
        return [_text(value) for value in self._raw(column)]

    def flags(self, column: str, default: bool = True) -> list[bool]:
        return [default if _missing(value) else bool(value) for value in self._raw(column)]

    def _raw(self, column: str) -> list[Any]:
        if column not in self.frame.columns:
            return [None] * len(self.frame)
        values: list[Any] = self.frame[column].tolist()
        return values


def _missing(value: Any) -> bool:
    return value is None or str(value) in {"nan", "<NA>", "NaT", "None"}


def _number(value: Any, default: float) -> float:
    return default if _missing(value) else float(value)


def _text(value: Any) -> str:
    return "" if _missing(value) else str(value).strip()
