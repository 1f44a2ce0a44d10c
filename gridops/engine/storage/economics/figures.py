"""Figures of merit of yearly cash flows: flows[0] is today, flows[t] the end of year t; money received is positive.

Own functions: the package numpy-financial gives one rate where several fit, and for this Python its release is of 2019.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from gridops.engine.storage.arrays import FloatArray

HIGHEST_RATE = 1e6
SAME_RATE = 1e-7
ROUNDING = 1e-12
REAL = 1e-7  # imaginary part of a root that is taken for rounding


@dataclass(frozen=True, slots=True)
class InternalRate:
    """The rate at which flows are worth nothing today; None with a reason where no single rate is."""

    rate: float | None
    all_rates: tuple[float, ...]
    reason: str


def net_present_value(rate: float, flows: FloatArray) -> float:
    """Money today of flows (n,). Errors: ValueError for a rate of -1 or less."""
    if rate <= -1:
        raise ValueError(f"A discount rate of {rate:g} has no meaning; it must be above -1.")
    return float((flows / (1 + rate) ** np.arange(len(flows))).sum())


def internal_rate(flows: FloatArray) -> InternalRate:
    """All rates above -1 at which the flows are worth nothing today, and the one that counts if there is only one.

    Flows that change sign once have one rate (Descartes). With more changes, as an augmentation in mid-life makes them,
    there may be none or several; then the modified rate or the present value must be used.
    """
    signs = np.sign(flows[flows != 0])
    changes = int((signs[1:] != signs[:-1]).sum())
    if not changes:
        return InternalRate(None, (), "All flows have the same sign, so no rate balances them; use the present value.")
    rates = _only_rate(flows) if changes == 1 else _rates(flows)
    if len(rates) == 1:
        return InternalRate(rates[0], rates, "")
    if not rates:
        return InternalRate(None, (), "No rate balances these flows; use the modified rate or the present value.")
    listed = ", ".join(f"{rate:.2%}" for rate in rates)
    reason = f"The flows change sign {changes} times and {len(rates)} rates balance them ({listed}): none is the rate"
    return InternalRate(None, rates, f"{reason}; use the modified rate or the present value.")


def _only_rate(flows: FloatArray) -> tuple[float, ...]:
    def worth(log_growth: float) -> float:
        exponents = -log_growth * np.arange(len(flows))
        today = flows * np.exp(exponents - exponents.max())
        return float(today.sum() / np.abs(today).sum())

    ends = (-20.0, float(np.log1p(HIGHEST_RATE)))
    if worth(ends[0]) * worth(ends[1]) > 0:
        return ()
    return (float(np.expm1(brentq(worth, *ends, xtol=1e-14))),)


def _rates(flows: FloatArray) -> tuple[float, ...]:
    factors = np.roots(flows[::-1])  # of 1 / (1 + rate)
    real = factors.real[(np.abs(factors.imag) < REAL * np.abs(factors)) & (factors.real > 0)]
    rates = np.sort(1 / real - 1)
    apart = np.r_[True, np.diff(rates) > SAME_RATE] if len(rates) else np.zeros(0, dtype=bool)
    return tuple(float(rate) for rate in rates[apart])


def modified_rate(flows: FloatArray, *, finance_rate: float, reinvest_rate: float) -> float | None:
    """MIRR: outlays discounted at the one rate, receipts carried to the end at the other. None without either kind."""
    years = len(flows) - 1
    paid = -net_present_value(finance_rate, np.minimum(flows, 0))
    received = net_present_value(reinvest_rate, np.maximum(flows, 0)) * (1 + reinvest_rate) ** years
    if paid <= 0 or received <= 0 or not years:
        return None
    return float((received / paid) ** (1 / years) - 1)


def payback(flows: FloatArray, *, rate: float = 0.0) -> float | None:
    """Years after which the money in hand is never negative again, straight within a year; None if that never comes.

    rate: 0 for the simple payback, the discount rate for the discounted one. Later outlays (an augmentation) count.
    """
    discounted = flows / (1 + rate) ** np.arange(len(flows))
    hand = np.cumsum(discounted)
    owing = np.flatnonzero(hand < -ROUNDING * np.abs(discounted).sum())
    if not len(owing):
        return 0.0
    last = int(owing[-1])
    if last == len(flows) - 1:
        return None
    return float(last - hand[last] / discounted[last + 1])


def capital_recovery(rate: float, years: FloatArray) -> FloatArray:
    """Yearly share of a sum that pays it back with interest over `years` (any shape, above 0)."""
    if rate == 0:
        return np.asarray(1 / years)
    return np.asarray(rate / -np.expm1(-years * np.log1p(rate)))
