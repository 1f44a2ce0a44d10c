"""CSV as people write it, row by row: separators, encodings, numbers with commas or points, times of a local clock."""

import csv
import io
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from apps.markets.adapters.parsed import MOST_VALUES, FileRefused, instant

FIRST_ROW = 2  # the names stand in the first
MISSING: Final = frozenset({"", "-", "na", "nan", "null", "none", "n/a", "n/e"})
_SEPARATORS: Final = (";", "\t", "|", ",")
_GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})[ T]+(\d{1,2}:\d{2}(?::\d{2})?)")
_DURATION: Final = re.compile(r"(?:pt)?(\d{1,4})\s*(m|min|h)?")
_LONGEST_LINE: Final = 10_000


def rows_of(content: bytes, *, names: dict[str, str], needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the row and its fields by column. names: what a column may be called, and is. Raises FileRefused."""
    text = _decoded(content)
    separator = _separator(text.partition("\n")[0])
    reader = csv.reader(_lines(text), delimiter=separator, skipinitialspace=True)
    try:
        columns = _columns(next(reader, []), names, needed)
        for number, fields in enumerate(reader, start=FIRST_ROW):
            if number > MOST_VALUES:
                raise FileRefused(f"row {number}: more than {MOST_VALUES} rows; cut the file into smaller ones")
            if any(field.strip() for field in fields):
                yield number, _row(fields, columns, number)
    except csv.Error as error:
        raise FileRefused(f"row {reader.line_num}: this is no CSV ({error}); save it as CSV in UTF-8") from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(f"byte {error.start}: this is no UTF-8 text; save the file as CSV in UTF-8") from None


def _lines(text: str) -> Iterator[str]:
    for count, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > _LONGEST_LINE:
            raise FileRefused(f"row {count}: it has more than {_LONGEST_LINE} letters; this is no table of values")
        yield line


def _separator(names: str) -> str:
    return max(_SEPARATORS, key=names.count) if any(one in names for one in _SEPARATORS) else ","


def _columns(given: list[str], names: dict[str, str], needed: tuple[str, ...]) -> list[str]:
    words = [one.strip().lower() for one in given]
    if unknown := [one for one in words if one not in names]:
        known = ", ".join(sorted(set(names.values())))
        raise FileRefused(f"row 1: {unknown[0][:40]!r} is no known column; leave it out. There are {known}")
    columns = [names[one] for one in words]
    if missing := [one for one in needed if one not in columns]:
        raise FileRefused(f"row 1: the column {missing[0]} is missing; the first row names the columns")
    if twice := [one for one in columns if columns.count(one) > 1]:
        raise FileRefused(f"row 1: the column {twice[0]} stands twice; leave one of them out")
    return columns


def _row(fields: list[str], columns: list[str], number: int) -> dict[str, str]:
    if len(fields) > len(columns):
        raise FileRefused(
            f"row {number}: it has {len(fields)} fields and the first row {len(columns)} columns; with decimal commas "
            "put semicolons between the columns"
        )
    return dict.fromkeys(columns, "") | {name: one.strip() for name, one in zip(columns, fields, strict=False)}


def number(text: str) -> float:
    """nan where nothing stands. Raises ValueError with the reason."""
    plain = text.replace("\u2212", "-").replace("\u00a0", "").replace(" ", "")
    if plain.lower() in MISSING:
        return math.nan
    if "," in plain and "." in plain:  # the last one is the decimal sign
        thousands, decimal = (".", ",") if plain.rfind(",") > plain.rfind(".") else (",", ".")
        plain = plain.replace(thousands, "").replace(decimal, ".")
    else:
        plain = plain.replace(",", ".")
    try:
        value = float(plain) if "_" not in plain else math.inf
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is no number; write one like 42.5, or nothing where it is missing")
    return value


def minutes(text: str) -> int:
    """PT15M, 15, 15min, 1h or PT1H. Raises ValueError."""
    found = _DURATION.fullmatch(text.lower())
    if not found:
        raise ValueError(f"{text[:20]!r} is no resolution; write PT15M or PT60M")
    return int(found[1]) * (60 if found[2] == "h" else 1)


def stamp(text: str) -> datetime:
    """Without offset where the text has none. Raises ValueError."""
    german = _GERMAN.fullmatch(text)
    try:
        if german:
            day, month, year, clock = german.groups()
            return datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{clock:0>5}")
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} is no time; write one like 2026-03-10T06:00Z, or 2026-03-10 06:00 by the local clock"
        ) from None


class LocalClock:
    """Rows of one series by a clock that is put forward and back: of two equal times in the night that has 25 hours the
    first is the earlier; a time that the clock skips is no time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._seen: dict[datetime, int] = {}

    def instant(self, moment: datetime) -> datetime:
        """In UTC. Raises ValueError with the reason."""
        if moment.tzinfo is not None:
            return instant(moment)
        count = self._seen.get(moment, 0)
        self._seen[moment] = count + 1
        first, second = (moment.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if instant(first).astimezone(self._zone).replace(tzinfo=None) != moment:
            raise ValueError(f"{moment:%Y-%m-%d %H:%M} does not exist in {self._zone.key}: the clock skips it")
        is_doubled = first.utcoffset() != second.utcoffset()
        if count > (1 if is_doubled else 0):
            raise ValueError(f"{moment:%Y-%m-%d %H:%M} stands in the file already; leave one of the rows out")
        return instant(second if count else first).astimezone(UTC)
