from collections.abc import Sequence
from dataclasses import dataclass

from apps.demand_response.adapters.faults import Fault


@dataclass(frozen=True, slots=True)
class Found:
    """What a file would do. `why_useless`: there is nothing in it to import."""

    counts: dict[str, int]
    faults: Sequence[Fault]
    why_useless: str = ""

    @property
    def is_useful(self) -> bool:
        return not self.why_useless
