"""What an experiment is worth and what it costs: energy saved at its days' prices, less the wear of tap changers."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from apps.efficiency.choices.cvr import TAP_STEP_COST, TAP_STEP_SOURCE
from apps.efficiency.models.cvr import CvrExperiment
from apps.efficiency.selectors.cvr_readings import HOUR_S, midnight
from apps.markets import selectors as markets
from apps.markets.choices import Product
from apps.markets.models import BiddingZone

KWH_A_MWH, G_A_KG = 1000.0, 1000.0
HOURS_A_DAY = 24
NO_ZONE = "There is no bidding zone with prices; make a market feed."
NO_PRICE = "No day-ahead price of its reduced days is known."


def money_of(one: CvrExperiment, *, operations: int, as_of: datetime) -> dict[str, Any]:
    """saved_kwh is of the reduced days, so their prices and factors count, each day by the energy that it took."""
    zone = BiddingZone.objects.order_by("pk").first()
    saved = (one.result or {}).get("saved_kwh") or {}
    price, share, unit = _weighed(one, zone, Product.DAY_AHEAD, as_of)
    average, marginal = (
        _weighed(one, zone, product, as_of)[0] for product in (Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL)
    )
    worth = {name: _times(saved.get(name), price, KWH_A_MWH) for name in ("value", "low", "high")}
    wear = operations * TAP_STEP_COST
    return {
        "currency": unit.partition("/")[0],
        "price_per_mwh": price,
        "priced_share": share,
        "saved": worth,
        "tap_step_cost": TAP_STEP_COST,
        "tap_step_source": TAP_STEP_SOURCE,
        "wear": wear,
        "net": None if worth["value"] is None else worth["value"] - wear,
        "average_kg": _times(saved.get("value"), average, G_A_KG),
        "marginal_kg": _times(saved.get("value"), marginal, G_A_KG),
        "reason": NO_ZONE if zone is None else NO_PRICE if price is None else "",
    }


def _times(kwh: float | None, each: float | None, of: float) -> float | None:
    return None if kwh is None or each is None else kwh * each / of


def _weighed(
    one: CvrExperiment, zone: BiddingZone | None, product: Product, as_of: datetime
) -> tuple[float | None, float, str]:
    """Mean over the reduced days that were measured, the share of their energy that it speaks of, and the unit."""
    told = one.days.filter(reduced=True, energy_kwh__isnull=False).order_by("day").values_list("day", "energy_kwh")
    days = [(day, kwh) for day, kwh in told if kwh is not None]
    if zone is None or not days:
        return None, 0.0, ""
    first = midnight(days[0][0])
    hours = int((midnight(days[-1][0] + timedelta(days=1)) - first).total_seconds()) // HOUR_S
    found = markets.prices(zone=zone.code, starts_at=first, steps=hours, step_s=HOUR_S, as_of=as_of, product=product)
    begins = [int((midnight(day) - first).total_seconds()) // HOUR_S for day, _ in days]
    of_day = [found.values[at : at + HOURS_A_DAY] for at in begins]
    means = np.array([float(np.nanmean(values)) if np.isfinite(values).any() else np.nan for values in of_day])
    energy = np.array([kwh for _, kwh in days])
    known = np.isfinite(means) & (energy > 0)
    if not known.any():
        return None, 0.0, ""
    mean = float(np.average(means[known], weights=energy[known]))
    return mean, float(energy[known].sum() / energy.sum()), found.unit
