"""Fields of a document that somebody else wrote: each fault is one sentence with the field's path and the remedy."""

import csv
import gzip
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
MOST_STEPS = 200_000


class Unusable(ValueError):
    """A specification that cannot be read; its text is for the person who wrote it."""


class Fields:
    """One object of the document."""

    def __init__(self, values: object, path: str, known: tuple[str, ...]) -> None:
        if not isinstance(values, dict):
            raise Unusable(f"{path or 'The file'}: it is no object; write {{...}} with {', '.join(known)}.")
        self._values: Mapping[str, Any] = values
        self.path = path
        strange = sorted(set(values) - set(known))
        if strange:
            raise Unusable(f"{self._at(strange[0])}: no such field; known here are {', '.join(known)}.")

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def number(
        self, name: str, default: float | None = None, *, low: float = 0.0, high: float = math.inf, above: bool = False
    ) -> float:
        """above: `low` itself is not allowed."""
        value = self._values.get(name)
        if value is None:
            if default is None:
                raise Unusable(f"{self._at(name)}: it is missing; give a number.")
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Unusable(f"{self._at(name)}: {json.dumps(value)} is no number; write it without quotes and units.")
        if value < low or value > high or (above and value == low):
            least = f"above {low:g}" if above else f"{low:g} or more"
            most = f" and at most {high:g}" if math.isfinite(high) else ""
            raise Unusable(f"{self._at(name)}: {value:g} is out of range; it is {least}{most}.")
        return float(value)

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = MOST_STEPS) -> int:
        value = self.number(name, None if default is None else float(default), low=low, high=high)
        if value != int(value):
            raise Unusable(f"{self._at(name)}: {value:g} is no whole number.")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise Unusable(f"{self._at(name)}: {json.dumps(value)} is neither true nor false.")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise Unusable(f"{self._at(name)}: give a text.")
        return value.strip()

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            raise Unusable(f"{self._at(name)}: '{value}' is none of them; write {' or '.join(choices)}.")
        return value

    def objects(self, name: str, known: tuple[str, ...]) -> Iterator["Fields"]:
        values = self._values.get(name)
        if values is None:
            return
        if not isinstance(values, list):
            raise Unusable(f"{self._at(name)}: it is no list; write [{{...}}, ...].")
        for number, each in enumerate(values):
            yield Fields(each, f"{self._at(name)}[{number}]", known)


class Series:
    """The named series of a document, and what fields say with them."""

    def __init__(self, values: object, folder: Path) -> None:
        if values is not None and not isinstance(values, dict):
            raise Unusable('series: it is no object; write {"load": [1.0, 2.0, ...]}.')
        self._found = {name: _series(f"series.{name}", each, folder) for name, each in (values or {}).items()}
        lengths = {name: len(each) for name, each in self._found.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {count}" for name, count in lengths.items())
            raise Unusable(f"series: they have different lengths ({told}); give each one value per step.")
        self.steps = next(iter(lengths.values()), 0)

    def of(
        self, fields: Fields, name: str, default: float | None = None, *, low: float = -math.inf, high: float = math.inf
    ) -> FloatArray:
        """(T,) what a field says: a number for all steps, or the name of a series."""
        value, path = fields.raw(name), fields._at(name)
        if not isinstance(value, str):
            told = fields.number(name, default, low=low, high=high)
            return np.full(self.steps, told)
        if value not in self._found:
            known = ", ".join(sorted(self._found)) or "none are there"
            raise Unusable(f"{path}: there is no series '{value}'; known are {known}.")
        found = self._found[value]
        outside = np.nonzero((found < low) | (found > high))[0]
        if len(outside):
            step = int(outside[0])
            most = f" and at most {high:g}" if math.isfinite(high) else ""
            raise Unusable(
                f"{path}: step {step + 1} of series '{value}' is {found[step]:g}; it must be {low:g} or more{most}."
            )
        return found


def _series(path: str, value: object, folder: Path) -> FloatArray:
    if isinstance(value, dict):
        return _column(Fields(value, path, ("file", "column")), folder)
    if not isinstance(value, list) or not value:
        raise Unusable(f'{path}: give a list of numbers, or {{"file": "load.csv", "column": "kw"}}.')
    if len(value) > MOST_STEPS:
        raise Unusable(f"{path}: {len(value)} steps are too many; at most {MOST_STEPS}.")
    for step, each in enumerate(value):
        if isinstance(each, bool) or not isinstance(each, (int, float)) or not math.isfinite(each):
            raise Unusable(f"{path}[{step}]: {json.dumps(each)} is no number; fill the gap before.")
    return np.array(value, np.float64)


def _column(fields: Fields, folder: Path) -> FloatArray:
    file, column = folder / fields.text("file"), fields.text("column")
    try:
        with gzip.open(file, "rt", newline="") if file.suffix == ".gz" else file.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unusable(f"{fields.path}.file: '{file}' cannot be read ({error}); give a CSV file.") from None
    if not rows or column not in rows[0]:
        known = ", ".join(str(name) for name in rows[0]) if rows else "none: the file has no rows"
        raise Unusable(f"{fields.path}.column: '{file.name}' has no column '{column}'; known are {known}.")
    values = []
    for line, row in enumerate(rows, start=2):
        try:
            values.append(float(row[column]))
        except (TypeError, ValueError):
            raise Unusable(f"{fields.path}: line {line} of '{file.name}' has no number; fill the gap before.") from None
    return _series(fields.path, values, folder)
