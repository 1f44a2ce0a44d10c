"""A switch that moved and that nobody had ordered to."""

from dataclasses import dataclass

OPEN, CLOSED = 0.0, 1.0
PROTECTING = frozenset({"Breaker", "Recloser", "Fuse"})
TRIPPED, RECLOSED, NOT_PROTECTION, CLOSED_BY_NOBODY = 0.3, 0.35, 0.8, 0.85


@dataclass(frozen=True, slots=True)
class Move:
    class_name: str
    value: float
    is_ordered: bool  # by dispatch, at the time
    is_by_crew: bool  # a plan's step told somebody on site to do it
    has_fault: bool  # protection or a loss of supply was told of there at the time
    opened_before: bool  # by itself, minutes ago: it may have been reclosed


def unordered(move: Move) -> tuple[float, str] | None:
    """Likelihood that it was somebody who must not, with the reason; None: it is explained."""
    if move.is_ordered or move.is_by_crew or move.value not in (OPEN, CLOSED):
        return None
    protects = move.class_name in PROTECTING
    if protects and move.value == OPEN:
        return None if move.has_fault else (TRIPPED, "it can trip by itself, and no fault was told of there")
    if protects and move.opened_before:
        return None if move.has_fault else (RECLOSED, "it can reclose by itself, and no fault was told of there")
    if move.value == CLOSED:
        return CLOSED_BY_NOBODY, "no order and no crew closed it, and it does not close by itself"
    return NOT_PROTECTION, "no order and no crew opened it, and it does not trip by itself"
