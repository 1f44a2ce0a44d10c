"""Parts that live without the grid, as apps above tell of them: state lies below and must not import who knows.

The network's own sources do not feed them, so that by topology alone they would be dead. No loss of supply is told of
them, and their flows are unknown unless they are measured.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class LivingIslands(Protocol):
    """By mRID of each node that lives without the grid: the name of what feeds it."""

    def __call__(self, *, as_of: datetime) -> Mapping[str, str]: ...


_tellers: dict[str, LivingIslands] = {}


def install(name: str, living: LivingIslands) -> None:
    """name: of who installs; again it takes the place of what it had installed."""
    _tellers[name] = living


def living_islands(*, as_of: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for living in _tellers.values():
        found |= living(as_of=as_of)
    return found
