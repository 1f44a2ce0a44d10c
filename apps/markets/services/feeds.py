"""The feeds and the zone through which the simulated field hands over its market."""

from datetime import time

from django.conf import settings

from apps.markets.choices import FeedKind, FileFormat, Product
from apps.markets.models import BiddingZone, MarketFeed

FIELD_ZONE, FIELD_ZONE_NAME = "10YGRIDOPS-DEMOD", "Demo market"
# Name and folder under the root of drop folders, format, product, whether it is an archive. The archives come first:
# what the past knew is stored before what comes now.
FIELD_FEEDS = (
    ("field archive of prices", "field/archive-prices", FileFormat.ENTSOE_XML, Product.DAY_AHEAD, True),
    ("field archive of emissions", "field/archive-emissions", FileFormat.CSV, Product.EMISSION_AVERAGE, True),
    ("field archive of intraday prices", "field/archive-intraday", FileFormat.CSV, Product.INTRADAY, True),
    ("field archive of imbalance prices", "field/archive-imbalance", FileFormat.CSV, Product.IMBALANCE, True),
    ("field archive of forecasts", "field/archive-forecasts", FileFormat.CSV, Product.LOAD_FORECAST, True),
    ("field tariffs", "field/tariffs", FileFormat.TARIFFS, Product.DAY_AHEAD, False),
    ("field forecasts", "field/forecasts", FileFormat.ENTSOE_XML, Product.LOAD_FORECAST, False),
    ("field prices", "field/prices", FileFormat.ENTSOE_XML, Product.DAY_AHEAD, False),
    ("field emissions", "field/emissions", FileFormat.CSV, Product.EMISSION_AVERAGE, False),
    ("field intraday prices", "field/intraday", FileFormat.CSV, Product.INTRADAY, False),
    ("field imbalance prices", "field/imbalance", FileFormat.CSV, Product.IMBALANCE, False),
    ("field results of bids", "field/results", FileFormat.RESULTS, Product.DAY_AHEAD, False),
)


def prepare_field_feeds() -> list[str]:
    """Names of those that were made; what somebody changed stays."""
    zone, _ = BiddingZone.objects.get_or_create(
        code=FIELD_ZONE,
        defaults={
            "name": FIELD_ZONE_NAME,
            "time_zone": settings.TIME_ZONE,
            "publishes_at": time(12, 45),
            "late_at": time(14, 0),
            "is_watched": True,
        },
    )
    made = []
    for name, folder, file_format, product, is_archive in FIELD_FEEDS:
        _, is_new = MarketFeed.objects.get_or_create(
            name=name,
            defaults={
                "kind": FeedKind.FOLDER,
                "file_format": file_format,
                "zone": zone,
                "product": product,
                "folder": folder,
                "is_archive": is_archive,
            },
        )
        if is_new:
            made.append(name)
    return made
