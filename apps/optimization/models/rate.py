from django.db import models
from django.db.models import Q

from apps.dispatch.choices.ahead import OfferKind


class CostRate(models.Model):
    """What a kWh of an offer costs here, as the administration has entered it; the first are assumptions and say so."""

    kind = models.CharField(max_length=16, choices=OfferKind, unique=True)
    eur_per_kwh = models.FloatField()
    kg_co2_per_kwh = models.FloatField(default=0.0)
    source = models.CharField(max_length=200, help_text="Where the figures come from.")

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(condition=Q(eur_per_kwh__gt=0) & Q(kg_co2_per_kwh__gte=0), name="cost_rate_signs"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.eur_per_kwh:g} EUR/kWh"
