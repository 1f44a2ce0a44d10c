from django.db import models

from apps.assets.models.base import IdentifiedObject, above
from apps.assets.models.network import NetworkModel


class Substation(IdentifiedObject):
    longitude = models.FloatField()
    latitude = models.FloatField()
    nominal_kv = models.FloatField(help_text="Highest voltage in the substation.")

    class Meta(IdentifiedObject.Meta):
        constraints = [*IdentifiedObject.Meta.constraints, above("nominal_kv", 0, "substation_kv_positive")]


class Feeder(IdentifiedObject):
    """What one outgoing line of a substation feeds in the normal switch positions."""

    substation = models.ForeignKey(Substation, null=True, on_delete=models.CASCADE, related_name="feeders")
    nominal_kv = models.FloatField()
    customers = models.PositiveIntegerField(default=0)


class OperationalLimit(models.Model):
    """Voltage limits shared by the nodes that name them; ratings stand on lines and transformers."""

    model = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="+")
    nominal_kv = models.FloatField()
    low_pu = models.FloatField()
    high_pu = models.FloatField()

    class Meta:
        ordering = ["model", "-nominal_kv"]
        constraints = [
            models.UniqueConstraint(fields=["model", "nominal_kv", "low_pu", "high_pu"], name="operationallimit_once"),
            models.CheckConstraint(
                condition=models.Q(low_pu__gt=0, high_pu__gt=models.F("low_pu"), high_pu__lt=2),
                name="operationallimit_low_below_high",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nominal_kv:g} kV: {self.low_pu:g} to {self.high_pu:g} pu"
