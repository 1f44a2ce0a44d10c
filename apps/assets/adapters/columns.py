"""Rows as numpy columns, without an object per row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Named:
    """Identities of one class of elements, in the order of their arrays."""

    mrid: tuple[str, ...]
    name: tuple[str, ...] = field(repr=False)

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {mrid: i for i, mrid in enumerate(self.mrid)}

    def __len__(self) -> int:
        return len(self.mrid)


class Columns:
    """Chosen columns of the rows of one class and model, ordered by `index`, in one query."""

    def __init__(self, rows: QuerySet[Any], *names: str) -> None:
        found = list(rows.order_by("index").values_list(*names))
        self._columns = dict(zip(names, zip(*found, strict=True) if found else ([] for _ in names), strict=True))

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        return np.array(self._columns[name], dtype=np.float64)

    def integers(self, name: str) -> npt.NDArray[np.int32]:
        return np.array(self._columns[name], dtype=np.int32)

    def flags(self, name: str) -> npt.NDArray[np.bool_]:
        return np.array(self._columns[name], dtype=np.bool_)

    def keys(self, name: str) -> npt.NDArray[np.int64]:
        """Foreign keys; -1 for none."""
        return np.array([-1 if key is None else key for key in self._columns[name]], dtype=np.int64)

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(map(str, self._columns[name]))

    @property
    def named(self) -> Named:
        return Named(self.texts("mrid"), self.texts("name"))


def of_model(kind: type[Model], model_id: int, *names: str) -> Columns:
    return Columns(kind._default_manager.filter(model_id=model_id), "mrid", "name", *names)


class Positions:
    """From database keys to positions; -1 stays -1."""

    def __init__(self, keys: npt.NDArray[np.int64]) -> None:
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def __call__(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        if not len(self._sorted):
            return np.full(len(keys), -1, np.int32)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[at] == keys, self._order[at], -1).astype(np.int32)
