from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LookAhead:
    """Of a switch all of it; of a tap or a set-point only what the power flow says."""

    customers_lost: int = 0
    customers_gained: int = 0
    kw_lost: float = 0.0
    kw_gained: float = 0.0
    nodes_lost: int = 0
    nodes_gained: int = 0
    is_bypassed: bool = False
    closes_ring: bool = False
    opens_ring: bool = False
    joins_islands: bool = False
    joins_live: bool = False
    energises: bool = False
    angle_deg: float | None = None  # across the open switch
    voltage_difference_percent: float | None = None
    current_a: float | None = None  # through the closed switch: after closing, before opening
    unknown_near: Sequence[str] = ()
    earthed_energised: Sequence[str] = ()
    held_energised: Sequence[str] = ()
    faulted_energised: Sequence[str] = ()  # sentences
    solved: bool = False
    unsolved_reason: str = ""
    limits_gained: Sequence[dict[str, Any]] = ()
    limits_lost: Sequence[dict[str, Any]] = ()
    figures_before: dict[str, Any] | None = None
    figures_after: dict[str, Any] | None = None
