from django.db import models

from apps.impact.choices.study import ClaimVerdict
from apps.impact.models.study import Study


class ClaimResult(models.Model):
    """What became of one claim in one study."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="claims")
    position = models.PositiveSmallIntegerField()
    claim = models.CharField(max_length=40)
    verdict = models.CharField(max_length=14, choices=ClaimVerdict)
    gain = models.FloatField(null=True, help_text="Share by which the figure gets better; null: cannot be told.")
    gain_low = models.FloatField(null=True)
    gain_high = models.FloatField(null=True)
    document = models.JSONField(help_text="Definition, values of the seeds by arm, guards, ceiling, ablation.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["study", "claim"], name="impact_claim_once_a_study")]

    def __str__(self) -> str:
        return self.claim
