from apps.markets.selectors.emissions import Emissions, emissions
from apps.markets.selectors.expected import FALLBACK, Expected, expected
from apps.markets.selectors.known import Prices, price_at, prices
from apps.markets.selectors.price_forecasts import Foretold, price_forecast

__all__ = [
    "FALLBACK",
    "Emissions",
    "Expected",
    "Foretold",
    "Prices",
    "emissions",
    "expected",
    "price_at",
    "price_forecast",
    "prices",
]
