from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.alarms.choices import STANDING, BaseState, Condition, Consequence, Priority, Suppression


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def listed(self) -> "AlarmQuerySet":
        return self.exclude(condition=Condition.CANARY)

    def not_normal(self) -> "AlarmQuerySet":
        return self.exclude(base_state=BaseState.NORMAL)

    def standing(self) -> "AlarmQuerySet":
        return self.filter(is_active=True)

    def annunciated(self) -> "AlarmQuerySet":
        """In the order in which an operator should look at them."""
        return self.not_normal().order_by("priority", "-raised_at", "id")

    def shown(self) -> "AlarmQuerySet":
        """What is not normal, and what is kept quiet: that too must be seen on some page."""
        wanted = ~Q(base_state=BaseState.NORMAL) | ~Q(suppression=Suppression.NONE) | ~Q(work_order="")
        return self.listed().filter(wanted).order_by("priority", F("raised_at").desc(nulls_last=True), "id")

    def due(self, as_of: datetime) -> "AlarmQuerySet":
        """Whose shelf time is over."""
        return self.filter(shelved_until__lte=as_of)


class Alarm(models.Model):
    """One row per source and condition; its occurrences are told apart by number and kept in the journal."""

    source = models.CharField(max_length=200)  # stable key: an mRID, a gateway's or feeder's name
    condition = models.CharField(max_length=32, choices=Condition)
    # Counts what the journal has of this alarm: 1, 2, 3 without a gap. Of two tellings the higher one is the newer.
    version = models.PositiveBigIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    base_state = models.CharField(max_length=16, choices=BaseState, default=BaseState.NORMAL)
    is_active = models.BooleanField(default=False)
    latches = models.BooleanField(default=False)
    is_chattering = models.BooleanField(default=False)
    raises = ArrayField(models.DateTimeField(), default=list, blank=True)
    swung_at = models.DateTimeField(null=True, blank=True)
    occurrence = models.PositiveIntegerField(default=0)
    equipment_mrid = models.UUIDField(null=True, blank=True)
    equipment_name = models.CharField(max_length=200)
    equipment_class = models.CharField(max_length=60, blank=True)
    path = models.CharField(max_length=300, blank=True)
    substation_mrid = models.UUIDField(null=True, blank=True)
    feeder_mrid = models.UUIDField(null=True, blank=True)
    area_id = models.BigIntegerField(null=True, blank=True)  # as it was when raised; empty is the default area
    message = models.CharField(max_length=400)
    value = models.FloatField(null=True, blank=True)
    limit = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    quality_good = models.BooleanField(default=True)
    is_late = models.BooleanField(default=False)  # raised by data older than what was already known
    raised_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    # What explains it, as its number: a root that went away must not take its consequences along.
    parent_id = models.BigIntegerField(null=True, blank=True)

    suppression = models.CharField(max_length=16, choices=Suppression, default=Suppression.NONE)
    shelved_at = models.DateTimeField(null=True, blank=True)
    shelved_until = models.DateTimeField(null=True, blank=True)
    shelved_by = models.CharField(max_length=150, blank=True)
    shelf_reason = models.CharField(max_length=200, blank=True)
    suppressed_rule = models.CharField(max_length=60, blank=True)
    suppressed_since = models.DateTimeField(null=True, blank=True)
    suppressed_by_id = models.BigIntegerField(null=True, blank=True)  # the alarm that the rule leans on
    work_order = models.CharField(max_length=60, blank=True)
    out_of_service_reason = models.CharField(max_length=200, blank=True)
    out_of_service_asked_by = models.CharField(max_length=150, blank=True)
    out_of_service_asked_at = models.DateTimeField(null=True, blank=True)
    out_of_service_approved_by = models.CharField(max_length=150, blank=True)
    out_of_service_since = models.DateTimeField(null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "condition"], name="alarm_one_row_per_condition"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="")),
                name="alarm_acknowledged_at_and_by_go_together",
            ),
            models.CheckConstraint(
                condition=Q(is_chattering=True)
                | Q(is_active=True, base_state__in=sorted(STANDING))
                | (Q(is_active=False) & ~Q(base_state__in=sorted(STANDING))),
                name="alarm_stands_while_its_condition_is_true",
            ),
            models.CheckConstraint(
                condition=(
                    Q(suppression=Suppression.OUT_OF_SERVICE, out_of_service_since__isnull=False)
                    | Q(out_of_service_since__isnull=True)
                    & (
                        Q(suppression=Suppression.SHELVED, shelved_until__isnull=False)
                        | Q(shelved_until__isnull=True)
                        & (
                            (Q(suppression=Suppression.BY_DESIGN) & ~Q(suppressed_rule=""))
                            | Q(suppression=Suppression.NONE, suppressed_rule="")
                        )
                    )
                ),
                name="alarm_suppression_is_its_strongest_reason",
            ),
            models.CheckConstraint(
                condition=Q(shelved_until__isnull=True, shelf_reason="")
                | (Q(shelved_until__gt=F("shelved_at")) & ~Q(shelf_reason="") & ~Q(shelved_by="")),
                name="alarm_on_the_shelf_has_a_reason_and_an_end",
            ),
            models.CheckConstraint(
                condition=Q(out_of_service_since__isnull=True)
                | (~Q(work_order="") & ~Q(out_of_service_approved_by="")),
                name="alarm_out_of_service_is_approved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "-raised_at"], condition=~Q(base_state=BaseState.NORMAL), name="alarm_annunciated"
            ),
            models.Index(fields=["shelved_until"], condition=Q(shelved_until__isnull=False), name="alarm_shelf"),
            models.Index(
                fields=["suppressed_rule"], condition=~Q(suppression=Suppression.NONE), name="alarm_suppressed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_name}: {self.get_condition_display()}"


class AlarmDefinition(models.Model):
    """What is set about a condition: for all equipment, for a class of it, or for one piece. The narrowest wins."""

    condition = models.CharField(max_length=32, choices=Condition)
    equipment_class = models.CharField(max_length=60, blank=True, help_text="CIM class, e.g. PowerTransformer.")
    equipment_mrid = models.UUIDField(null=True, blank=True, help_text="One piece of equipment alone.")
    consequence_level = models.PositiveSmallIntegerField(
        choices=Consequence,
        null=True,
        blank=True,
        help_text="With the time to respond it gives the priority; empty: the priority of whoever raises the alarm.",
    )
    time_to_respond_s = models.PositiveIntegerField(default=600, validators=[MinValueValidator(10)])
    latches = models.BooleanField(default=False, help_text="Stays after its cause is gone, until it is reset.")
    cause = models.TextField()
    consequence = models.TextField()
    action = models.TextField()

    class Meta:
        ordering = ["condition", "equipment_class", "equipment_mrid"]
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "equipment_class", "equipment_mrid"],
                nulls_distinct=False,
                name="alarmdefinition_once",
            ),
            models.CheckConstraint(condition=Q(time_to_respond_s__gte=10), name="alarmdefinition_time_to_respond"),
        ]

    def __str__(self) -> str:
        return " ".join(
            filter(None, (self.get_condition_display(), self.equipment_class, str(self.equipment_mrid or "")))
        )


class MaintenanceZone(models.Model):
    """Equipment under work: its alarms are expected, and kept quiet from start to end."""

    name = models.CharField(max_length=100)
    mrids = ArrayField(models.UUIDField(), help_text="mRIDs of equipment, feeders or substations, with commas between.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    author = models.CharField(max_length=150, editable=False)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + timedelta(days=90)),
                name="maintenancezone_ends_after_its_start",
            ),
            models.CheckConstraint(condition=Q(mrids__len__gt=0), name="maintenancezone_has_equipment"),
        ]

    def __str__(self) -> str:
        return self.name


class Flood(models.Model):
    """A time in which more was told than one operator can follow: begins above ten in ten minutes, ends below five."""

    area_id = models.BigIntegerField(null=True)  # empty: the default area
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_id"], condition=Q(ended_at__isnull=True), nulls_distinct=False, name="flood_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"flood since {self.began_at:%Y-%m-%d %H:%M:%S}"
