"""Events that wait for a master: bounded, in order, kept until they are acknowledged."""

from collections import deque
from dataclasses import dataclass

from gridops.protocols.iec104 import pack
from gridops.protocols.iec104.points import OBJECTS


@dataclass(slots=True)
class _Block:
    """One ASDU's worth of events."""

    type_id: int
    cause: int
    common_address: int
    body: bytes

    @property
    def count(self) -> int:
        return len(self.body) // OBJECTS[self.type_id].itemsize

    def takes(self, type_id: int, cause: int, common_address: int) -> bool:
        """More events of this header fit into the block."""
        same = (self.type_id, self.cause, self.common_address) == (type_id, cause, common_address)
        return same and self.count < pack.capacity(type_id)


class EventBuffer:
    """At most about `limit` events; when full, the oldest that is not on its way is dropped and counted."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("the event buffer must hold at least one event")
        self._limit = limit
        self._blocks: deque[_Block] = deque()
        self._sent = 0  # blocks at the head that are on their way
        self._events = 0
        self.overflow = 0

    def __len__(self) -> int:
        return self._events

    @property
    def waiting(self) -> int:
        """ASDUs that are not on their way."""
        return len(self._blocks) - self._sent

    def add(self, type_id: int, cause: int, common_address: int, octets: bytes) -> None:
        """Queue packed objects."""
        octets = self._fill_last(type_id, cause, common_address, octets)
        size = OBJECTS[type_id].itemsize * pack.capacity(type_id)
        for at in range(0, len(octets), size):
            self._append(_Block(type_id, cause, common_address, octets[at : at + size]))

    def next(self) -> bytes | None:
        """The next ASDU to send, from now on on its way; None when there is none."""
        if not self.waiting:
            return None
        block = self._blocks[self._sent]
        self._sent += 1
        return pack.asdu(block.type_id, block.cause, block.common_address, block.body)

    def acknowledge(self) -> None:
        """The oldest ASDU on its way has arrived."""
        self._events -= self._blocks.popleft().count
        self._sent -= 1

    def rewind(self) -> None:
        """What was on its way may be lost: all of it is to be sent again, first."""
        self._sent = 0

    def _fill_last(self, type_id: int, cause: int, common_address: int, octets: bytes) -> bytes:
        if not (self.waiting and self._blocks[-1].takes(type_id, cause, common_address)):
            return octets
        last, size = self._blocks[-1], OBJECTS[type_id].itemsize
        part = octets[: (pack.capacity(type_id) - last.count) * size]
        last.body += part
        self._events += len(part) // size
        self._trim()
        return octets[len(part) :]

    def _append(self, block: _Block) -> None:
        self._blocks.append(block)
        self._events += block.count
        self._trim()

    def _trim(self) -> None:
        while self._events > self._limit and self.waiting > 1:
            dropped = self._blocks[self._sent].count
            del self._blocks[self._sent]
            self._events -= dropped
            self.overflow += dropped
