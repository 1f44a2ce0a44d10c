from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.assets.choices import ModelStatus, Phase


class TsTzRange(models.Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class NetworkModelQuerySet(models.QuerySet["NetworkModel"]):
    def live_at(self, at: datetime | Now) -> "NetworkModelQuerySet":
        """At most one: the database refuses intervals that overlap."""
        return self.filter(Q(live_until__isnull=True) | Q(live_until__gt=at), live_from__lte=at)

    def current(self) -> "NetworkModelQuerySet":
        return self.live_at(Now())


class NetworkModel(models.Model):
    """One version of the network; all equipment belongs to one.

    `live_from` and `live_until` are the only truth about which version is live: nobody has to flip anything when an
    instant comes. People are kept as text, as in the audit; `editor_ids` is there to tell an editor from an approver.
    """

    source = models.CharField(max_length=500)
    name = models.CharField(max_length=200)
    licence = models.CharField(max_length=500, blank=True)
    schematic = models.BooleanField(help_text="Coordinates were computed, not given.")
    imported_at = models.DateTimeField()
    digest = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="SHA-256 of the content when it was last checked."
    )
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    status = models.CharField(max_length=10, choices=ModelStatus, default=ModelStatus.DRAFT)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    revision = models.PositiveIntegerField(default=0, help_text="Moves with every edit.")
    note = models.CharField(max_length=300, blank=True, help_text="What the change is for.")
    author = models.CharField(max_length=150, blank=True)
    editor_ids = ArrayField(models.BigIntegerField(), default=list)
    checks = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    checked_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    # The version that the approver compared it with; approval holds for taking the place of this one only.
    approved_against = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    rejected_at = models.DateTimeField(null=True)
    rejected_by = models.CharField(max_length=150, blank=True)
    rejection_reason = models.CharField(max_length=300, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    live_from = models.DateTimeField(null=True)
    live_until = models.DateTimeField(null=True)

    objects = NetworkModelQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at", "-id"]
        constraints = [
            ExclusionConstraint(
                name="one_live_network_at_any_instant",
                expressions=[(TsTzRange(F("live_from"), F("live_until")), RangeOperators.OVERLAPS)],
                condition=Q(live_from__isnull=False),
            ),
            models.CheckConstraint(
                name="network_live_until_after_live_from",
                condition=Q(live_until__isnull=True) | Q(live_from__isnull=False, live_until__gt=F("live_from")),
            ),
            models.CheckConstraint(
                name="network_released_has_an_interval",
                condition=Q(status=ModelStatus.RELEASED, live_from__isnull=False)
                | (~Q(status=ModelStatus.RELEASED) & Q(live_from__isnull=True)),
            ),
            models.CheckConstraint(
                name="network_rejected_has_a_reason",
                condition=~Q(status=ModelStatus.REJECTED) | ~Q(rejection_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.pk})"

    def phase_at(self, at: datetime) -> Phase:
        if self.live_from is None:
            return Phase(self.status)
        if at < self.live_from:
            return Phase.SCHEDULED
        return Phase.LIVE if self.live_until is None or at < self.live_until else Phase.SUPERSEDED
