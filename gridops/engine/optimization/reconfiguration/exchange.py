"""Which exchanges of open branches promise to lower the losses, judged with the node currents held.

With node currents that do not change, the loss of any state is a quadratic form of the currents round its loops, so
that all single and all double exchanges are ranked by a few products. What is promised is verified by a power flow.
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.radial import thin
from gridops.engine.optimization.radial_graph import ComplexArray

NOTHING = 1e-12


def single_exchanges(loops: FloatArray, current: ComplexArray, weight: FloatArray) -> FloatArray:
    """(loops, branches) change of sum weight |current|^2 if the loop's open branch is closed and this one opened.

    inf where the branch is not on the loop or is the open one itself.
    """
    drive = thin(loops * weight) @ current
    own = (loops**2) @ weight
    change = own[:, None] * np.abs(current) ** 2 - 2 * loops * np.real(np.conj(current) * drive[:, None])
    return np.where(loops != 0, change, np.inf)


def double_exchanges(
    loops: FloatArray, current: ComplexArray, weight: FloatArray, open_branches: IntArray, may_open: BoolArray
) -> Iterator[tuple[int, int, IntArray, FloatArray]]:
    """For every two loops that share a branch: their numbers, the branches on them, and the change for each two."""
    across = thin(loops * weight)
    shared, drive = across @ thin(loops.T), across @ current
    shared = shared.toarray() if isinstance(shared, csr_array) else shared
    usable = may_open.copy()
    usable[open_branches] = False
    for s, t in zip(*np.triu_indices(len(loops), 1), strict=True):
        if not (loops[s] * loops[t]).any():
            continue
        branches = np.flatnonzero(((loops[s] != 0) | (loops[t] != 0)) & usable).astype(np.int32)
        form = shared[s, s], shared[t, t], shared[s, t], drive[s], drive[t]
        yield int(s), int(t), branches, _pairs(loops[s, branches], loops[t, branches], current[branches], form)


def _pairs(
    a: FloatArray, b: FloatArray, current: ComplexArray, form: tuple[float, float, float, complex, complex]
) -> FloatArray:
    """(k, k) change if two of the branches are opened; inf below the diagonal and where the state is not radial."""
    ss, tt, st, drive_s, drive_t = form
    determinant = np.outer(a, b) - np.outer(b, a)
    radial = np.triu(np.abs(determinant) > 0.5)
    one, other = current[:, None], current[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        round_s = -(b[None, :] * one - b[:, None] * other) / determinant
        round_t = -(a[:, None] * other - a[None, :] * one) / determinant
        change = 2 * np.real(np.conj(round_s) * drive_s + np.conj(round_t) * drive_t)
        change += ss * np.abs(round_s) ** 2 + tt * np.abs(round_t) ** 2
        change += 2 * st * np.real(np.conj(round_s) * round_t)
    return np.where(radial, change, np.inf)
