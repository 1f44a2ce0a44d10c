"""Sequential opening: from all branches closed, the one with the least current of any loop is opened, again and again.

Source: Shirmohammadi and Hong, IEEE Trans. Power Delivery 4(2), 1989: currents that follow resistances alone have the
least losses, and opening where they are least spoils that pattern least.
"""

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import ComplexArray

_LEAST_WEIGHT = 1e-12  # a loop of switches alone has no resistance


def open_by_least_current(
    loops: FloatArray,
    current: ComplexArray,
    weight: FloatArray,
    may_open: BoolArray,
    generator: np.random.Generator | None = None,
    spread: float = 0.0,
) -> IntArray | None:
    """Open branches of a radial state, one for each row of `loops`; None if a loop has no branch that may be opened.

    current: of a radial state, (branches,). With a generator the currents are blurred by a factor exp(spread N(0, 1)).
    """
    left, chosen = loops.copy(), []
    weight = np.maximum(weight, _LEAST_WEIGHT)
    while len(left):
        current = current - left.T @ np.linalg.solve((left * weight) @ left.T, (left * weight) @ current)
        size = np.abs(current)
        if generator is not None:
            size = size * np.exp(spread * generator.standard_normal(len(size)))
        on_loop = (left != 0).any(axis=0) & may_open
        if not on_loop.any():
            return None
        branch = int(np.argmin(np.where(on_loop, size, np.inf)))
        chosen.append(branch)
        row = int(np.flatnonzero(left[:, branch])[0])
        current = current - left[row] * (current[branch] / left[row, branch])
        left = np.delete(left - np.outer(left[:, branch] / left[row, branch], left[row]), row, axis=0)
    return np.array(chosen, np.int32)
