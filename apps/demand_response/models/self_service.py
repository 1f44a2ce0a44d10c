from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.demand_response.models.customer import Enrolment


class SelfServiceLink(models.Model):
    """Shown once and never stored; `digest` is its SHA-256. It opens one session."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="demand_link_lives"),
        ]

    def __str__(self) -> str:
        return f"link of {self.enrolment}, {self.made_at:%Y-%m-%d %H:%M}"


class SelfServiceSession(models.Model):
    """What a browser holds after the link was opened; hashed as the link is."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"session of {self.enrolment}, {self.begun_at:%Y-%m-%d %H:%M}"
