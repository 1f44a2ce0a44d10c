"""The outstation's process image: every point by (common address, object address), its value, quality and time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridops.protocols.iec104 import pack
from gridops.protocols.iec104 import quality as q
from gridops.protocols.iec104.types import (
    COMMAND_TYPES,
    LAYOUTS,
    MAX_IOA,
    MONITOR_TYPES,
    SHORT_TIME_SIZE,
    Cause,
    TypeId,
    tagged,
    untagged,
)

_SHIFT = 24
_COUNTERS = [TypeId.M_IT_NA, TypeId.M_IT_TA, TypeId.M_IT_TB]


class UnknownObject(LookupError):
    """No such point in the image."""


class PointImage:
    """Points in arrays of equal length: `common_address` 1..65534, `ioa` 0..2**24-1, `type_id`.

    Monitored types (1..40) are values, command types (45..63) are objects that may be commanded; a value and a command
    may share an address. With or without time tag means the same here: interrogations answer untagged, events with
    CP56Time2a, or with CP24Time2a where that type is named. Until the first update a value is invalid.
    """

    def __init__(self, common_address: ArrayLike, ioa: ArrayLike, type_id: ArrayLike) -> None:
        addresses, objects, types = (np.atleast_1d(np.asarray(a, np.int64)) for a in (common_address, ioa, type_id))
        _check(addresses, objects, types)
        keys = addresses << _SHIFT | objects
        monitored = np.isin(types, list(MONITOR_TYPES))
        order = np.argsort(keys[monitored], kind="stable")
        self._keys = keys[monitored][order]
        self._types = types[monitored][order]
        if len(np.unique(self._keys)) != len(self._keys):
            raise ValueError("two monitored points share an address")
        self._commands = {int(k): untagged(int(t)) for k, t in zip(keys[~monitored], types[~monitored], strict=True)}
        self.common_addresses = frozenset(int(a) for a in np.unique(addresses))
        self._value = np.zeros(len(self._keys))
        self._quality = np.full(len(self._keys), q.INVALID, np.uint16)
        self._frozen: dict[int, float] = {}  # counters by row, from the first freeze on

    def __len__(self) -> int:
        return len(self._keys)

    def command_type(self, common_address: int, ioa: int) -> TypeId | None:
        """The untagged command type of an object, or None if it takes no command."""
        return self._commands.get(common_address << _SHIFT | ioa)

    def store(self, common_address: int, ioa: ArrayLike, value: ArrayLike, quality: ArrayLike) -> NDArray[np.int64]:
        """Put values and quality into the image; returns their rows. Raises UnknownObject."""
        rows = self.rows(common_address, ioa)
        self._value[rows], self._quality[rows] = value, quality
        return rows

    def events(self, rows: NDArray[np.int64], at_us: ArrayLike) -> Iterator[tuple[TypeId, bytes]]:
        """The rows as time-tagged objects, one run of octets for each type."""
        types, times = self._types[rows], np.broadcast_to(np.asarray(at_us, np.int64), len(rows))
        for type_id in np.unique(types):
            mine = types == type_id
            is_short = LAYOUTS[int(type_id)].time_size == SHORT_TIME_SIZE
            kind = TypeId(int(type_id)) if is_short else tagged(int(type_id))
            yield kind, self._objects(kind, rows[mine], times[mine])

    def answers(self, common_address: int, cause: Cause, *, counters: bool) -> Iterator[bytes]:
        """ASDUs with the present value of all points of a station, or of its counters; made as they are asked for."""
        rows = self._of_station(common_address)
        is_counter = self._is_counter(rows)
        yield from self.present(common_address, cause, rows[is_counter == counters])

    def present(self, common_address: int, cause: Cause, rows: NDArray[np.int64]) -> Iterator[bytes]:
        """ASDUs with the present value of some points of a station, without a time."""
        plain = np.array([untagged(int(t)) for t in self._types[rows]], np.int64)
        for type_id in np.unique(plain):
            if LAYOUTS[int(type_id)].time_tagged:
                continue  # events of protection have no present value
            mine = rows[plain == type_id]
            size = pack.capacity(int(type_id))
            for at in range(0, len(mine), size):
                body = self._objects(int(type_id), mine[at : at + size], None)
                yield pack.asdu(int(type_id), cause, common_address, body)

    def rows(self, common_address: int, ioa: ArrayLike) -> NDArray[np.int64]:
        """Rows of points. Raises UnknownObject."""
        keys = common_address << _SHIFT | np.atleast_1d(np.asarray(ioa, np.int64))
        rows = np.searchsorted(self._keys, keys)
        found = rows < len(self._keys)
        found[found] = self._keys[rows[found]] == keys[found]
        if not found.all():
            raise UnknownObject(f"{common_address}/{int(keys[~found][0]) & MAX_IOA} is not in the image")
        return rows

    def freeze(self, common_address: int, *, reset: bool) -> None:
        """Keep the counters of a station as they are: from now on they are read so, until frozen again."""
        rows = self._counters(common_address)
        self._frozen |= dict(zip(rows.tolist(), self._value[rows].tolist(), strict=True))
        if reset:
            self._value[rows] = 0

    def reset(self, common_address: int) -> None:
        """Counters of a station begin again at 0; what is frozen stays."""
        self._value[self._counters(common_address)] = 0

    def _counters(self, common_address: int) -> NDArray[np.int64]:
        rows = self._of_station(common_address)
        return rows[self._is_counter(rows)]

    def _is_counter(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.isin(self._types[rows], _COUNTERS)

    def _of_station(self, common_address: int) -> NDArray[np.int64]:
        return np.arange(*np.searchsorted(self._keys, [common_address << _SHIFT, (common_address + 1) << _SHIFT]))

    def _objects(self, type_id: int, rows: NDArray[np.int64], at_us: NDArray[np.int64] | None) -> bytes:
        ioa = (self._keys[rows] & MAX_IOA).astype(np.int32)
        value, quality = self._value[rows], self._quality[rows]
        if type_id == TypeId.M_IT_NA and self._frozen:
            value = np.array([self._frozen.get(row, self._value[row]) for row in rows.tolist()])
        if at_us is None:
            return pack.objects(type_id, ioa, value, quality)
        return pack.objects(type_id, ioa, value, quality, at_us)


def _check(addresses: NDArray[np.int64], objects: NDArray[np.int64], types: NDArray[np.int64]) -> None:
    if not len(addresses) == len(objects) == len(types):
        raise ValueError("common_address, ioa and type_id differ in length")
    if len(addresses) and (addresses.min() < 1 or addresses.max() >= 0xFFFF):
        raise ValueError("common addresses lie in 1..65534")
    if len(objects) and (objects.min() < 0 or objects.max() > MAX_IOA):
        raise ValueError(f"object addresses lie in 0..{MAX_IOA}")
    unknown = set(types.tolist()) - MONITOR_TYPES - COMMAND_TYPES
    if unknown:
        raise ValueError(f"no such point types: {sorted(unknown)}")
