"""The first packet of an MQTT connection, taken apart and put together anew: versions 3.1, 3.1.1 and 5."""

from dataclasses import dataclass
from enum import Enum

LARGEST = 65_536
_CONNECT, _MOST_LENGTH_BYTES = 0x10, 4
_WILL, _PASSWORD, _USERNAME = 0x04, 0x40, 0x80
_VERSION_5 = 5
_NAMES = {b"MQTT": (4, _VERSION_5), b"MQIsdp": (3,)}


class NotMqtt(Exception):
    """What came is no beginning of an MQTT connection; there is nobody to answer to."""


class Refusal(Enum):
    """The code of version 3, the code of version 5."""

    UNAVAILABLE = (0x03, 0x88)
    BAD_LOGIN = (0x04, 0x86)


@dataclass(frozen=True, slots=True)
class Connect:
    """`middle` is what stands between flags and client identity, `will` what stands between identity and login."""

    protocol: bytes
    version: int
    flags: int
    middle: bytes
    client_id: bytes
    will: bytes
    username: bytes | None
    password: bytes | None

    def under(self, name: str) -> bytes:
        """The packet with this name and no password; identities of different names never meet."""
        user = name.encode()
        identity = user + b"/" + self.client_id if self.client_id else b""
        flags = (self.flags & ~_PASSWORD) | _USERNAME
        head = _text(self.protocol) + bytes((self.version, flags)) + self.middle
        body = head + _text(identity) + self.will + _text(user)
        return bytes((_CONNECT,)) + _length(len(body)) + body

    def refused(self, why: Refusal) -> bytes:
        old, new = why.value
        return bytes((0x20, 3, 0, new, 0)) if self.version == _VERSION_5 else bytes((0x20, 2, 0, old))


def first_packet(received: bytes) -> tuple[Connect, bytes] | None:
    """It and what came after it; None: there is more to come. Raises NotMqtt."""
    if not received:
        return None
    if received[0] != _CONNECT:
        raise NotMqtt("the first packet is not CONNECT")
    found = _length_at(received, 1)
    if found is None:
        return None
    size, begin = found
    if not 0 < size <= LARGEST:
        raise NotMqtt(f"CONNECT of {size} bytes")
    if len(received) < begin + size:
        return None
    return taken_apart(received[begin : begin + size]), received[begin + size :]


def taken_apart(body: bytes) -> Connect:
    """Of the bytes after the length. Raises NotMqtt."""
    cut = _Cut(body)
    protocol, version, flags = cut.text(), cut.byte(), cut.byte()
    if version not in _NAMES.get(protocol, ()):
        raise NotMqtt(f"{protocol!r} of version {version}")
    is_new = version == _VERSION_5
    middle = cut.take(2) + (cut.properties() if is_new else b"")
    client_id = cut.text()
    will = b""
    if flags & _WILL:
        will = (cut.properties() if is_new else b"") + _text(cut.text()) + _text(cut.text())
    username = cut.text() if flags & _USERNAME else None
    password = cut.text() if flags & _PASSWORD else None
    return Connect(protocol, version, flags, middle, client_id, will, username, password)


class _Cut:
    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise NotMqtt("CONNECT ends too early")
        part, self._at = self._body[self._at : end], end
        return part

    def byte(self) -> int:
        return self.take(1)[0]

    def text(self) -> bytes:
        return self.take(int.from_bytes(self.take(2), "big"))

    def properties(self) -> bytes:
        """With their length in front."""
        found = _length_at(self._body, self._at)
        if found is None:
            raise NotMqtt("CONNECT ends too early")
        size, begin = found
        return self.take(begin - self._at + size)


def _length_at(body: bytes, at: int) -> tuple[int, int] | None:
    """The length that stands there and where what it counts begins; None: it is not all there. Raises NotMqtt."""
    size = 0
    for place, byte in enumerate(body[at : at + _MOST_LENGTH_BYTES]):
        size |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return size, at + place + 1
    if len(body) - at >= _MOST_LENGTH_BYTES:
        raise NotMqtt("a length of more than four bytes")
    return None


def _text(part: bytes) -> bytes:
    return len(part).to_bytes(2, "big") + part


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, byte = size >> 7, size & 0x7F
        out.append(byte | (0x80 if size else 0))
        if not size:
            return bytes(out)
