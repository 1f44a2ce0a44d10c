"""CSV as people write it; a row that cannot be read is a fault of that row and not of the file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.demand_response.adapters.faults import Fault, refuse

MOST_ROWS = 2_000_000
_LONGEST_FIELD = 20_000
_SEPARATORS = (";", "\t", "|", ",")


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: Mapping[str, str]


def rows_of(content: bytes, *, columns: Sequence[str], needed: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    """Columns that a file leaves out are empty. Raises FileRefused where the head cannot be understood."""
    text = _decoded(content)
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    names = _names(_next(reader, faults) or [], columns, needed)
    empty = dict.fromkeys(columns, "")
    while (fields := _next(reader, faults)) is not None:
        if reader.line_num > MOST_ROWS:
            raise refuse(f"more than {MOST_ROWS} rows; cut the file into smaller ones", row=reader.line_num)
        if len(fields) > len(names):
            told = (
                f"{len(fields)} fields where the first row has {len(names)}; put texts with a {separator!r} in quotes"
            )
            faults.append(Fault(reader.line_num, "", told))
        elif any(fields):
            yield Row(reader.line_num, empty | {name: one.strip() for name, one in zip(names, fields, strict=False)})


def _next(reader: "csv._reader", faults: list[Fault]) -> list[str] | None:  # type: ignore[name-defined]
    while True:
        try:
            return next(reader, None)
        except csv.Error as error:
            faults.append(Fault(reader.line_num, "", f"this is no row of CSV ({error}); write it again"))


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refuse("this is no UTF-8 text; save the file as CSV in UTF-8", row=line) from None
    if not text.strip():
        raise refuse("it is empty; the first row names the columns")
    return text.replace("\x00", "\ufffd")


def _names(given: list[str], columns: Sequence[str], needed: Sequence[str]) -> list[str]:
    names = [one.strip().lower() for one in given]
    if unknown := [one for one in names if one not in columns]:
        told = f"{unknown[0][:40]!r} is no known column; leave it out. There are {', '.join(columns)}"
        raise refuse(told, row=1)
    if missing := [one for one in needed if one not in names]:
        raise refuse(f"the column {missing[0]} is missing; the first row names the columns", row=1)
    if twice := [one for one in names if names.count(one) > 1]:
        raise refuse(f"the column {twice[0]} stands twice; leave one of them out", row=1)
    return names
