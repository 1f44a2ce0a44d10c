"""What the newest scan says of switches."""

from typing import Any

import numpy as np

from apps.assets.models import Switch
from apps.state import frames
from apps.state.models import Solution

_POSITIONS = ("open", "closed", "intermediate", "unknown")


def off_normal_switches() -> list[dict[str, Any]]:
    """Those that do not stand where the model's normal state has them, by the newest scan that has a frame."""
    solution = Solution.objects.exclude(frame=b"").order_by("-id").first()
    if solution is None:
        return []
    state = frames.decode(bytes(solution.frame)).switch_state
    off = np.flatnonzero(state & frames.OFF_NORMAL_SWITCH)
    rows = Switch.objects.filter(model_id=solution.network_model_id, index__in=off.tolist()).order_by("name")
    return [
        {
            "mrid": str(switch.mrid),
            "name": switch.name,
            "kind": switch.kind,
            "position": _POSITIONS[state[switch.index] & 0b11],
            "normal": "closed" if switch.normal_closed else "open",
            "is_stale": bool(state[switch.index] & frames.STALE_SWITCH),
        }
        for switch in rows
    ]
