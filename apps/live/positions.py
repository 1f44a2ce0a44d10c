import re
from typing import NamedTuple

_TEXT = re.compile(r"(\d{1,20})\.(\d{1,19})")
REMEDY = "Take the position from the last answer as it is, or leave it out to begin with a snapshot."


class BadPosition(ValueError):
    """Not a position of this journal, or one that it no longer reaches back to."""


class Position(NamedTuple):
    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        match = _TEXT.fullmatch(text) if text.isascii() else None
        position = cls(int(match[1]), int(match[2])) if match else None
        if position is None or position.xid >= 1 << 64 or position.id >= 1 << 63:
            raise BadPosition(f"{text[:60]!r} is not a position. {REMEDY}")
        return position


BEGINNING = Position(0, 0)
