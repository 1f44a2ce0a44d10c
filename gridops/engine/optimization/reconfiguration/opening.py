"""Sequential opening: from all branches closed, the one with the least current of any loop is opened, again and again.

Source: Shirmohammadi and Hong, IEEE Trans. Power Delivery 4(2), 1989: currents that follow resistances alone have the
least losses, and opening where they are least spoils that pattern least.
"""

from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import thin
from gridops.engine.optimization.radial_graph import ComplexArray

_LEAST_WEIGHT = 1e-12  # a loop of switches alone has no resistance


def open_by_least_current(
    loops: FloatArray,
    current: ComplexArray,
    weight: FloatArray,
    may_open: BoolArray,
) -> IntArray | None:
    """Open branches of a radial state, one for each row of `loops`; None if a loop has no branch that may be opened.

    current: of a radial state, (branches,).
    """
    left, chosen = loops.copy(), []
    weight = np.maximum(weight, _LEAST_WEIGHT)
    while len(left):
        across = thin(left * weight)
        current = current - thin(left.T) @ _solved(across @ thin(left.T), across @ current)
        on_loop = (left != 0).any(axis=0) & may_open
        if not on_loop.any():
            return None
        branch = int(np.argmin(np.where(on_loop, np.abs(current), np.inf)))
        chosen.append(branch)
        row = int(np.flatnonzero(left[:, branch])[0])
        current = current - left[row] * (current[branch] / left[row, branch])
        left = np.delete(left - np.outer(left[:, branch] / left[row, branch], left[row]), row, axis=0)
    return np.array(chosen, np.int32)


def _solved(matrix: Any, values: ComplexArray) -> ComplexArray:
    if not isinstance(matrix, csr_array):
        return np.asarray(np.linalg.solve(matrix, values), np.complex128)
    factor = splu(csc_array(matrix))
    return np.asarray(factor.solve(values.real) + 1j * factor.solve(values.imag), np.complex128)
