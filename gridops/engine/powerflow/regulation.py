"""Taps as their regulators would leave them: each holds the voltage of its low side."""

from collections.abc import Callable

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.powerflow.state import GridState

_MOST_ROUNDS = 12


def settled_taps(
    network: Network,
    solve: Callable[[IntArray], GridState],
    *,
    tap_position: IntArray,
    is_regulating: BoolArray,
    target_pu: FloatArray,
) -> tuple[GridState, IntArray]:
    """Solve until no regulator would move, at most a dozen times; the last state and its taps.

    solve: the state for one set of taps. tap_position, is_regulating, target_pu: one per transformer; the target is of
    the low node. A regulator stays where the voltage is within half a step of its target. A state that does not
    converge is returned as it is.
    """
    t = network.transformers
    taps = np.clip(tap_position, t.tap_min, t.tap_max).astype(np.int32)
    moves = is_regulating & (t.tap_step_percent > 0)
    state = solve(taps)
    for _ in range(_MOST_ROUNDS):
        missing = target_pu - state.voltage_pu[t.low_node]
        steps = np.zeros(len(taps))
        known = moves & np.isfinite(missing)
        steps[known] = np.rint(100 * missing[known] / t.tap_step_percent[known])
        # More turns on the high side lower the voltage of the low side.
        wanted = np.clip(np.where(t.tap_on_high_side, taps - steps, taps + steps), t.tap_min, t.tap_max)
        if not state.converged or (wanted == taps).all():
            break
        taps = wanted.astype(np.int32)
        state = solve(taps)
    return state, taps
