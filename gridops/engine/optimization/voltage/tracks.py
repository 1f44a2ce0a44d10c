"""Whole positions over a horizon that stay near wished ones, with few operations: the shortest way through the steps.

Dynamic programming over positions and the operations used so far, exact: each device by itself is a small affair.
"""

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import FloatArray, IntArray

STEP_WORTH = 0.05  # of an operation, in positions of distance: what it must bring nearer over all steps
OUTSIDE = 1e4  # of a position out of the device's range, in positions of distance

Cost = npt.NDArray[np.float64]  # (positions, operations used)


def track(wished: FloatArray, *, initial: int, most_operations: int, low: float, high: float) -> IntArray:
    """(T,) positions from low to high of one device with the least sum of distances to the wished ones.

    initial: position before the first step; from one outside the device comes inside as soon as it may. An operation is
    a move by one position.
    """
    positions = np.arange(min(int(low), initial), max(int(high), initial) + 1)
    outside = OUTSIDE * (np.maximum(positions - high, 0.0) + np.maximum(low - positions, 0.0))
    most = min(most_operations, len(wished) * (len(positions) - 1))
    cost = np.full((len(positions), most + 1), np.inf)
    cost[positions == initial, 0] = 0.0
    came_from = []
    for wish in wished.tolist():
        cost, before = _after_a_step(cost, np.abs(positions - wish) + outside)
        came_from.append(before)
    place, used = np.unravel_index(int(np.argmin(cost)), cost.shape)
    places = []
    for before in reversed(came_from):
        places.append(place)
        earlier = before[place, used]
        place, used = earlier, used - abs(place - earlier)
    return positions[places[::-1]].astype(np.int32)


def _after_a_step(cost: Cost, distance: FloatArray) -> tuple[Cost, IntArray]:
    """Least costs after one more step, and the position that each comes from."""
    count, most = cost.shape[0], cost.shape[1] - 1
    best, before = cost.copy(), np.tile(np.arange(count, dtype=np.int32)[:, None], (1, most + 1))
    for moves in range(1, min(count - 1, most) + 1):
        for way in (moves, -moves):
            here, there = slice(max(way, 0), count + min(way, 0)), slice(max(-way, 0), count - max(way, 0))
            reached = cost[there, : most + 1 - moves] + STEP_WORTH * moves
            cheaper = reached < best[here, moves:]
            best[here, moves:][cheaper] = reached[cheaper]
            before[here, moves:][cheaper] = np.broadcast_to(np.arange(count)[there, None], cheaper.shape)[cheaper]
    return best + distance[:, None], before
