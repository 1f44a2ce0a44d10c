"""Bytes -> what they say, by the format of the feed."""

from collections.abc import Sequence

from apps.weather.adapters import csv_long, grib, open_meteo
from apps.weather.adapters.parsed import MOST_BYTES, FileRefused, ParsedRun, Place
from apps.weather.choices import FileFormat
from gridops.intake.packing import PackingRefused, unpacked

UNPACKED_BYTES = 2 * MOST_BYTES


def parse_file(content: bytes, file_format: FileFormat, places: Sequence[Place]) -> list[ParsedRun]:
    """Raises FileRefused, and nothing else for whatever bytes."""
    if len(content) > MOST_BYTES:
        raise FileRefused("the file", f"it has more than {MOST_BYTES // 2**20} MB; cut it into smaller ones")
    try:
        plain = unpacked(content, UNPACKED_BYTES)
    except PackingRefused as refusal:
        raise FileRefused("the file", str(refusal)) from None
    if not plain.strip():
        raise FileRefused("the file", "it is empty")
    if file_format is FileFormat.OPEN_METEO:
        return open_meteo.parse(plain)
    return csv_long.parse(plain) if file_format is FileFormat.CSV else grib.parse(plain, places)
