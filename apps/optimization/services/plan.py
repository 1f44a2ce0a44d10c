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


class Planner(Protocol):
    """How a desk plans; `progress` hears how many ways it has tried."""

    def __call__(self, live: Live, trouble: Trouble, *, progress: Callable[[int], None]) -> Plan: ...
