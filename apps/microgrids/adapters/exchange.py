"""What goes over the coupling by the newest estimate of the network, where no meter at it tells."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.microgrids.adapters.parts import Part
from apps.state.choices import Supply
from apps.state.frames import Frame, supply_of


@dataclass(frozen=True, slots=True)
class Estimated:
    kw: float  # from the grid into the part
    at: datetime


def estimated_exchange(network: AssembledNetwork, frame: Frame, part: Part) -> Estimated | None:
    """By the line that ends at the switch and nowhere else. None where there is none, or its flow is not known."""
    found = _line_at(network, part.inner_node) or _line_at(network, part.outer_node)
    if found is None:
        return None
    line, is_from = found
    if supply_of(int(frame.line_status[line])) != Supply.LIVE:
        return None
    at_inner = _line_at(network, part.inner_node) is not None
    kw = float(frame.line_p_kw[line]) * (1.0 if is_from else -1.0) * (1.0 if at_inner else -1.0)
    return Estimated(kw, datetime.fromtimestamp(frame.as_of_ms / 1000, UTC)) if np.isfinite(kw) else None


def _line_at(network: AssembledNetwork, node: int) -> tuple[int, bool] | None:
    """The line whose end this node is, and whether it is the end where it begins."""
    lines = network.network.lines
    if not network.node.is_terminal[node]:
        return None
    for nodes, is_from in ((lines.from_node, True), (lines.to_node, False)):
        at = np.flatnonzero(nodes == node)
        if len(at):
            return int(at[0]), is_from
    return None
