"""The guard of a voltage experiment: the lowest voltage that a watched customer has."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import FloatArray

LEAST_KNOWN = 0.5  # share of the bellwethers that must tell


class GuardState(StrEnum):
    SAFE = "safe"
    NEAR = "near"  # nothing goes lower
    HIT = "hit"  # back to normal
    BLIND = "blind"  # too few tell: back to normal, for nobody knows


@dataclass(frozen=True, slots=True)
class Guard:
    """at: which bellwether is the lowest, -1 where none tells. room_pu: what is left above limit and margin."""

    state: GuardState
    lowest_pu: float
    at: int
    room_pu: float


def judged(voltage_pu: FloatArray, *, limit_pu: float, margin_pu: float, step_pu: float) -> Guard:
    """voltage_pu: of each bellwether, nan where it does not tell. step_pu: a step of the tap changer.

    HIT where the lowest is below limit + margin; NEAR where another step down would bring it there; BLIND where fewer
    than half of them tell and none of those that do is too low.
    """
    known = np.isfinite(voltage_pu)
    at = int(np.nanargmin(voltage_pu)) if known.any() else -1
    lowest = float(voltage_pu[at]) if at >= 0 else float("nan")
    room = lowest - (limit_pu + margin_pu)
    if room < 0:
        return Guard(GuardState.HIT, lowest, at, room)
    if not len(voltage_pu) or known.mean() < LEAST_KNOWN:
        return Guard(GuardState.BLIND, lowest, at, room)
    return Guard(GuardState.NEAR if room < step_pu else GuardState.SAFE, lowest, at, room)
