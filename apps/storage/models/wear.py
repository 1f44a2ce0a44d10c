from django.db import models

from apps.storage.choices import LONGEST_TEXT
from apps.storage.models.plant import StoragePlant


class WearPrice(models.Model):
    """What a kWh discharged costs a plant's cells, worked out of a law of ageing and what new cells cost."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="wear_prices")
    as_of = models.DateTimeField()
    per_kwh = models.FloatField()  # money at the meter, as it was operated
    # By parts of the window of its charge, from the shallowest cycles to the deepest: share, and money per kWh.
    depth_share = models.JSONField()
    depth_per_kwh = models.JSONField()
    replacement_cost = models.FloatField()
    basis = models.CharField(max_length=LONGEST_TEXT)

    class Meta:
        ordering = ["-as_of"]
        constraints = [models.UniqueConstraint(fields=["plant", "as_of"], name="wear_price_once_an_instant")]

    def __str__(self) -> str:
        return f"{self.plant_id}: {self.per_kwh:.4f}"
