"""The ASDU: its six header octets and the checks that every ASDU must pass. Addresses: cause 2, common 2, object 3."""

import struct
from typing import NamedTuple

from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.types import HEADER_SIZE, IOA_SIZE, Cause, element_size

_HEADER = struct.Struct("<BBBBH")
SEQUENCE, COUNT = 0x80, 0x7F  # of the structure octet
NEGATIVE, TEST, CAUSE = 0x40, 0x80, 0x3F  # of the cause octet


class Asdu(NamedTuple):
    """A header and the octets after it. `size`: number of objects.

    `sequence`: one object address, then elements of consecutive addresses.
    """

    type_id: int
    sequence: bool
    size: int
    cause: int
    negative: bool
    test: bool
    originator: int
    common_address: int
    body: bytes

    def encode(self) -> bytes:
        """Octets of the whole ASDU."""
        head = _HEADER.pack(
            self.type_id,
            self.size | (SEQUENCE if self.sequence else 0),
            self.cause | (NEGATIVE if self.negative else 0) | (TEST if self.test else 0),
            self.originator,
            self.common_address,
        )
        return head + self.body

    def mirrored(self, cause: int, *, negative: bool = False, common_address: int | None = None) -> "Asdu":
        """The answer to this ASDU: the same content under another cause."""
        address = self.common_address if common_address is None else common_address
        return self._replace(cause=cause, negative=negative, common_address=address)

    @property
    def ioa(self) -> int:
        """Address of the first object."""
        return int.from_bytes(self.body[:IOA_SIZE], "little")


def single(type_id: int, cause: int, common_address: int, ioa: int, element: bytes, *, originator: int = 0) -> Asdu:
    """An ASDU with one information object."""
    body = ioa.to_bytes(IOA_SIZE, "little") + element
    return Asdu(type_id, False, 1, cause, False, False, originator, common_address, body)


def parse(octets: bytes) -> Asdu:
    """Header and body; the type need not be known. Raises AsduError."""
    if len(octets) < HEADER_SIZE + IOA_SIZE:
        raise AsduError(f"an ASDU of {len(octets)} octets is too short")
    type_id, structure, cause, originator, common_address = _HEADER.unpack_from(octets)
    if not structure & COUNT:
        raise AsduError(f"type {type_id} with no information object")
    if common_address == 0:
        raise AsduError("common address 0 is not used")
    return Asdu(
        type_id,
        bool(structure & SEQUENCE),
        structure & COUNT,
        cause & CAUSE,
        bool(cause & NEGATIVE),
        bool(cause & TEST),
        originator,
        common_address,
        octets[HEADER_SIZE:],
    )


def check_size(asdu: Asdu) -> None:
    """Raises AsduError unless the body holds exactly the announced objects of a known type."""
    element = element_size(asdu.type_id)
    if element is None:
        raise AsduError(f"type {asdu.type_id} is not supported")
    objects = IOA_SIZE + asdu.size * element if asdu.sequence else asdu.size * (IOA_SIZE + element)
    if len(asdu.body) != objects:
        raise AsduError(f"type {asdu.type_id}: {asdu.size} objects need {objects} octets, not {len(asdu.body)}")


def cause_name(cause: int) -> str:
    """A cause in words, for reasons shown to people."""
    try:
        return Cause(cause).name.lower().replace("_", " ")
    except ValueError:
        return f"cause {cause}"
