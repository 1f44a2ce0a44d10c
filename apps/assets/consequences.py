"""What a change of the network means to apps above this one, which cannot be imported here: they register a witness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between two versions, as far as it matters to others."""

    removed: Sequence[UUID]
    added: Sequence[UUID]
    added_switches: Sequence[UUID]
    switched: Sequence[UUID]  # their normal position changed


@dataclass(frozen=True, slots=True)
class Consequence:
    text: str  # one plain sentence with a number
    names: Sequence[str] = ()  # the first of those it speaks of


class Witness(Protocol):
    def __call__(self, changed: Changed) -> Sequence[Consequence]: ...


_witnesses: list[Witness] = []


def register(witness: Witness) -> None:
    if witness not in _witnesses:
        _witnesses.append(witness)


def consequences(changed: Changed) -> list[Consequence]:
    return [found for witness in _witnesses for found in witness(changed)]
