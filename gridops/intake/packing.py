"""Files may come packed with gzip; they never unfold beyond a limit."""

import zlib

GZIP = b"\x1f\x8b"


class PackingRefused(Exception):
    """What is wrong with the file, and what to do."""


def unpacked(content: bytes, most_bytes: int) -> bytes:
    """As it is where it is not packed. Raises PackingRefused."""
    if not content.startswith(GZIP):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, most_bytes)
    except zlib.error:
        raise PackingRefused("it begins like gzip but cannot be unpacked; save it again") from None
    if unpacker.unconsumed_tail:
        raise PackingRefused(f"unpacked it has more than {most_bytes // 2**20} MB; cut it into smaller ones")
    if not unpacker.eof:
        raise PackingRefused("the gzip file ends too early; save it again")
    return plain
