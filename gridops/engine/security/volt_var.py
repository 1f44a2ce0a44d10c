"""The reactive power that an inverter gives by the voltage at its terminals, found for many power flows at once.

Source of the shape: IEEE 1547-2018, table 8 (category B), where four points are joined by straight lines.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

ROUNDS = 12
SETTLED = 1e-3  # of the rating


@dataclass(frozen=True, slots=True)
class VoltVar:
    """Rising voltages and what is given there, in parts of the active power that is installed; feeding in positive."""

    voltage_pu: tuple[float, ...]
    share: tuple[float, ...]

    def at(self, voltage_pu: FloatArray) -> FloatArray:
        return np.asarray(np.interp(voltage_pu, self.voltage_pu, self.share), np.float64)


CATEGORY_B = VoltVar((0.92, 0.98, 1.02, 1.08), (0.44, 0.0, 0.0, -0.44))


def settled_shares(
    curve: VoltVar, begin_pu: FloatArray, voltage_with: Callable[[IntArray, FloatArray], FloatArray]
) -> BoolArray:
    """Tries shares until each inverter gives what its own voltage asks for; tells for which that was found.

    begin_pu: voltages to begin from. voltage_with: the voltages that follow from shares of some inverters, given by
    their positions; nan where nothing was solved. More reactive power raises the voltage and a higher voltage asks for
    less, so there is one answer: the secant through the last two tries finds it, kept inside what was found too much
    and too little.
    """
    least, most = np.full(len(begin_pu), min(curve.share)), np.full(len(begin_pu), max(curve.share))
    share = curve.at(begin_pu)
    before, error_before = share.copy(), np.full(len(share), np.nan)
    settled = np.zeros(len(share), np.bool_)
    rows = np.arange(len(share), dtype=np.int32)
    for _ in range(ROUNDS):
        error = curve.at(voltage_with(rows, share[rows])) - share[rows]
        settled[rows] = np.abs(error) <= SETTLED
        open_, error = rows[np.abs(error) > SETTLED], error[np.abs(error) > SETTLED]
        if not len(open_):
            break
        rows, tried = open_, share[open_]
        least[rows], most[rows] = np.where(error > 0, tried, least[rows]), np.where(error < 0, tried, most[rows])
        following = _following(tried, error, before[rows], error_before[rows])
        inside = (following > least[rows]) & (following < most[rows])
        before[rows], error_before[rows] = tried, error
        share[rows] = np.where(inside, following, (least[rows] + most[rows]) / 2)
    return settled


def _following(share: FloatArray, error: FloatArray, before: FloatArray, error_before: FloatArray) -> FloatArray:
    change = error - error_before
    secant = share - error * np.divide(share - before, change, out=np.zeros_like(share), where=np.abs(change) > 0)
    return np.where(np.isfinite(secant) & (share != before), secant, share + error / 2)
