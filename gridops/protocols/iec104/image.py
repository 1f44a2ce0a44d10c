"""The outstation's process image: every point by (common address, object address), its value, quality and time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridops.protocols.iec104 import pack
from gridops.protocols.iec104 import quality as q
from gridops.protocols.iec104.types import COMMAND_TYPES, MAX_IOA, MONITOR_TYPES, Cause, TypeId, tagged, untagged

_SHIFT = 24


class UnknownObject(LookupError):
    """No such point in the image."""


class PointImage:
    """Points in arrays of equal length: `common_address` 1..65534, `ioa` 0..2**24-1, `type_id`.

    Monitored types (1..37) are values, command types (45..63) are objects that may be commanded; a value and a command
    may share an address. With or without time tag means the same here: interrogations answer untagged, events tagged.
    Until the first update a value is invalid.
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

    def __len__(self) -> int:
        return len(self._keys)

    def command_type(self, common_address: int, ioa: int) -> TypeId | None:
        """The untagged command type of an object, or None if it takes no command."""
        return self._commands.get(common_address << _SHIFT | ioa)

    def store(self, common_address: int, ioa: ArrayLike, value: ArrayLike, quality: ArrayLike) -> NDArray[np.int64]:
        """Put values and quality into the image; returns their rows. Raises UnknownObject."""
        keys = common_address << _SHIFT | np.atleast_1d(np.asarray(ioa, np.int64))
        rows = np.searchsorted(self._keys, keys)
        found = rows < len(self._keys)
        found[found] = self._keys[rows[found]] == keys[found]
        if not found.all():
            raise UnknownObject(f"{common_address}/{int(keys[~found][0]) & MAX_IOA} is not in the image")
        self._value[rows], self._quality[rows] = value, quality
        return rows

    def events(self, rows: NDArray[np.int64], at_us: ArrayLike) -> Iterator[tuple[TypeId, bytes]]:
        """The rows as time-tagged objects, one run of octets for each type."""
        types, times = self._types[rows], np.broadcast_to(np.asarray(at_us, np.int64), len(rows))
        for type_id in np.unique(types):
            mine = types == type_id
            kind = tagged(int(type_id))
            yield kind, self._objects(kind, rows[mine], times[mine])

    def answers(self, common_address: int, cause: Cause, *, counters: bool) -> Iterator[bytes]:
        """ASDUs with the present value of all points of a station, or of its counters; made as they are asked for."""
        first, last = np.searchsorted(self._keys, [common_address << _SHIFT, (common_address + 1) << _SHIFT])
        plain = np.array([untagged(int(t)) for t in self._types[first:last]], np.int64)
        for type_id in np.unique(plain[(plain == TypeId.M_IT_NA) == counters]):
            rows = first + np.flatnonzero(plain == type_id)
            size = pack.capacity(int(type_id))
            for at in range(0, len(rows), size):
                body = self._objects(int(type_id), rows[at : at + size], None)
                yield pack.asdu(int(type_id), cause, common_address, body)

    def _objects(self, type_id: int, rows: NDArray[np.int64], at_us: NDArray[np.int64] | None) -> bytes:
        ioa = (self._keys[rows] & MAX_IOA).astype(np.int32)
        value, quality = self._value[rows], self._quality[rows]
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
