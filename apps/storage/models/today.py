from django.db import models

from apps.storage.models.plant import StoragePlant


class DaySoFar(models.Model):
    """A plant's present day of its market up to the newest quarter hour: what was planned of it, and what came."""

    plant = models.OneToOneField(StoragePlant, on_delete=models.CASCADE, primary_key=True, related_name="day_so_far")
    day = models.DateField()
    until = models.DateTimeField()
    currency = models.CharField(max_length=3, blank=True)
    earned = models.FloatField(null=True, blank=True)  # by the meter, at the prices that came; without wear
    planned = models.FloatField(null=True, blank=True)  # by the plan as it stood in each quarter hour
    charged_kwh = models.FloatField(null=True, blank=True)
    discharged_kwh = models.FloatField(null=True, blank=True)
    planned_charged_kwh = models.FloatField(null=True, blank=True)
    planned_discharged_kwh = models.FloatField(null=True, blank=True)
    metered_share = models.FloatField(default=0.0)  # of the quarter hours that have ended
    planned_share = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.plant_id} {self.day}"
