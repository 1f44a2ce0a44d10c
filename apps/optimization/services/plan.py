from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.dispatch.models import Trouble
from apps.dispatch.services.proposals import Draft
from apps.dispatch.services.scenes import Live


@dataclass(frozen=True, slots=True)
class Plan:
    """What one desk has to say to one trouble."""

    desk: str
    drafts: Sequence[Draft]
    tried: int
    sentence: str  # for people, above all where nothing was found


class Desk(Protocol):
    """Made anew for each run, so that it can keep what serves several troubles. `progress`: ways tried so far."""

    def plan(self, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan: ...


# From the live state to a desk that looks at it.
MakeDesk = Callable[[Live], Desk]
