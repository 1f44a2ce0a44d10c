from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.openadr.models.base import LONGEST_NAME, OpenAdrObject, targets_field


class Ven(OpenAdrObject):
    """`granted` is what its programs and events are found by: its own targets and those of its resources.

    `once_granted` never shrinks: a VEN may report on an event that it was shown and is shown no more.
    """

    ven_name = models.CharField(max_length=LONGEST_NAME)
    client_id = models.CharField(max_length=LONGEST_NAME)
    targets = targets_field()
    granted = targets_field()
    once_granted = targets_field()
    managers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "VEN"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ven_name"], condition=Q(withdrawn_at__isnull=True), name="openadr_ven_one_per_name"
            ),
            models.UniqueConstraint(
                fields=["client_id"], condition=Q(withdrawn_at__isnull=True), name="openadr_ven_one_per_client"
            ),
        ]
        indexes = [
            GinIndex(fields=["targets"], name="openadr_ven_targets"),
            GinIndex(fields=["granted"], name="openadr_ven_granted"),
            models.Index(fields=["last_seen_at"], name="openadr_ven_last_seen"),
        ]

    def __str__(self) -> str:
        return self.ven_name


class Resource(OpenAdrObject):
    ven = models.ForeignKey(Ven, on_delete=models.CASCADE, related_name="resources")
    resource_name = models.CharField(max_length=LONGEST_NAME)
    targets = targets_field()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ven", "resource_name"],
                condition=Q(withdrawn_at__isnull=True),
                name="openadr_resource_one_per_name",
            )
        ]
        indexes = [GinIndex(fields=["targets"], name="openadr_resource_targets")]

    def __str__(self) -> str:
        return self.resource_name
