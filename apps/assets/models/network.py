from django.db import models


class NetworkModelQuerySet(models.QuerySet["NetworkModel"]):
    def current(self) -> "NetworkModelQuerySet":
        return self.filter(is_current=True)


class NetworkModel(models.Model):
    """One imported version of the network; all equipment belongs to one. Exactly one is current."""

    source = models.CharField(max_length=500)
    name = models.CharField(max_length=200)
    licence = models.CharField(max_length=500, blank=True)
    schematic = models.BooleanField(help_text="Coordinates were computed, not given.")
    imported_at = models.DateTimeField()
    is_current = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content; equal digests are the same network.")
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    objects = NetworkModelQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at"]
        constraints = [
            models.UniqueConstraint("is_current", condition=models.Q(is_current=True), name="one_current_network"),
            models.UniqueConstraint(fields=["digest"], name="one_version_per_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.pk})"
