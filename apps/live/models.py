import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class JournalEntry(models.Model):
    """What happened, in an order that readers can follow without missing a row.

    A trigger numbers the rows of a stream in the order in which they are committed.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    stream = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    payload = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name_plural = "journal entries"
        indexes = [
            models.Index(fields=["stream", "id"], name="live_journal_position"),
            models.Index(fields=["recorded_at"], name="live_journal_recorded_at"),
            models.Index(fields=["stream", "subject", "recorded_at"], name="live_journal_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.id} {self.kind} {self.subject}"


class Epoch(models.Model):
    """One row. Another epoch means another history: positions of the old one say nothing any more."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seed = models.UUIDField(default=uuid.uuid4)
    incarnation = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="live_epoch_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return str(self.seed)


class Horizon(models.Model):
    """How far a stream has been trimmed: a reader that stands before it must take a snapshot."""

    stream = models.CharField(max_length=40, primary_key=True)
    last_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.stream} {self.last_id}"
