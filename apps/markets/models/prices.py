from datetime import time

from django.db import models
from django.db.models import F, Q

from apps.markets.choices import FeedKind, FileFormat, FileOutcome, Product, TariffKind


class BiddingZone(models.Model):
    """Where one price holds."""

    code = models.CharField(max_length=40, unique=True)  # of ENTSO-E (EIC) or the house's own
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=40)  # its market's days begin at midnight there
    # By that clock, of the day before: until when bids count, when day-ahead prices come out, and from when on missing
    # ones are an alarm.
    gate_closes_at = models.TimeField(default=time(12, 0))
    publishes_at = models.TimeField(default=time(12, 45))
    late_at = models.TimeField(default=time(14, 0))
    is_watched = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name or self.code


class MarketFeed(models.Model):
    """Where prices come from: a folder into which files are put, or an address that is asked."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=FeedKind)
    file_format = models.CharField(max_length=12, choices=FileFormat)
    folder = models.CharField(max_length=400, blank=True)
    url = models.CharField(max_length=600, blank=True)
    # Of files that do not say.
    zone = models.ForeignKey(BiddingZone, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds")
    product = models.CharField(max_length=20, choices=Product, default=Product.DAY_AHEAD)
    every_s = models.PositiveIntegerField(default=900)
    # Its files tell a past that was known when it was published; of others only their arrival counts.
    is_archive = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # why the last try failed

    def __str__(self) -> str:
        return self.name


class MarketFile(models.Model):
    """What came, once: the same content is known by its hash. Without a feed a person imported it."""

    feed = models.ForeignKey(MarketFeed, null=True, on_delete=models.SET_NULL, related_name="files")
    name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=FileOutcome)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="market_file_sha256")]

    def __str__(self) -> str:
        return self.name


class MarketSeries(models.Model):
    """One course of prices or emission factors. Auctions and resolutions of the same zone are told apart."""

    zone = models.ForeignKey(BiddingZone, on_delete=models.PROTECT, related_name="series")
    product = models.CharField(max_length=20, choices=Product)
    auction = models.CharField(max_length=20, blank=True)  # where a zone has several
    step_s = models.PositiveIntegerField()
    unit = models.CharField(max_length=16)
    # Where several speak of the same time the lowest is believed, then the finest.
    rank = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name_plural = "market series"
        constraints = [
            models.UniqueConstraint(fields=["zone", "product", "auction", "step_s"], name="market_series_unique")
        ]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.product} {self.auction} {self.step_s // 60} min"


class MarketBlock(models.Model):
    """Values that became known together. Nothing is overwritten: of two, the later known is believed."""

    series = models.ForeignKey(MarketSeries, on_delete=models.CASCADE, related_name="blocks")
    file = models.ForeignKey(MarketFile, null=True, on_delete=models.SET_NULL, related_name="blocks")
    known_at = models.DateTimeField()  # from then on it could be known here
    published_at = models.DateTimeField(null=True, blank=True)  # as the document says
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    values = models.BinaryField()  # little-endian 64-bit floats, each of its step; nan: nothing new

    class Meta:
        indexes = [models.Index(fields=["series", "starts_at", "known_at"], name="market_block_span")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.starts_at:%Y-%m-%d %H:%M}"


class Tariff(models.Model):
    """What a class of customers pays, from a day on; the next version of the same name ends it."""

    name = models.CharField(max_length=120)
    customer_class = models.CharField(max_length=80, blank=True)
    area = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the first day on which it holds no more
    # Where energy follows the day-ahead price of a zone, what the parts say is added to it.
    spot_zone = models.ForeignKey(BiddingZone, null=True, blank=True, on_delete=models.PROTECT, related_name="tariffs")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "valid_from"], name="tariff_unique"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="tariff_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.valid_from}"


class TariffPart(models.Model):
    """A price at some times of the week. Per kWh; a demand charge per kW and month; a standing charge per month."""

    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=12, choices=TariffKind)
    price = models.FloatField()
    from_minute = models.PositiveSmallIntegerField(default=0)  # of the local day
    to_minute = models.PositiveSmallIntegerField(default=1440)
    weekdays = models.CharField(max_length=7, default="1234567")  # 1: Monday
    months = models.CharField(max_length=40, default="1,2,3,4,5,6,7,8,9,10,11,12")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_minute__gt=F("from_minute"), to_minute__lte=1440), name="tariff_part_minutes"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.price:g}"
