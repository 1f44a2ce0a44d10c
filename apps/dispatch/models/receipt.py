from django.db import models

from apps.dispatch.choices.proposal import LONGEST_TEXT, ReceiptOutcome
from apps.dispatch.models.proposal import Proposal


class Receipt(models.Model):
    """What was promised beside what came, or would have come: one for each proposal that people were shown."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="receipt")
    outcome = models.CharField(max_length=8, choices=ReceiptOutcome, default=ReceiptOutcome.DUE)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    is_taken = models.BooleanField()
    desk = models.CharField(max_length=30)
    kind = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    measured_at = models.DateTimeField(null=True, blank=True)
    unit = models.CharField(max_length=8)
    # As stated when it was decided upon.
    expected = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    confidence = models.FloatField()
    # Before the track record moved them.
    raw_low = models.FloatField(default=0.0)
    raw_high = models.FloatField(default=0.0)
    raw_confidence = models.FloatField(default=0.0)
    said_ends = models.BooleanField()
    # One of the two is the live state, the other the same state by power flow with the steps done or undone.
    value_with = models.FloatField(null=True, blank=True)
    value_without = models.FloatField(null=True, blank=True)
    realised = models.FloatField(null=True, blank=True)
    ends = models.BooleanField(null=True, blank=True)
    is_inside = models.BooleanField(null=True, blank=True)
    is_hit = models.BooleanField(null=True, blank=True)
    versions = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["outcome", "due_at"], name="receipt_due"),
            models.Index(fields=["desk", "kind"], name="receipt_desk_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.desk}, {self.kind}: {self.outcome}"
