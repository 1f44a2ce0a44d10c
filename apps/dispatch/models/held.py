from django.db import models
from django.db.models import F, Q


class HeldReserve(models.Model):
    """Power that a desk keeps free at a device, by what it has promised: whoever plans the same device leaves it alone.

    `up`: more into the network than planned. At the meter.
    """

    desk = models.CharField(max_length=20)
    reference = models.CharField(max_length=60)  # the desk's own name of the promise
    device_mrid = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    up_kw = models.FloatField(default=0.0)
    down_kw = models.FloatField(default=0.0)
    backing_h = models.FloatField()  # for how long it must be able to run
    told_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # given back before its time

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["device_mrid", "ends_at"], name="held_reserve_of_device")]
        constraints = [
            models.UniqueConstraint(fields=["desk", "reference", "device_mrid"], name="held_reserve_once"),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at"), up_kw__gte=0, down_kw__gte=0, backing_h__gt=0),
                name="held_reserve_is_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk} {self.reference}: {self.up_kw:g} kW up, {self.down_kw:g} kW down"
