from django.db import models
from django.db.models.functions import Upper

from apps.assets.models.network import NetworkModel


class IdentifiedObject(models.Model):
    model = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="+")
    mrid = models.UUIDField(help_text="Stays the same from one import of a source to the next.")
    name = models.CharField(max_length=200)
    # Position within its class: the order of the engine's arrays, of live frames and of the geometry.
    index = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["model", "index"]
        constraints = [
            models.UniqueConstraint(fields=["model", "mrid"], name="%(class)s_one_per_mrid"),
            models.UniqueConstraint(fields=["model", "index"], name="%(class)s_one_per_index"),
        ]
        indexes = [models.Index("model", Upper("name"), name="%(class)s_by_name")]

    def __str__(self) -> str:
        return self.name


def at_least(field: str, minimum: float, name: str) -> models.CheckConstraint:
    # Infinity and NaN pass `>=` in Postgres, so that an upper bound that only they exceed stands beside it.
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": minimum, f"{field}__lt": float("inf")}), name=name
    )


def above(field: str, bound: float, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gt": bound, f"{field}__lt": float("inf")}), name=name
    )
