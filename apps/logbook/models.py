from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from apps.logbook.choices import LONGEST_NOTE, Stage


class NoteQuerySet(models.QuerySet["Note"]):
    def standing(self) -> "NoteQuerySet":
        """What is valid: a corrected note lives on only in its correction."""
        return self.filter(correction__isnull=True)

    def to_follow_up(self) -> "NoteQuerySet":
        return self.standing().filter(is_open=True, closing__isnull=True)


class Note(models.Model):
    """What an operator writes down. Rows are only added: a correction or a closing is a note of its own."""

    at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=LONGEST_NOTE)
    equipment_mrid = models.UUIDField(null=True, blank=True)
    equipment_name = models.CharField(max_length=200, blank=True)
    is_open = models.BooleanField(default=False)  # to be followed up by this shift or the next
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction")
    closes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="closing")

    objects = NoteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="note_at")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text[:60]}"


class HandOver(models.Model):
    """One page that both sign: what the outgoing operator leaves and the relief takes on."""

    stage = models.CharField(max_length=12, choices=Stage, default=Stage.SIGNED_OUT)
    outgoing = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handed_over")
    outgoing_at = models.DateTimeField()
    incoming = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="taken_over", null=True, blank=True
    )
    incoming_at = models.DateTimeField(null=True, blank=True)
    remarks = models.CharField(max_length=LONGEST_NOTE, blank=True)
    page = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    reviewed = models.JSONField(default=list)  # alarm/occurrence of every P1 that the relief has looked at
    digest = models.CharField(max_length=64)  # SHA-256 of page and remarks: what both have signed

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("stage", condition=Q(stage=Stage.SIGNED_OUT), name="one_hand_over_waits_at_a_time"),
            models.CheckConstraint(
                condition=Q(stage=Stage.COMPLETE, incoming__isnull=False, incoming_at__isnull=False)
                | (~Q(stage=Stage.COMPLETE) & Q(incoming__isnull=True, incoming_at__isnull=True)),
                name="hand_over_complete_when_both_have_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_at:%Y-%m-%d %H:%M} {self.get_stage_display()}"
