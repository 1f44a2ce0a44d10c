"""Where the points of a model stand, which depends on the counts that the device itself tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Field:
    """One point: registers from `offset` (0 is the register of the model's number) and the scale that belongs to it."""

    offset: int
    words: int
    kind: str
    scale: "Field | int | None" = None  # a point of kind sunssf, or the exponent itself


@dataclass
class _Walk:
    words: Sequence[int]
    fields: dict[str, Field]
    at: int = 0

    def group(self, group: Mapping[str, Any], prefix: str, scales: Mapping[str, Field]) -> None:
        own = dict(scales)
        pending = []
        for point in group.get("points", ()):
            field = Field(self.at, point["size"], point["type"])
            if point["type"] == "sunssf":
                own[point["name"]] = field
            pending.append((prefix + point["name"], field, point.get("sf")))
            self.at += point["size"]
        for path, field, scale in pending:
            self.fields[path] = Field(field.offset, field.words, field.kind, _scale(scale, own))
        for inner in group.get("groups", ()):
            self._repeated(inner, prefix, own)

    def _repeated(self, inner: Mapping[str, Any], prefix: str, scales: Mapping[str, Field]) -> None:
        wanted = self._count(inner.get("count", 1), prefix)
        number = 0
        while self.at < len(self.words) and (wanted is None or number < wanted):
            number += 1
            before = self.at
            index = "" if "count" not in inner else f"[{number}]"
            self.group(inner, f"{prefix}{inner['name']}{index}.", scales)
            if self.at == before or self.at > _LONGEST:
                return

    def _count(self, count: int | str, prefix: str) -> int | None:
        """None: as many as the model has room for."""
        if isinstance(count, int):
            return count or None
        for path in (prefix + count, count):
            field = self.fields.get(path)
            if field is not None and field.offset < len(self.words):
                told = self.words[field.offset]
                return 0 if told == 0xFFFF else told
        return 0


def _scale(name: str | int | None, scales: Mapping[str, Field]) -> Field | int | None:
    if isinstance(name, str) and not name.lstrip("-").isdigit():
        return scales.get(name)
    return None if name is None else int(name)


def layout(group: Mapping[str, Any], words: Sequence[int]) -> dict[str, Field]:
    """Points by path, such as W or Prt[2].DCW, as far as they lie within the words of the model."""
    walk = _Walk(words, {})
    walk.group(group, "", {})
    return {path: field for path, field in walk.fields.items() if field.offset + field.words <= len(words)}
