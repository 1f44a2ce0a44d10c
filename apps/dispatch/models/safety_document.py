from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.dispatch.choices.plan import CrewStatus, DocumentKind, DocumentStatus
from apps.dispatch.models.plan import SwitchingPlan


class SafetyDocumentQuerySet(models.QuerySet["SafetyDocument"]):
    def issued_on(self, mrid: UUID) -> "SafetyDocumentQuerySet":
        return self.filter(status=DocumentStatus.ISSUED, devices__contains=[{"mrid": str(mrid)}])


class SafetyDocument(models.Model):
    """On it people work on parts that must stay dead: while it is issued, its devices stay as they are."""

    plan = models.ForeignKey(SwitchingPlan, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=DocumentKind)
    work = models.CharField(max_length=300)
    crew = models.CharField(max_length=80)
    devices = models.JSONField()  # [{"mrid", "name"}]: what isolates the place of work
    status = models.CharField(max_length=8, choices=DocumentStatus, default=DocumentStatus.DRAFT)
    crew_status = models.CharField(max_length=8, choices=CrewStatus, default=CrewStatus.NONE)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SafetyDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=DocumentStatus.RELEASED) | ~Q(crew_status=CrewStatus.ISSUED),
                name="released_without_a_crew_on_it",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} SD-{self.pk}"

    @property
    def mrids(self) -> frozenset[str]:
        return frozenset(device["mrid"] for device in self.devices)
