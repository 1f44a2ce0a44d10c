"""Bytes -> what they say, by the format of the feed."""

import zlib
from collections.abc import Sequence

from apps.weather.adapters import csv_long, grib, open_meteo
from apps.weather.adapters.parsed import MOST_BYTES, FileRefused, ParsedRun, Place
from apps.weather.choices import FileFormat

GZIP = b"\x1f\x8b"
UNPACKED_BYTES = 2 * MOST_BYTES


def parse_file(content: bytes, file_format: FileFormat, places: Sequence[Place]) -> list[ParsedRun]:
    """Raises FileRefused, and nothing else for whatever bytes."""
    if len(content) > MOST_BYTES:
        raise FileRefused("the file", f"it has more than {MOST_BYTES // 2**20} MB; cut it into smaller ones")
    plain = _unpacked(content) if content.startswith(GZIP) else content
    if not plain.strip():
        raise FileRefused("the file", "it is empty")
    if file_format is FileFormat.OPEN_METEO:
        return open_meteo.parse(plain)
    return csv_long.parse(plain) if file_format is FileFormat.CSV else grib.parse(plain, places)


def _unpacked(content: bytes) -> bytes:
    """Never more than is allowed, however far the bytes would unfold."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, UNPACKED_BYTES)
    except zlib.error:
        raise FileRefused("the file", "it begins like gzip but cannot be unpacked; save it again") from None
    if unpacker.unconsumed_tail:
        raise FileRefused(
            "the file", f"unpacked it has more than {UNPACKED_BYTES // 2**20} MB; cut it into smaller ones"
        )
    if not unpacker.eof:
        raise FileRefused("the file", "the gzip file ends too early; save it again")
    return plain
