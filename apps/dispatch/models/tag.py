from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.dispatch.choices import LONGEST_REASON, TagKind


class TagQuerySet(models.QuerySet["Tag"]):
    def standing(self) -> "TagQuerySet":
        return self.filter(removed_at__isnull=True)

    def standing_at(self, at: datetime) -> "TagQuerySet":
        return self.filter(Q(removed_at__isnull=True) | Q(removed_at__gt=at), placed_at__lte=at)


class Tag(models.Model):
    """What a person has hung on a device for all to see; several may hang there, each taken off by itself."""

    equipment_mrid = models.UUIDField()
    equipment_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=TagKind)
    reason = models.CharField(max_length=LONGEST_REASON)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tags_placed")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tags_removed", null=True, blank=True
    )
    removal_reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["equipment_mrid"], condition=Q(removed_at__isnull=True), name="tag_standing_equipment"
            ),
            models.Index(fields=["placed_at"], name="tag_placed_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="tag_has_a_reason"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="tag_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.equipment_name}"
