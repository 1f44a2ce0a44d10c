from django.db.models import TextChoices


class FeedKind(TextChoices):
    FOLDER = "folder", "Drop folder"
    URL = "url", "Address"


class FileFormat(TextChoices):
    ENTSOE_XML = "entsoe_xml", "ENTSO-E XML"
    CSV = "csv", "CSV"
    TARIFFS = "tariffs", "Tariffs as CSV"
    RESULTS = "results", "Results of bids as CSV"


class Product(TextChoices):
    """What a series holds; the unit is that of its kind."""

    DAY_AHEAD = "day_ahead", "Day-ahead price"
    INTRADAY = "intraday", "Intraday price"
    IMBALANCE = "imbalance", "Imbalance price"
    EMISSION_AVERAGE = "emission_average", "Average emission factor"
    EMISSION_MARGINAL = "emission_marginal", "Marginal emission factor"
    LOAD_FORECAST = "load_forecast", "Published forecast of load"
    WIND_FORECAST = "wind_forecast", "Published forecast of wind power"
    SOLAR_FORECAST = "solar_forecast", "Published forecast of solar power"


EMISSIONS = frozenset({Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL})
EMISSION_UNIT = "g/kWh"
# What somebody publishes of the zone before its auction; our forecast of prices stands on it where it is there.
FUNDAMENTALS = (Product.LOAD_FORECAST, Product.WIND_FORECAST, Product.SOLAR_FORECAST)
POWER_UNIT = "MW"
# Beyond it a unit was mistaken. Per MWh, g/kWh, MW.
PLAUSIBLE_PRICE, PLAUSIBLE_EMISSION, PLAUSIBLE_POWER = (-20_000.0, 20_000.0), (0.0, 3_000.0), (0.0, 2_000_000.0)


class FileOutcome(TextChoices):
    TAKEN = "taken", "Taken"
    KNOWN = "known", "Known already"
    REFUSED = "refused", "Refused"


class FeedState(TextChoices):
    """Worked out from a feed's row; not stored."""

    WORKING = "working", "Working"
    FAILING = "failing", "Failing"
    WAITING = "waiting", "Nothing yet"
    ARCHIVE = "archive", "Archive"
    OFF = "off", "Off"


class DayState(TextChoices):
    """Of the day-ahead prices of a day of delivery; worked out, not stored."""

    KNOWN = "known", "Known"
    PARTLY = "partly", "Partly known"
    AWAITED = "awaited", "Not out yet"
    LATE = "late", "Late"


class TariffKind(TextChoices):
    ENERGY = "energy", "Energy"
    NETWORK = "network", "Network charge"
    LEVY = "levy", "Levies and taxes"
    FEED_IN = "feed_in", "Feed-in"
    DEMAND = "demand", "Demand charge"
    STANDING = "standing", "Standing charge"


BOUGHT = frozenset({TariffKind.ENERGY, TariffKind.NETWORK, TariffKind.LEVY})
PER_KWH = BOUGHT | {TariffKind.FEED_IN}


class Source(TextChoices):
    """What a part of a portfolio is."""

    RENEWABLE = "renewable", "Sun and wind"
    STORAGE = "storage", "Storage"
    LOAD = "load", "Load"


class StorageOffer(TextChoices):
    """How storage is offered: at each price what is best there, or one plan that it can deliver whatever comes."""

    CURVE = "curve", "Curves"
    PLAN = "plan", "One plan"


class DropFormat(TextChoices):
    XML = "xml", "XML"
    CSV = "csv", "CSV"


class BidStatus(TextChoices):
    DRAFTED = "drafted", "Drafted"
    SUBMITTED = "submitted", "Waits for approval"
    APPROVED = "approved", "Approved"
    EXPORTED = "exported", "Handed to the market"
    CLEARED = "cleared", "Cleared"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


NEXT_BID_STATUS = {
    BidStatus.DRAFTED: frozenset({BidStatus.SUBMITTED, BidStatus.WITHDRAWN}),
    BidStatus.SUBMITTED: frozenset({BidStatus.APPROVED, BidStatus.REJECTED, BidStatus.WITHDRAWN}),
    BidStatus.APPROVED: frozenset({BidStatus.EXPORTED, BidStatus.REJECTED, BidStatus.WITHDRAWN}),
    BidStatus.EXPORTED: frozenset({BidStatus.CLEARED, BidStatus.REJECTED, BidStatus.WITHDRAWN}),
    BidStatus.CLEARED: frozenset[BidStatus](),
    BidStatus.REJECTED: frozenset[BidStatus](),
    BidStatus.WITHDRAWN: frozenset[BidStatus](),
}
# Of a portfolio and day at most one bid is there.
LIVE_BIDS = frozenset({BidStatus.SUBMITTED, BidStatus.APPROVED, BidStatus.EXPORTED, BidStatus.CLEARED})


class OrderStatus(TextChoices):
    PROPOSED = "proposed", "Waits for approval"
    APPROVED = "approved", "Approved"
    EXPORTED = "exported", "Handed to the market"
    FILLED = "filled", "Filled"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


NEXT_ORDER_STATUS = {
    OrderStatus.PROPOSED: frozenset({OrderStatus.APPROVED, OrderStatus.WITHDRAWN, OrderStatus.EXPIRED}),
    OrderStatus.APPROVED: frozenset({OrderStatus.EXPORTED, OrderStatus.WITHDRAWN, OrderStatus.EXPIRED}),
    OrderStatus.EXPORTED: frozenset({OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.EXPIRED}),
    OrderStatus.FILLED: frozenset[OrderStatus](),
    OrderStatus.REJECTED: frozenset[OrderStatus](),
    OrderStatus.WITHDRAWN: frozenset[OrderStatus](),
    OrderStatus.EXPIRED: frozenset[OrderStatus](),
}
WAITING_ORDERS = frozenset({OrderStatus.PROPOSED, OrderStatus.APPROVED, OrderStatus.EXPORTED})


class Venue(TextChoices):
    DAY_AHEAD = "day_ahead", "Day ahead"
    INTRADAY = "intraday", "Intraday"


class MarketAnswer(TextChoices):
    """What a file of results says of a document."""

    RECEIVED = "received", "Received"
    CLEARED = "cleared", "Cleared"
    REFUSED = "refused", "Refused"


class PriceMethod(TextChoices):
    """What a forecast of prices is."""

    MODEL = "model", "Model"
    REPEATED = "repeated", "Past days repeated"
    NOTHING = "nothing", "Nothing can be said"
