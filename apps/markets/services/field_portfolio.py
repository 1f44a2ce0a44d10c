"""The portfolio with which the demo trades on the simulated field's market."""

from datetime import datetime

from apps.accounts.models import User
from apps.markets.models import BiddingZone, TradingPortfolio
from apps.markets.services.feeds import FIELD_ZONE
from apps.markets.services.portfolios import LimitsWanted, set_limits
from apps.markets.services.refusal import By

NAME = "City"
TERMS = {
    "takes_all_plants": True,
    "folder": "field/bids",
    "assumed_spread": 25.0,
    "assumed_spread_source": "Mean distance of imbalance from day-ahead prices in the field's own archive.",
}
LIMITS = LimitsWanted(
    most_sell_kw=1_500_000.0,
    most_buy_kw=150_000.0,
    most_loss=200_000.0,
    least_price=-500.0,
    most_price=4_000.0,
    most_order_kw=50_000.0,
    least_order_kw=500.0,
    is_automatic=True,
    reason="The demo: intraday orders within these limits go without a person; bids need two people.",
)


def prepare_field_portfolio(*, by: User, as_of: datetime) -> bool:
    """Whether it was made; what somebody changed stays."""
    zone = BiddingZone.objects.get(code=FIELD_ZONE)
    portfolio, is_new = TradingPortfolio.objects.get_or_create(name=NAME, defaults={**TERMS, "zone": zone})
    if is_new:
        set_limits(portfolio=portfolio, wanted=LIMITS, by=By(by), as_of=as_of)
    return is_new
