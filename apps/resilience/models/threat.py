from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from apps.resilience.choices.threat import (
    LONGEST_REASON,
    NEXT_FINDING_STATE,
    OPEN_FINDINGS,
    PHYSICAL_KINDS,
    FindingKind,
    FindingState,
    Group,
    HazardKind,
    LearningOutcome,
)


class FindingQuerySet(models.QuerySet["Finding"]):
    def open(self) -> "FindingQuerySet":
        return self.filter(state__in=OPEN_FINDINGS)

    def standing(self) -> "FindingQuerySet":
        return self.filter(ended_at__isnull=True)

    def move(self, pk: int, old: FindingState, new: FindingState, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_FINDING_STATE[old]:
            return False
        return bool(self.filter(pk=pk, state=old).update(state=new, **fields))


class Finding(models.Model):
    """Something that does not behave as physics, habit or orders say, or a danger that touches assets."""

    key = models.CharField(max_length=200, db_index=True)  # of what is found: seen again, it is the same finding
    kind = models.CharField(max_length=20, choices=FindingKind)
    state = models.CharField(max_length=14, choices=FindingState, default=FindingState.NEW)
    title = models.CharField(max_length=200)
    likelihood = models.FloatField(help_text="From 0 to 1, that it is what it looks like.")
    basis = models.CharField(max_length=LONGEST_REASON, help_text="Whence the likelihood.")
    gravity = models.FloatField(default=0.0, help_text="Likelihood times the share of load that is touched; orders.")
    evidence = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    assets = models.JSONField(default=list)  # mRID, name and class
    advice = models.CharField(max_length=LONGEST_REASON)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # newest evidence
    starts_at = models.DateTimeField(null=True, blank=True)  # of what is foreseen
    ended_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-gravity", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(ended_at__isnull=True), name="finding_stands_once_for_what_it_is"
            ),
            models.CheckConstraint(
                condition=Q(likelihood__gte=0, likelihood__lte=1), name="finding_likelihood_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.DISMISSED) | ~Q(reason=""), name="finding_dismissed_with_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["-seen_at"], name="finding_seen_at")]

    def __str__(self) -> str:
        return self.title

    @property
    def group(self) -> Group:
        return Group.PHYSICAL if self.kind in PHYSICAL_KINDS else Group.CYBER


class HazardArea(models.Model):
    """A fire or a flood on the map, as somebody handed it in, for as long as it says."""

    kind = models.CharField(max_length=10, choices=HazardKind)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)
    rings = models.JSONField()  # [[longitude, latitude], ...]; the outer first, then holes, of each polygon
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()

    class Meta:
        ordering = ["valid_from", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gt=models.F("valid_from")), name="hazard_area_lasts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class ReadingHabit(models.Model):
    """What was learnt of meters: how they usually read, how they hang together, and where lines lie."""

    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=LearningOutcome)
    reason = models.CharField(max_length=300, blank=True)
    learnt_from = models.DateTimeField(null=True)
    learnt_to = models.DateTimeField(null=True)
    points = models.JSONField(default=list)  # keys of measurement points, in order
    switches = models.CharField(max_length=64, blank=True)  # digest of the switch positions that it holds for
    lines = models.JSONField(default=dict)
    packed = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"
