"""What plants sold on the market: what their plans keep to."""

from collections.abc import Sequence
from datetime import datetime

from apps.markets.selectors.sold_storage import sold_storage
from apps.storage.adapters.feeders import Sold
from apps.storage.models import StoragePlant
from apps.storage.selectors.ahead import KWH_A_MWH


def sold_by(plants: Sequence[StoragePlant], *, starts_at: datetime, steps: int, as_of: datetime) -> dict[int, Sold]:
    """By plant. Those behind the meter of a site serve the site."""
    free = {plant.mrid: plant.pk for plant in plants if plant.site_id is None}
    found = sold_storage(list(free), starts_at=starts_at, steps=steps, as_of=as_of)
    return {free[mrid]: Sold(one.portfolio, one.kw, one.is_bid, one.spread / KWH_A_MWH) for mrid, one in found.items()}
