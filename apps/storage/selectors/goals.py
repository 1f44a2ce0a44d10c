"""Prices with what the grid emits for a kWh, where a person gave it a price."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from apps.dispatch.models import ObjectiveVersion
from apps.markets.choices import Product
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import prices
from apps.storage.adapters.goals import dearer_by_kwh
from apps.storage.adapters.packed import FloatArray
from apps.storage.models import StoragePlant
from apps.storage.selectors.ahead import STEP_S, PricesAhead

G_A_KG = 1000.0


def by_goals(
    told: PricesAhead, plant: StoragePlant, objectives: ObjectiveVersion, *, starts_at: datetime, as_of: datetime
) -> PricesAhead:
    if not objectives.emissions_eur_per_kg:
        return told
    factors = grid_kg_per_kwh(plant, starts_at=starts_at, steps=len(told.buy), as_of=as_of)
    more, known = dearer_by_kwh(factors, objectives), float(np.isfinite(factors).mean())
    words = (
        f"{told.basis}; {1000 * objectives.emissions_eur_per_kg:g} a tonne for what the grid emits, "
        f"known for {known:.0%} of the steps"
    )
    return replace(told, buy=told.buy + more, sell=told.sell + more, basis=words)


def grid_kg_per_kwh(plant: StoragePlant, *, starts_at: datetime, steps: int, as_of: datetime) -> FloatArray:
    """Of one kWh more where that is known, else of the mean kWh; nan where neither is. Where a plant has no price
    zone, in the first there is."""
    zone = plant.price_zone or BiddingZone.objects.order_by("pk").first()
    found = np.full(steps, np.nan)
    if zone is None:
        return found
    for product in (Product.EMISSION_MARGINAL, Product.EMISSION_AVERAGE):
        told = prices(
            zone=zone.code, starts_at=starts_at, steps=steps, step_s=STEP_S, as_of=as_of, product=product
        ).values
        found = np.where(np.isfinite(found), found, told / G_A_KG)
    return np.asarray(found, np.float64)
