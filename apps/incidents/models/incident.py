from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.incidents.choices.incident import (
    LONGEST_WORDS,
    NEXT_INCIDENT_STATUS,
    OPEN_INCIDENTS,
    DamageClass,
    IncidentKind,
    IncidentStatus,
    Trigger,
)
from apps.state.choices import OutageCause


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> "IncidentQuerySet":
        return self.filter(status__in=OPEN_INCIDENTS)

    def move(self, pk: int, old: IncidentStatus, new: IncidentStatus, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_INCIDENT_STATUS[old]:
            raise ValueError(f"No incident goes from {old} to {new}.")
        return bool(self.filter(pk=pk, status=old).update(status=new, **fields))


class Incident(models.Model):
    """One loss of supply by one cause, from its first sign until it is closed."""

    number = models.CharField(max_length=24, unique=True, help_text="As people call it: INC-12.")
    status = models.CharField(max_length=16, choices=IncidentStatus, default=IncidentStatus.DETECTED)
    kind = models.CharField(max_length=10, choices=IncidentKind, default=IncidentKind.UNDECIDED)
    trigger = models.CharField(max_length=12, choices=Trigger)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="nested",
        help_text="In whose dead area it was found.",
    )  # fmt: skip
    feeder_mrid = models.UUIDField(null=True, blank=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    device_mrid = models.UUIDField(null=True, blank=True, help_text="What protection opened.")
    device_name = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=300, blank=True)

    began_at = models.DateTimeField(help_text="When supply was lost, by the earliest of what tells it.")
    detected_at = models.DateTimeField()
    located_at = models.DateTimeField(null=True, blank=True)
    isolated_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    repaired_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was closed or cancelled.")
    inferred_at = models.DateTimeField(null=True, blank=True)

    nodes = models.JSONField(default=list, help_text="mRIDs of the nodes that lost supply.")
    tripped = models.JSONField(default=list, help_text="mRIDs of the switches that opened by themselves.")
    open_before = models.JSONField(default=list, help_text="mRIDs of the switches that stood open before it.")
    customers = models.PositiveIntegerField(default=0, help_text="That lost supply, each once.")
    critical_customers = models.PositiveIntegerField(default=0)
    lost_kw = models.FloatField(default=0.0, help_text="What they drew before.")
    customers_without = models.PositiveIntegerField(default=0, help_text="Now.")
    critical_without = models.PositiveIntegerField(default=0)
    outage_mrid = models.UUIDField(null=True, blank=True, unique=True, help_text="Of the recorded outage.")

    cause = models.CharField(max_length=12, choices=OutageCause, default=OutageCause.UNKNOWN)
    cause_note = models.CharField(max_length=LONGEST_WORDS, blank=True)
    damage_class = models.CharField(max_length=12, choices=DamageClass, default=DamageClass.UNKNOWN)
    damage = models.CharField(max_length=LONGEST_WORDS, blank=True)
    equipment_mrid = models.UUIDField(null=True, blank=True, help_text="What failed, once it is found.")
    equipment_name = models.CharField(max_length=200, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.CLOSED) | (Q(ended_at__isnull=False) & ~Q(kind="undecided")),
                name="incident_closed_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(customers_without__lte=F("customers")), name="incident_without_supply_are_of_it"
            ),
        ]
        indexes = [
            models.Index(fields=["-began_at"], name="incident_began_at"),
            models.Index(fields=["status"], name="incident_status"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.place or self.feeder_name}".strip()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_INCIDENTS


class IncidentEstimate(models.Model):
    """When the last customer will have supply again, as it was said at an instant. The newest counts."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="estimates")
    made_at = models.DateTimeField()
    earliest_at = models.DateTimeField(help_text="One in ten is over by then.")
    likely_at = models.DateTimeField(help_text="One in two.")
    latest_at = models.DateTimeField(help_text="Nine in ten.")
    basis = models.CharField(max_length=300)
    past_outages = models.PositiveIntegerField(default=0, help_text="That it rests on; 0: stated priors, or a person.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(earliest_at__lte=F("likely_at"), likely_at__lte=F("latest_at")),
                name="incidentestimate_band_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.likely_at:%Y-%m-%d %H:%M}"
