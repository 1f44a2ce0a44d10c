"""What energy is worth and what the grid emits for it, by quarter hours, as far as the market's feeds say."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from apps.markets import selectors as markets
from apps.markets.choices import Product
from apps.markets.models import BiddingZone
from apps.renewables.choices import STEP_S

FloatArray = npt.NDArray[np.float64]
PER_MWH, G_A_KG = 1000.0, 1000.0


@dataclass(frozen=True, slots=True)
class Worth:
    """Per step, nan where not known: money per kWh, kg per kWh."""

    price: FloatArray
    average: FloatArray
    marginal: FloatArray
    currency: str

    @property
    def price_per_mwh(self) -> FloatArray:
        return self.price * PER_MWH


def worth(zone: BiddingZone | None, *, starts_at: datetime, steps: int, as_of: datetime) -> Worth:
    if zone is None:
        nothing = np.full(steps, np.nan)
        return Worth(nothing, nothing, nothing, "")
    day_ahead, average, marginal = (
        markets.prices(zone=zone.code, starts_at=starts_at, steps=steps, step_s=STEP_S, as_of=as_of, product=product)
        for product in (Product.DAY_AHEAD, Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL)
    )
    currency = day_ahead.unit.partition("/")[0][:3]
    return Worth(day_ahead.values / PER_MWH, average.values / G_A_KG, marginal.values / G_A_KG, currency)


def known_sum(energy_kwh: FloatArray, per_kwh: FloatArray) -> float | None:
    """Over the steps at which both are known; None where that is nowhere."""
    known = np.isfinite(energy_kwh) & np.isfinite(per_kwh)
    return float(energy_kwh[known] @ per_kwh[known]) if known.any() else None
