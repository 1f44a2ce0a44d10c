"""Questions to the objects of a CGMES source, and the list of what is wrong with them."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

from gridops.cases.case import Problem, Severity
from gridops.cases.cgmes.rdf import Graph, Thing

# Identities that are no UUID (older exports) are hashed into this namespace, alike in every reading.
_NAMESPACE: Final = UUID("b1c5bd6b-7e0c-5f0b-8b59-2d9f0f6f2c1d")
BEYOND: Final = 1e5  # MVA, Mvar: numbers above it stand for "no limit"

_WHERE: Final = {
    "BaseVoltage": "a BaseVoltage is usually in the equipment boundary file (EQBD): add it to the source",
    "TopologicalNode": "a TopologicalNode is in the topology file (TP) or, at a border, in that of the boundary (TPBD)",
    "ConnectivityNode": "a ConnectivityNode is in EQ or, at a border, in the boundary's equipment file (EQBD): add it",
}


class Model:
    """Typed look-ups; what is missing or unreadable is noted as an error and answered with a harmless value."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.problems: list[Problem] = []
        self._dangling: dict[tuple[str, str], list[Thing]] = defaultdict(list)
        self._by_kind: dict[str, list[Thing]] = defaultdict(list)
        for thing in graph.things.values():
            if thing.defined:
                self._by_kind[thing.kind].append(thing)

    def all(self, *kinds: str) -> list[Thing]:
        return [thing for kind in kinds for thing in self._by_kind.get(kind, ())]

    def kinds(self) -> Iterable[str]:
        return self._by_kind.keys()

    def get(self, identity: str | None) -> Thing | None:
        thing = self.graph.things.get(identity) if identity else None
        return thing if thing is not None and thing.defined else None

    def ref(self, thing: Thing, key: str) -> Thing | None:
        """What an optional reference points to; None where it is absent or points nowhere."""
        return self.get(thing.values.get(key))

    def needed(self, thing: Thing, key: str) -> Thing | None:
        """The same for a reference that must lead somewhere; a dangling one is an error."""
        identity = thing.values.get(key)
        found = self.get(identity)
        target = key.rsplit(".", 1)[-1]
        if found is None and identity:
            self._dangling[target, identity].append(thing)
        elif found is None:
            self.error("dangling-reference", thing, f"in {thing.file} has no {target}; {_where(target)}")
        return found

    def errors(self) -> list[Problem]:
        """All errors up to now; an object that is missing is named once, however many refer to it."""
        found = [each for each in self.problems if each.severity is Severity.ERROR]
        for (target, identity), things in self._dangling.items():
            text = f"is in none of the files, but {len(things)} objects refer to it, as {things[0].label} in "
            text += f"{things[0].file}; {_where(target)}"
            found.append(Problem(Severity.ERROR, "dangling-reference", f"{target} {identity}", text))
        return list(dict.fromkeys(found))

    def number(self, thing: Thing, key: str, default: float = 0.0) -> float:
        text = thing.values.get(key)
        if text is None or text == "":
            return default
        try:
            return float(text)
        except ValueError:
            self.error("not-a-number", thing, f"in {thing.file} has {key} = '{text[:40]}', which is no number")
            return default

    def finite(self, thing: Thing, key: str) -> float:
        """A number of an impedance or ratio, 0 where it is absent; infinite or no number is an error."""
        value = self.number(thing, key)
        if math.isfinite(value):
            return value
        self.error("not-finite", thing, f"in {thing.file} has {key} = {value}, which cannot be used; correct it")
        return 0.0

    def bounded(self, thing: Thing, key: str, default: float) -> float:
        """A number, or the default where the source says 'no limit' with a very large one."""
        value = self.number(thing, key, default)
        return value if abs(value) < BEYOND else default

    def whole(self, thing: Thing, key: str, default: int = 0) -> int:
        value = self.number(thing, key, float(default))
        return round(value) if math.isfinite(value) else default

    def flag(self, thing: Thing, key: str, default: bool) -> bool:
        text = thing.values.get(key, "").lower()
        return default if text not in {"true", "false"} else text == "true"

    def error(self, code: str, thing: Thing, text: str) -> None:
        self.problems.append(Problem(Severity.ERROR, code, thing.label, text))

    def warn(self, code: str, element: str, text: str) -> None:
        self.problems.append(Problem(Severity.WARNING, code, element, text))

    def note(self, code: str, element: str, text: str) -> None:
        self.problems.append(Problem(Severity.INFO, code, element, text))


def _where(target: str) -> str:
    return _WHERE.get(target, f"the {target} must be in the equipment file (EQ): export the files again, together")


def mrid_of(thing: Thing, part: str = "") -> str:
    """The mRID itself where it is a UUID (the rdf:ID, else the mRID attribute); else a UUID made from it."""
    for text in (thing.id, thing.values.get("IdentifiedObject.mRID", "").removeprefix("_")):
        found = as_uuid(text)
        if found:
            return str(uuid5(UUID(found), part)) if part else found
    return str(uuid5(_NAMESPACE, f"{thing.id}/{part}" if part else thing.id))


def as_uuid(text: str) -> str:
    """The canonical form of a UUID in text, or an empty string."""
    compact = text.replace("-", "")
    if len(compact) != 32 or len(text) not in {32, 36}:
        return ""
    try:
        return str(UUID(compact))
    except ValueError:
        return ""
