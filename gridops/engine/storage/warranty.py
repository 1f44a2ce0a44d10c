"""What a warranty counts: energy through the battery, equivalent cycles, hours too warm, hours resting too full.

A warranty ends with the first of its terms; the pace so far, or that of a plan, tells when that will be.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.ageing.stress import Trace
from gridops.engine.storage.arrays import DAY_S, DAYS_A_YEAR, HOUR_S, FloatArray

TERMS = ("years", "throughput_kwh", "equivalent_cycles", "hours_warm", "hours_full")
STILL_C = 0.01  # a rate below which a battery rests


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one warranty; inf where it sets no limit."""

    years: float = np.inf
    throughput_kwh: float = np.inf  # discharged
    equivalent_cycles: float = np.inf
    hours_warm: float = np.inf
    hours_full: float = np.inf
    warm_c: float = 35.0  # hours count above this cell temperature
    full_soc: float = 0.95  # rest counts from this SoC

    def __post_init__(self) -> None:
        for name in TERMS:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} of a warranty must be above 0; leave it out where there is no limit.")

    @property
    def limits(self) -> FloatArray:
        """(5,) in the order of TERMS."""
        return np.array([getattr(self, name) for name in TERMS])


@dataclass(frozen=True, slots=True)
class Standing:
    """Of B batteries under one warranty. Columns of (B, 5) in the order of TERMS."""

    used: FloatArray  # (B, 5) fraction of each term; 1 is used up
    years_left: FloatArray  # (B, 5) at the pace; inf where it is never used up, 0 where it is
    first: tuple[str, ...]  # (B,) the term that ends first; empty where none ever does

    @property
    def ends_in_years(self) -> FloatArray:
        """(B,) until the first term is used up."""
        return np.asarray(self.years_left.min(axis=1))


def counters(trace: Trace, terms: Terms, energy_kwh: FloatArray) -> FloatArray:
    """What a trace adds to the counters, (B, 5) in the order of TERMS; energy_kwh: rated capacity (B,)."""
    moved = np.diff(trace.soc, axis=1)
    cycles = np.maximum(-moved, 0).sum(axis=1)
    hours = trace.step_s / HOUR_S
    warm = (trace.temperature_c > terms.warm_c).sum(axis=1) * hours
    still = np.abs(moved) / hours <= STILL_C
    full = (still & (trace.soc[:, 1:] >= terms.full_soc)).sum(axis=1) * hours
    years = np.full(len(cycles), moved.shape[1] * trace.step_s / DAY_S / DAYS_A_YEAR)
    return np.stack([years, cycles * energy_kwh, cycles, warm, full], axis=1)


def standing(terms: Terms, so_far: FloatArray, ahead: FloatArray) -> Standing:
    """How much is used up, and when each term will be. so_far, ahead: (B, 5) by `counters`; ahead sets the pace.

    Errors: ValueError if `ahead` spans no time.
    """
    if (ahead[:, 0] <= 0).any():
        raise ValueError("The pace of a warranty needs a trace that spans some time.")
    pace = ahead / ahead[:, :1]
    left = np.maximum(terms.limits - so_far, 0.0)
    never = (pace <= 0) | np.isinf(left)
    years = np.where(left == 0, 0.0, np.divide(left, pace, out=np.full_like(left, np.inf), where=~never))
    first = [TERMS[int(row.argmin())] if np.isfinite(row.min()) else "" for row in years]
    return Standing(so_far / terms.limits, years, tuple(first))
