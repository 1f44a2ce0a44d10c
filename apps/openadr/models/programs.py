from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.openadr.models.base import LONGEST_NAME, OpenAdrObject, targets_field

LOWEST_PRIORITY = 2**31 - 1  # an event that names none comes after all that do


class Program(OpenAdrObject):
    """`is_own`: made by GridOps itself, so that a client of business logic cannot change it."""

    program_name = models.CharField(max_length=LONGEST_NAME)
    targets = targets_field()
    is_own = models.BooleanField(default=False)
    managers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program_name"], condition=Q(withdrawn_at__isnull=True), name="openadr_program_one_per_name"
            )
        ]
        indexes = [GinIndex(fields=["targets"], name="openadr_program_targets")]

    def __str__(self) -> str:
        return self.program_name


class Event(OpenAdrObject):
    """`starts_at` and `ends_at` follow from the intervals; None: from now on, without an end."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="events")
    event_name = models.CharField(max_length=200, blank=True)
    priority = models.PositiveIntegerField(default=LOWEST_PRIORITY)
    targets = targets_field()
    is_own = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["priority", "-id"]
        indexes = [
            GinIndex(fields=["targets"], name="openadr_event_targets"),
            models.Index(
                fields=["priority", "-id"], condition=Q(withdrawn_at__isnull=True), name="openadr_event_by_priority"
            ),
            models.Index(fields=["ends_at"], condition=Q(withdrawn_at__isnull=True), name="openadr_event_ends"),
        ]

    def __str__(self) -> str:
        return self.event_name or f"event {self.pk}"


class Report(OpenAdrObject):
    """`received_order` is the row's own number: what came later has a higher one."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="reports")
    client_id = models.CharField(max_length=LONGEST_NAME)
    client_name = models.CharField(max_length=LONGEST_NAME)
    report_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["client_id", "id"], name="openadr_report_client")]

    def __str__(self) -> str:
        return self.report_name or f"report {self.pk}"
