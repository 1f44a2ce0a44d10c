from django.db import models

from apps.assets.models import NetworkModel


class AreaEstimate(models.Model):
    """What the process of one area of the network last said; the history is that of the whole, in Solution."""

    area = models.CharField(max_length=200, unique=True)
    network_model = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    result = models.BinaryField(default=bytes)  # apps/state/adapters/area_result.py

    def __str__(self) -> str:
        return f"{self.area} {self.as_of:%Y-%m-%d %H:%M:%S}"
