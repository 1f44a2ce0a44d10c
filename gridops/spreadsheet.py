"""CSV that people open in a spreadsheet: what somebody typed is never run as a formula, and reads back as it was."""

import csv
import re
from collections.abc import Iterable
from typing import Any, Protocol

# How a cell begins that a spreadsheet would run or skip, wide forms included, behind apostrophes or not.
_RUN = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_FIRST = frozenset("'=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Sink(Protocol):
    def write(self, text: str, /) -> object: ...


def guarded(value: object) -> object:
    """A text that would be run begins with an apostrophe, which a spreadsheet takes for 'this is a text'."""
    if not isinstance(value, str) or value[:1] not in _FIRST:
        return value
    if _NUMBER.fullmatch(value) or not _RUN.match(value):
        return value
    return f"'{value}"


def unguarded(text: str) -> str:
    """What `guarded` was given; any other text stays as it is."""
    return text[1:] if text.startswith("'") and _RUN.match(text) else text


class SheetWriter:
    """`csv.writer` with every cell guarded. It is the only way by which the apps write CSV."""

    def __init__(self, sink: Sink, *, lineterminator: str = "\r\n") -> None:
        self._writer = csv.writer(sink, lineterminator=lineterminator)

    def writerow(self, cells: Iterable[object]) -> Any:
        """What the sink made of the line."""
        return self._writer.writerow([guarded(cell) for cell in cells])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        self._writer.writerows([guarded(cell) for cell in cells] for cells in rows)
