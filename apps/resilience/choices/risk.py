"""Words of the risk of outages: kinds of assets, what is known of them, how a look ahead went."""

from datetime import timedelta

from django.db.models import TextChoices

RISK = "risk"  # the live topic
HOURS_AHEAD = 72
KEPT_RUNS = timedelta(days=400)
KEPT_ELEMENTS = timedelta(days=8)  # long enough to be scored
RECORDS_NEEDED = 30
HISTORY = timedelta(days=5 * 365)
LEADS_H = (24, 48, 72)
MOST_CREWS = 200


class AssetKind(TextChoices):
    OVERHEAD = "overhead", "Overhead lines"
    CABLE = "cable", "Cables"
    TRANSFORMER = "transformer", "Transformers"


class Vegetation(TextChoices):
    UNKNOWN = "unknown", "Not known"
    NONE = "none", "None near it"
    SOME = "some", "Some"
    DENSE = "dense", "Dense"


class Exposure(TextChoices):
    UNKNOWN = "unknown", "Not known"
    SHELTERED = "sheltered", "Sheltered"
    NORMAL = "normal", "Normal"
    EXPOSED = "exposed", "Exposed"


class RiskOutcome(TextChoices):
    DONE = "done", "Done"
    NO_NETWORK = "no-network", "No network"
    NO_WEATHER = "no-weather", "No weather forecast"


# Assumptions, told on the screen: overhead lines only. What is not known changes nothing.
VEGETATION_FACTOR = {Vegetation.NONE: 0.7, Vegetation.SOME: 1.0, Vegetation.DENSE: 2.0}
EXPOSURE_FACTOR = {Exposure.SHELTERED: 0.8, Exposure.NORMAL: 1.0, Exposure.EXPOSED: 1.3}
EXPECTED_LIFE_YEARS = {AssetKind.OVERHEAD: 55.0, AssetKind.CABLE: 80.0, AssetKind.TRANSFORMER: 60.0}
