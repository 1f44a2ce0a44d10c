"""What the clock asks of the trading desk, in its order."""

from datetime import datetime

from apps.renewables.services.trading_bids import draft_due
from apps.renewables.services.trading_intraday import reorder
from apps.renewables.services.trading_results import settle_days
from apps.renewables.services.trading_volumes import take_plants, tell_volumes


def trade(*, as_of: datetime) -> int:
    """Volumes first: bids and orders stand on them. How many bids and orders were made."""
    take_plants()
    tell_volumes(as_of=as_of)
    return draft_due(as_of=as_of) + reorder(as_of=as_of)


def settle(*, as_of: datetime) -> int:
    return settle_days(as_of=as_of)
