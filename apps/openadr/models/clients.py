from django.conf import settings
from django.db import models
from oauth2_provider.models import Application

from apps.openadr.choices import ClientRole
from apps.openadr.models.base import LONGEST_NAME


class OpenAdrClient(models.Model):
    """Who may speak OpenADR with us. Its secret is kept by the application, hashed.

    A client of business logic with a manager sees only the programs and VENs of that manager.
    """

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="openadr_client")
    client_id = models.CharField(max_length=LONGEST_NAME, unique=True, editable=False)  # the application's
    name = models.CharField(max_length=LONGEST_NAME, unique=True)
    role = models.CharField(max_length=3, choices=ClientRole)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "client"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="openadr_client_only_business_logic_acts_for_a_manager",
                condition=models.Q(role=ClientRole.BL) | models.Q(manager__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class WrongLogin(models.Model):
    """A refused request for a token; some from one address close the door for that client from there."""

    client_id = models.CharField(max_length=LONGEST_NAME)
    source_ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client_id", "at"], name="openadr_wrong_login_client_at")]

    def __str__(self) -> str:
        return f"{self.client_id} from {self.source_ip} at {self.at:%Y-%m-%d %H:%M:%S}"
