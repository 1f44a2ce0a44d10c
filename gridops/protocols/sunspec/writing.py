"""The other direction: numbers into the registers of a model, to set a point or to be the device."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridops.protocols.sunspec.definitions import definition
from gridops.protocols.sunspec.layout import Field, layout
from gridops.protocols.sunspec.values import FORMATS, NOT_IMPLEMENTED, scale_of

_LONGEST = 2_000  # registers of any model that is made here
_TEXT, _PADDING = "string", "pad"
_COUNTS = frozenset({"count", "uint16"})
_NO_PADDING = 0x8000


def words_of(field: Field, value: float | None, words: Sequence[int]) -> list[int]:
    """The registers that say it; None: that the device does not have it. `words`: of the model, for its scale factor.

    A value between two that the scale can say is rounded. Raises ValueError for one that the point cannot hold.
    """
    form = FORMATS.get(field.kind)
    if form is None:
        raise ValueError(f"a point of kind {field.kind} holds no number")
    if value is None:
        raw: float = NOT_IMPLEMENTED.get(field.kind, float("nan"))
    else:
        exponent = scale_of(field, words)
        if exponent is None:
            raise ValueError("the device does not tell its scale factor")
        raw = value / 10.0**exponent if exponent >= 0 else value * 10.0**-exponent
    try:
        octets = struct.pack(form, raw if form[1] in "fd" else round(raw))
    except (struct.error, OverflowError, ValueError):
        raise ValueError(f"{value:g} does not fit into a point of kind {field.kind}") from None
    return [int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2)]


@dataclass(frozen=True, slots=True)
class Block:
    """One model as a device holds it; `words` begin with its number and length."""

    number: int
    fields: Mapping[str, Field]
    words: list[int]

    def put(self, path: str, value: float | None) -> None:
        """Raises KeyError for a point that the model does not have, ValueError as `words_of`."""
        field = self.fields[path]
        self.words[field.offset : field.offset + field.words] = words_of(field, value, self.words)

    def write(self, path: str, text: str) -> None:
        field = self.fields[path]
        octets = text.encode("ascii", "replace")[: 2 * field.words].ljust(2 * field.words, b"\0")
        self.words[field.offset : field.offset + field.words] = [
            int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2)
        ]


def block(number: int, values: Mapping[str, float]) -> Block:
    """A model in which nothing is implemented but these: counts, scale factors and what never changes.

    Counts and scale factors must stand before what they count and scale. Raises UnknownModel or KeyError.
    """
    group = definition(number)
    words = [0] * _LONGEST
    for path, value in values.items():
        field = layout(group, words).get(path)
        if field is not None and field.kind in _COUNTS:
            words[field.offset] = int(value)  # it may be a count, on which the places of all others hang
    fields = layout(group, words)
    made = Block(number, fields, words[: max(field.offset + field.words for field in fields.values())])
    for field in fields.values():
        _blank(made.words, field)
    made.words[0], made.words[1] = number, len(made.words) - 2
    for path, value in values.items():
        if fields[path].kind == "sunssf":
            made.put(path, value)
    for path, value in values.items():
        made.put(path, value)
    return made


def _blank(words: list[int], field: Field) -> None:
    if field.kind == _TEXT:
        filler = [0] * field.words
    elif field.kind.startswith(_PADDING):
        filler = [_NO_PADDING] * field.words
    else:
        filler = words_of(field, None, words) if field.kind in FORMATS else [0] * field.words
    words[field.offset : field.offset + field.words] = filler
