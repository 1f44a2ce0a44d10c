"""Monitored points of a run of frames: every check of `asdu` and `points` for all of them at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104 import asdu as header
from gridops.protocols.iec104.points import ELEMENTS, OBJECTS, Heads, PointBatch, decode_elements
from gridops.protocols.iec104.runs import Run
from gridops.protocols.iec104.types import HEADER_SIZE, IOA_SIZE, MAX_IOA, MONITOR_CAUSES

_TYPE, _STRUCTURE, _CAUSE = range(3)
_ADDRESS = slice(4, HEADER_SIZE)
_IS_MONITOR_CAUSE = np.isin(np.arange(256) & header.CAUSE, list(MONITOR_CAUSES))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """ASDUs of one type, one structure and `size` objects each, all of them right. `octets`: shape (ASDUs, octets)."""

    type_id: int
    sequence: bool
    size: int
    octets: NDArray[np.uint8]

    @classmethod
    def of(cls, run: Run) -> "Block | None":
        """None if any of its ASDUs is not monitored points or has to be refused: then each must be looked at."""
        octets = run.asdus
        if octets.shape[1] < HEADER_SIZE + IOA_SIZE or int(octets[0, _TYPE]) not in ELEMENTS:
            return None
        structure = int(octets[0, _STRUCTURE])
        made = cls(int(octets[0, _TYPE]), bool(structure & header.SEQUENCE), structure & header.COUNT, octets)
        return made if made._is_right() else None

    def decode(self, near_us: int) -> PointBatch:
        """All their points, in order of arrival."""
        raw = self.octets[:, self._first_element :].reshape(-1).view(self._dtype)
        cause = self.octets[:, _CAUSE]
        heads = Heads(
            common_address=self._common_address.astype(np.int32),
            cause=cause & np.uint8(header.CAUSE),
            test=(cause & header.TEST) != 0,
            size=np.array(self.size),
        )
        return decode_elements(self.type_id, raw, heads, self._first_ioa if self.sequence else None, near_us)

    def _is_right(self) -> bool:
        return (
            self.size > 0
            and self.octets.shape[1] == self._first_element + self.size * self._dtype.itemsize
            and bool(_IS_MONITOR_CAUSE[self.octets[:, _CAUSE]].all())
            and bool(self._common_address.all())
            and not (self.sequence and self._first_ioa.max() + self.size - 1 > MAX_IOA)
        )

    @property
    def _dtype(self) -> np.dtype[np.void]:
        return (ELEMENTS if self.sequence else OBJECTS)[self.type_id]

    @property
    def _first_element(self) -> int:
        return HEADER_SIZE + (IOA_SIZE if self.sequence else 0)

    @property
    def _common_address(self) -> NDArray[np.uint16]:
        return self.octets[:, _ADDRESS].view("<u2")[:, 0]

    @property
    def _first_ioa(self) -> NDArray[np.int64]:
        octets = self.octets[:, HEADER_SIZE : HEADER_SIZE + IOA_SIZE].astype(np.int64)
        return octets[:, 0] | octets[:, 1] << 8 | octets[:, 2] << 16
