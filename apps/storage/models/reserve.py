from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.storage.choices import LONGEST_TEXT
from apps.storage.models.plant import StorageFleet, StoragePlant


class ReserveCommitmentQuerySet(models.QuerySet["ReserveCommitment"]):
    def in_force(self) -> "ReserveCommitmentQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class ReserveCommitment(models.Model):
    """Power that a plant, or a fleet together, holds ready for a while, with the energy to give it as long as told.

    `up`: more into the network than planned. Powers at the meter.
    """

    plant = models.ForeignKey(StoragePlant, null=True, blank=True, on_delete=models.PROTECT, related_name="reserves")
    fleet = models.ForeignKey(StorageFleet, null=True, blank=True, on_delete=models.PROTECT, related_name="reserves")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    up_kw = models.FloatField(default=0.0)
    down_kw = models.FloatField(default=0.0)
    backing_h = models.FloatField()  # for how long it must be able to run
    price_per_kw_h = models.FloatField(default=0.0)  # money that is paid for holding it
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=LONGEST_TEXT)  # the contract, or whoever asked for it
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)

    objects = ReserveCommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["ends_at"], name="reserve_commitment_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(plant__isnull=False, fleet__isnull=True) | Q(plant__isnull=True, fleet__isnull=False),
                name="reserve_of_a_plant_or_a_fleet",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="reserve_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(up_kw__gte=0, down_kw__gte=0, backing_h__gt=0, price_per_kw_h__gte=0)
                & (Q(up_kw__gt=0) | Q(down_kw__gt=0)),
                name="reserve_holds_something",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="reserve_names_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.plant or self.fleet}: {self.up_kw:g} kW up, {self.down_kw:g} kW down"
