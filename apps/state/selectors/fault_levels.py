"""Short-circuit currents at a node, by the newest positions of all switches."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.state import frames
from apps.state.adapters.security import fault_levels, node_named
from apps.state.choices import Position
from apps.state.models import Solution

SOURCE_RX = 0.1


def levels_at(mrid: UUID, *, source_mva: float | None = None) -> dict[str, Any] | None:
    """None where the current network has no node of that mRID, nor a switch or consumer at one."""
    model = assets.current_model()
    if model is None:
        return None
    network = assets.assembled(model)
    node = network.node_at(str(mrid))
    if node is None:
        return None
    solution = Solution.objects.exclude(frame=b"").newest()
    known = solution is not None and solution.network_model_id == model.pk
    closed = _closed(network, bytes(solution.frame)) if solution and known else network.normal_closed
    power = source_mva or settings.SOURCE_SHORT_CIRCUIT_MVA
    (levels,) = fault_levels(network, closed, [node], source_mva=power, source_rx=SOURCE_RX)
    return {
        **{f"node_{name}": text for name, text in node_named(network, node).items()},
        "nominal_kv": float(network.network.nominal_kv[node]),
        "as_of": solution.as_of.isoformat() if solution and known else None,
        "levels": [asdict(level) for level in levels],
        "assumptions": _assumptions(power, is_given=source_mva is not None, is_live=known),
    }


def _closed(network: AssembledNetwork, frame: bytes) -> Any:
    state = frames.decode(frame).switch_state & 0b11
    known = np.isin(state, [int(Position.OPEN), int(Position.CLOSED)])
    return np.where(known, state == int(Position.CLOSED), network.normal_closed)


def _assumptions(power: float, *, is_given: bool, is_live: bool) -> list[str]:
    origin = "as asked" if is_given else "assumed for want of data"
    return [
        f"Sources: {power:,.0f} MVA each, R/X {SOURCE_RX:g}, {origin}.",
        "Motors and inverters feed nothing; taps stand in the middle.",
        "Least currents: lines at 80 °C. Faults to earth are left out: the model has no zero-sequence impedances.",
        *([] if is_live else ["No scan yet: switches in their normal positions."]),
    ]
