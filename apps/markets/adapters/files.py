"""Bytes -> what they say, by the format that they are told to have; tariffs have a reader of their own."""

from apps.markets.adapters import csv_prices, entsoe
from apps.markets.adapters.parsed import MOST_BYTES, Defaults, FileRefused, ParsedFile
from apps.markets.choices import FileFormat
from gridops.intake.packing import PackingRefused, unpacked

UNPACKED_BYTES = 2 * MOST_BYTES


def plain(content: bytes) -> bytes:
    """Without its packing. Raises FileRefused."""
    if len(content) > MOST_BYTES:
        raise FileRefused(f"the file: it has more than {MOST_BYTES // 2**20} MB; cut it into smaller ones")
    try:
        found = unpacked(content, UNPACKED_BYTES)
    except PackingRefused as refusal:
        raise FileRefused(f"the file: {refusal}") from None
    if not found.strip():
        raise FileRefused("the file: it is empty")
    return found


def parse_file(content: bytes, file_format: FileFormat, defaults: Defaults) -> ParsedFile:
    """Raises FileRefused, and nothing else for whatever bytes."""
    text = plain(content)
    return entsoe.parse(text, defaults) if file_format is FileFormat.ENTSOE_XML else csv_prices.parse(text, defaults)
