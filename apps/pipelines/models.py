from django.db import models


class Attempt(models.Model):
    """A background task that has begun and not ended well: gone as soon as it has.

    A task that takes its worker with it comes back to the next one; only a count outside the worker can end that.
    """

    task_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    count = models.PositiveSmallIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["name", "last_at"], name="attempt_name_last_at")]

    def __str__(self) -> str:
        return f"{self.name} ×{self.count}"
