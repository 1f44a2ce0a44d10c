"""Whole positions over a horizon that stay near wished ones, with few operations: a small program for each device."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.solver import Program, Solved, solve

Index = npt.NDArray[np.signedinteger]
STEP_WORTH = 0.05  # of an operation, in positions of distance: what it must bring nearer over all steps


def track(
    wished: FloatArray, *, initial: int, most_operations: int, low: float, high: float, seconds: float = 5.0
) -> tuple[IntArray, Solved]:
    """(T,) positions of one device with the least sum of distances to the wished ones.

    Where the solver ends without an answer, the device stays as near as its operations allow to the middle wish.
    """
    solved = solve(_program(wished, initial, most_operations, low, high), seconds=seconds, gap=1e-3)
    if solved.ok:
        return np.rint(solved.x[: len(wished)]).astype(np.int32), solved
    middle = np.clip(np.rint(np.median(wished)), initial - most_operations, initial + most_operations)
    return np.full(len(wished), int(np.clip(middle, low, high)), np.int32), solved


def _program(wished: FloatArray, initial: int, most: int, low: float, high: float) -> Program:
    """Columns: position, distance, operations, each per step."""
    steps = len(wished)
    each, one = np.arange(steps), np.ones(steps)
    blocks, limits = [], []
    for way in (1.0, -1.0):  # distance >= way * (position - wished)
        blocks.append(_block([(each, each, -way * one), (each, steps + each, one)], steps))
        limits.append(-way * wished)
    for way in (1.0, -1.0):  # operations >= way * (position - position before)
        entries = [(each, each, -way * one), (each, 2 * steps + each, one), (each[1:], each[:-1], way * one[1:])]
        blocks.append(_block(entries, steps))
        limits.append(np.where(each == 0, -way * initial, 0.0))
    blocks.append(_block([(0 * each, 2 * steps + each, -one)], steps)[:1])
    limits.append(np.array([-float(most)]))
    matrix = np.vstack([block.toarray() for block in blocks])
    row_lower = np.concatenate(limits)
    zero = np.zeros(steps)
    return Program.of(
        cost=np.concatenate([zero, one, STEP_WORTH * one]),
        lower=np.concatenate([np.full(steps, low), zero, zero]),
        upper=np.concatenate([np.full(steps, high), np.full(2 * steps, np.inf)]),
        matrix=csr_array(matrix),
        row_lower=row_lower,
        row_upper=np.full(len(row_lower), np.inf),
        integer=np.concatenate([one, zero, zero]).astype(np.bool_),
    )


def _block(entries: list[tuple[Index, Index, FloatArray]], steps: int) -> csr_array:
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    return csr_array(coo_array((value, (row, column)), shape=(steps, 3 * steps)))
