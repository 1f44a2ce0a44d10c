from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.incidents.choices.crew import (
    NEXT_ASSIGNMENT_STATUS,
    OPEN_ASSIGNMENTS,
    AssignmentStatus,
    CrewSkill,
    CrewStatus,
)
from apps.incidents.models.incident import Incident


class Crew(models.Model):
    name = models.CharField(max_length=80, unique=True)
    area = models.CharField(max_length=120, blank=True, help_text="Where it usually works.")
    skills = ArrayField(models.CharField(max_length=12, choices=CrewSkill), default=list)
    status = models.CharField(max_length=10, choices=CrewStatus, default=CrewStatus.AVAILABLE)
    members = models.PositiveSmallIntegerField(default=2)
    longitude = models.FloatField(null=True, blank=True, help_text="Of its depot.")
    latitude = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="crew_has_a_name"),
            models.CheckConstraint(condition=Q(members__gte=1), name="crew_has_somebody"),
        ]

    def __str__(self) -> str:
        return self.name


class CrewAssignmentQuerySet(models.QuerySet["CrewAssignment"]):
    def open(self) -> "CrewAssignmentQuerySet":
        return self.filter(status__in=OPEN_ASSIGNMENTS)

    def move(self, pk: int, old: AssignmentStatus, new: AssignmentStatus, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_ASSIGNMENT_STATUS[old]:
            raise ValueError(f"No assignment goes from {old} to {new}.")
        return bool(self.filter(pk=pk, status=old).update(status=new, **fields))


class CrewAssignment(models.Model):
    crew = models.ForeignKey(Crew, on_delete=models.PROTECT, related_name="assignments")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="assignments")
    status = models.CharField(max_length=10, choices=AssignmentStatus, default=AssignmentStatus.ASSIGNED)
    task = models.CharField(max_length=200, blank=True)
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    en_route_at = models.DateTimeField(null=True, blank=True)
    on_site_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CrewAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["crew"], condition=Q(status__in=sorted(OPEN_ASSIGNMENTS)), name="one_open_assignment_a_crew"
            )
        ]

    def __str__(self) -> str:
        return f"{self.crew}: {self.get_status_display()}"
