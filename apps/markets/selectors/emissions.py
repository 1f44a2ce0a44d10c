"""What a course of energy emits, by the factors that were known, and how much of it they cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.markets.choices import Product
from apps.markets.selectors.known import Prices, prices

FloatArray = npt.NDArray[np.float64]
G_A_KG = 1000.0
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Emissions:
    """Of the steps whose factor was known; None where none was. Negative where energy is given back.

    By the average factor: the share of what all generation emits. By the marginal one: what more or less energy would
    change. The shares are of the energy, whatever its sign.
    """

    average_kg: float | None
    marginal_kg: float | None
    covered_share: float
    marginal_covered_share: float

    @property
    def missing(self) -> str:
        """What the figures leave out, in words; empty where they cover all."""
        shares = (("average", self.covered_share), ("marginal", self.marginal_covered_share))
        told = [f"{1 - share:.0%} of the energy has no {name} factor" for name, share in shares if share < _WHOLE]
        return "; ".join(told)


def emissions(
    energy_kwh: Sequence[float] | FloatArray, starts_at: datetime, step: timedelta, zone: str, as_of: datetime
) -> Emissions:
    """Four queries, whatever the length. Raises ValueError for energy that is no number and a step of no length."""
    energy = np.asarray(energy_kwh, np.float64)
    if energy.ndim != 1 or not np.isfinite(energy).all():
        raise ValueError("energy_kwh: give one finite number a step.")
    step_s = int(step.total_seconds())
    if step_s <= 0:
        raise ValueError("step: it must be longer than nothing.")
    if not energy.size:
        return Emissions(0.0, 0.0, 1.0, 1.0)
    (average, covered), (marginal, marginal_covered) = (
        _weighed(
            energy, prices(zone=zone, starts_at=starts_at, steps=len(energy), step_s=step_s, as_of=as_of, product=kind)
        )
        for kind in (Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL)
    )
    return Emissions(average, marginal, covered, marginal_covered)


def _weighed(energy: FloatArray, factors: Prices) -> tuple[float | None, float]:
    """kg and the share of the energy that they speak of; factors in g/kWh."""
    factor = factors.values
    is_known = np.isfinite(factor)
    total = float(np.abs(energy).sum())
    share = float(np.abs(energy[is_known]).sum()) / total if total else float(is_known.mean())
    kg = float(energy[is_known] @ factor[is_known]) / G_A_KG
    return (kg if is_known.any() else None), share
