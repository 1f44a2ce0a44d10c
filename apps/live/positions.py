import re

_TEXT = re.compile(r"\d{1,19}")
REMEDY = "Take the position from the last answer as it is, or leave it out to begin with a snapshot."


class BadPosition(ValueError):
    """Not a position of this journal, or one that it no longer reaches back to."""


def parse(text: str) -> int:
    """The number of the entry that a reader has come to."""
    position = int(text) if text.isascii() and _TEXT.fullmatch(text) else None
    if position is None or position >= 1 << 63:
        raise BadPosition(f"{text[:60]!r} is not a position. {REMEDY}")
    return position


BEGINNING = 0
