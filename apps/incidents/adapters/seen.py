"""From what was stored to arrays."""

import numpy as np

from apps.state import frames
from apps.state.choices import Position
from gridops.engine.network.model import BoolArray

__all__ = ["BoolArray", "shown_positions"]


def shown_positions(frame: bytes, otherwise: BoolArray) -> BoolArray:
    """Switches as a scan shows them; `otherwise` where it shows neither open nor closed."""
    state = frames.decode(frame).switch_state & 0b11
    known = np.isin(state, [int(Position.OPEN), int(Position.CLOSED)])
    return np.asarray(np.where(known, state == int(Position.CLOSED), otherwise), np.bool_)
