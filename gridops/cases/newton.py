"""Newton's method for a network in which groups of machines hold voltages; see balance.py."""

import math
import warnings
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import spsolve

BASE_KVA: Final = 1e5
_TOLERANCE_PU: Final = 1e-9
_MOST_STEPS: Final = 40

Complex = npt.NDArray[np.complex128]
Float = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Control:
    """A device that holds the voltage of a node; its reactive production lies between low and high."""

    device: str  # mrid
    node: str
    held_node: str
    target_pu: float
    low_kvar: float
    high_kvar: float


class Holding:
    """Groups of machines that hold one bus, sharing its reactive power by their ranges."""

    def __init__(self, bus: Mapping[str, int], count: int, controls: Sequence[Control]) -> None:
        by_bus: dict[int, list[Control]] = defaultdict(list)
        for each in controls:
            by_bus[bus[each.held_node]].append(each)
        self.bus = np.array(sorted(by_bus), dtype=np.int64)
        self.target = np.array([by_bus[held][0].target_pu for held in self.bus])
        self.members = [by_bus[held] for held in self.bus]
        self.shares = [_shares(members) for members in self.members]
        entries = [
            (bus[each.node], group, share)
            for group, members in enumerate(self.members)
            for each, share in zip(members, self.shares[group], strict=True)
        ]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (count, len(self.bus))
        self.share = sparse.csr_matrix((values, (rows, columns)), shape=shape)

    def produced(self, group_q: Float) -> dict[str, float]:
        return {
            each.device: float(share * q * BASE_KVA)
            for members, shares, q in zip(self.members, self.shares, group_q, strict=True)
            for each, share in zip(members, shares, strict=True)
        }


def _shares(members: Sequence[Control]) -> list[float]:
    room = [each.high_kvar - each.low_kvar for each in members]
    total = sum(room)
    return [each / total for each in room] if 0 < total < math.inf else [1 / len(room)] * len(room)


def newton(
    admittance: Any, sources: Collection[int], power: Complex, holding: Holding, start: Complex
) -> tuple[Complex, dict[str, float]] | None:
    y = admittance
    free = np.array([bus for bus in range(len(power)) if bus not in sources], dtype=np.int64)
    angle, size = np.angle(start), np.abs(start)
    size[holding.bus] = holding.target
    group_q = np.zeros(len(holding.bus))
    for _ in range(_MOST_STEPS):
        voltage = size * np.exp(1j * angle)
        current = y @ voltage
        mismatch = voltage * np.conj(current) - power - 1j * (holding.share @ group_q)
        off = size[holding.bus] - holding.target
        wrong = np.concatenate([mismatch[free].real, mismatch[free].imag, off])
        if not np.isfinite(wrong).all():
            return None
        if np.abs(wrong).max(initial=0.0) < _TOLERANCE_PU:
            return voltage, holding.produced(group_q)
        step = _step(_jacobian(y, voltage, current, free, holding), wrong)
        if step is None:
            return None
        n = len(free)
        angle[free] -= step[:n]
        size[free] -= step[n : 2 * n]
        group_q -= step[2 * n :]
    return None


def _step(jacobian: Any, wrong: Float) -> Float | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Float = spsolve(jacobian, wrong)
    return found if np.isfinite(found).all() else None


def _jacobian(y: Any, voltage: Complex, current: Complex, free: Any, holding: Holding) -> Any:
    diagonal, unit = sparse.diags(voltage), sparse.diags(voltage / np.abs(voltage))
    by_angle = (1j * diagonal @ (sparse.diags(current) - y @ diagonal).conj()).tocsr()[free][:, free]
    by_size = (diagonal @ (y @ unit).conj() + sparse.diags(current.conj()) @ unit).tocsr()[free][:, free]
    n, m = len(free), len(holding.bus)
    column = np.full(len(voltage), -1)
    column[free] = np.arange(n)
    held = sparse.csr_matrix((np.ones(m), (np.arange(m), column[holding.bus])), shape=(m, n))
    rows = [
        [by_angle.real, by_size.real, sparse.csr_matrix((n, m))],
        [by_angle.imag, by_size.imag, -holding.share[free]],
        [sparse.csr_matrix((m, n)), held, None if m else sparse.csr_matrix((0, 0))],
    ]
    if not m:
        rows = [row[:2] for row in rows[:2]]
    return sparse.bmat(rows, format="csc")
