import uuid

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.alarms.choices import Condition, Priority
from apps.telemetry.choices import STORES, DataClass, LinkState, Protocol, Quantity


class Gateway(models.Model):
    """One link to the field, run by a process of its own."""

    name = models.SlugField(max_length=60, unique=True)
    protocol = models.CharField(max_length=16, choices=Protocol, default=Protocol.IEC104)
    host = models.CharField(max_length=200, blank=True)
    port = models.PositiveIntegerField(default=2404, validators=[MinValueValidator(1), MaxValueValidator(65535)])
    settings = models.JSONField(default=dict, blank=True)  # keys of the protocol, see rules; what is absent is default
    is_enabled = models.BooleanField(default=True)
    link_state = models.CharField(max_length=8, choices=LinkState, default=LinkState.UNKNOWN)
    link_reason = models.CharField(max_length=200, blank=True)
    link_since = models.DateTimeField(null=True, blank=True)
    silence_limit_s = models.FloatField(default=10.0)  # twice the scan of the outstation, and a reserve

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(silence_limit_s__gt=0), name="gateway_silence_limit_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class MeasurementPoint(models.Model):
    """A CIM Analog or Discrete: one quantity at one terminal, positive from the node into the equipment."""

    mrid = models.UUIDField(unique=True, default=uuid.uuid4)
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="points")
    slot = models.PositiveIntegerField()  # place in the gateway's block of latest values
    name = models.CharField(max_length=200)
    equipment_mrid = models.UUIDField(db_index=True)
    side = models.CharField(max_length=8, blank=True)
    quantity = models.CharField(max_length=24, choices=Quantity)
    unit = models.CharField(max_length=8, blank=True)
    address = models.CharField(max_length=200)  # in the grammar of the gateway's protocol, see rules
    scale = models.FloatField(default=1.0)
    deadband = models.FloatField(default=0.0)
    sigma = models.FloatField(default=0.0)  # one standard deviation of the meter, in `unit`
    max_silence_s = models.FloatField(default=60.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "slot"], name="point_slot_unique"),
            models.UniqueConstraint(fields=["gateway", "address"], name="point_address_unique"),
            models.CheckConstraint(
                condition=Q(deadband__gte=0, sigma__gte=0, max_silence_s__gt=0), name="point_tolerances_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


# Conditions of the network's state are raised and ended by the estimator, which knows nothing of limits on points.
LIMIT_CONDITIONS = [
    (one.value, one.label) for one in (Condition.HIGH, Condition.LOW, Condition.OFF_NORMAL, Condition.FAULT_PASSED)
]


class PointLimit(models.Model):
    """An alarm limit on a measured value, evaluated in the transaction that stores the sample."""

    point = models.ForeignKey(MeasurementPoint, on_delete=models.CASCADE, related_name="limits")
    condition = models.CharField(max_length=32, choices=LIMIT_CONDITIONS)
    is_high = models.BooleanField()
    limit = models.FloatField()
    deadband = models.FloatField(default=0.0)
    on_delay_s = models.FloatField(default=0.0)
    off_delay_s = models.FloatField(default=0.0)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    message = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["point", "condition"], name="one_limit_per_condition"),
            models.CheckConstraint(
                condition=Q(deadband__gte=0, on_delay_s__gte=0, off_delay_s__gte=0),
                name="limit_tolerances_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.get_condition_display()}"


class LatestBlock(models.Model):
    """The newest value of every point of a gateway, packed: one row to lock, read and write a scan."""

    gateway = models.OneToOneField(Gateway, on_delete=models.CASCADE, primary_key=True, related_name="block")
    version = models.BigIntegerField(default=0)
    config_version = models.BigIntegerField(default=0)  # moves when points or limits change
    last_heard_at = models.DateTimeField(null=True, blank=True)
    at_us = models.BinaryField(default=bytes)
    value = models.BinaryField(default=bytes)
    quality = models.BinaryField(default=bytes)
    limit_id = models.BinaryField(default=bytes)  # whose state the next two hold
    limit_active = models.BinaryField(default=bytes)
    limit_pending_us = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return f"{self.gateway} #{self.version}"


class IngestReceipt(models.Model):
    """What was answered to an Idempotency-Key, so that a repeated request gets the same answer and adds nothing."""

    principal = models.CharField(max_length=150)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    response = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="one_receipt_per_key")]
        indexes = [models.Index(fields=["created_at"], name="receipt_created_at")]

    def __str__(self) -> str:
        return self.key


class RetentionPolicy(models.Model):
    """How long one class of data is kept. What is finer is never kept longer than what is made of it."""

    data_class = models.CharField(max_length=16, choices=DataClass, primary_key=True)
    keep_days = models.PositiveIntegerField(
        help_text="Whole days. A table of a month or a year goes when all of it is older."
    )
    dropped_before = models.DateTimeField(null=True, blank=True, editable=False)  # nothing older is here any more

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(keep_days__gte=1, keep_days__lte=36_500), name="retention_a_day_to_a_century"
            ),
        ]
        verbose_name_plural = "retention policies"

    def __str__(self) -> str:
        return f"{self.get_data_class_display()}: {self.keep_days} days"

    def clean(self) -> None:
        order = [store.data_class for store in STORES]
        if self.keep_days is None or self.data_class not in order:
            return
        place = order.index(DataClass(self.data_class))
        for other in RetentionPolicy.objects.filter(data_class__in=order).exclude(pk=self.pk):
            is_finer = order.index(DataClass(other.data_class)) < place
            if (other.keep_days > self.keep_days) if is_finer else (other.keep_days < self.keep_days):
                bound, act = ("at least", "shorten") if is_finer else ("at most", "lengthen")
                remedy = f"Give {bound} {other.keep_days} days, or {act} '{other.get_data_class_display()}' first."
                raise ValidationError({"keep_days": remedy})


class StorageReading(models.Model):
    """How large the database was, and how much room its disk had (null: it is not on this machine)."""

    at = models.DateTimeField(db_index=True)
    database_bytes = models.BigIntegerField()
    free_bytes = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.database_bytes} bytes"


class GatewayLink(models.Model):
    """How one link of a gateway does, written by its process every few seconds. The name is empty for the whole."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="links")
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=LinkState, default=LinkState.UNKNOWN)
    is_active = models.BooleanField(default=False)  # carries data; a link in standby is up and does not
    reason = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    last_heard_at = models.DateTimeField(null=True, blank=True)
    frames_in = models.BigIntegerField(default=0)
    frames_out = models.BigIntegerField(default=0)
    values_in = models.BigIntegerField(default=0)
    values_per_s = models.FloatField(default=0.0)
    refused = models.BigIntegerField(default=0)
    last_refusal = models.CharField(max_length=200, blank=True)
    round_trip_ms = models.FloatField(null=True, blank=True)
    switchovers = models.BigIntegerField(default=0)
    waiting = models.BigIntegerField(default=0)  # samples of old time stamps that are stored but not in the history yet
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "name"], name="one_row_a_link")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.name}".rstrip()


class Backfill(models.Model):
    """Samples of old time stamps, kept safe at once and brought into the history in turn: live values go first."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    point_id = models.BinaryField()
    at_us = models.BinaryField()
    value = models.BinaryField()
    quality = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.size} of {self.gateway}"


class StateChange(models.Model):
    """A switch or tap changer that moved, as its source timed it. It outlives its point and keeps its words."""

    at = models.DateTimeField()  # by the clock of the source, to the microsecond
    received_at = models.DateTimeField()
    point_id = models.BigIntegerField()
    point_name = models.CharField(max_length=200)
    equipment_mrid = models.UUIDField()
    quantity = models.CharField(max_length=24, choices=Quantity)
    previous = models.FloatField(null=True)  # null: told late, and what stood before was never heard
    value = models.FloatField()
    quality = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="change_at"),
            models.Index(fields=["equipment_mrid", "at", "id"], name="change_of_equipment"),
            models.Index(fields=["point_id", "at", "id"], name="change_of_point"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.point_name}: {self.value:g}"


class PointMapImport(models.Model):
    """The ledger of point maps that were made a gateway's own."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="imports")
    applied_at = models.DateTimeField()
    actor_name = models.CharField(max_length=150, blank=True)  # empty: a command of the machine
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["gateway", "-applied_at"], name="import_by_gateway")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.applied_at:%Y-%m-%d %H:%M}"
