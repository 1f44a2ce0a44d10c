"""Emission factors by hour as they were known, and the method behind them."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from apps.markets.choices import Product
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import prices

HOUR = timedelta(hours=1)
METHOD = (
    "Average: what all generation of the zone emits, over what it gives. Marginal: what one kWh more or less would "
    "change. Both as the zone's feeds or imported files say, by the hour in which energy was saved; an hour without a "
    "factor is left out and told. Factors made from a generation mix take the medians of the IPCC (AR5, 2014, WG III)."
)


def zones() -> list[str]:
    """Those with emission factors, by code."""
    kinds = (Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL)
    return list(
        BiddingZone.objects.filter(series__product__in=kinds).order_by("code").values_list("code", flat=True).distinct()
    )


def emission_document(*, zone: str, hours: int, as_of: datetime) -> dict[str, Any]:
    """The last `hours` and the 24 to come, g/kWh; null where none is known."""
    begin = as_of.replace(minute=0, second=0, microsecond=0) - hours * HOUR
    steps = hours + 24

    def of(product: Product) -> list[float | None]:
        found = prices(zone=zone, starts_at=begin, steps=steps, step_s=3600, as_of=as_of, product=product).values
        return [float(one) if np.isfinite(one) else None for one in found]

    return {
        "as_of": as_of,
        "zone": zone,
        "zones": zones(),
        "starts_at": begin,
        "average_g_per_kwh": of(Product.EMISSION_AVERAGE),
        "marginal_g_per_kwh": of(Product.EMISSION_MARGINAL),
        "method": METHOD,
    }
