from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.incidents.choices.incident import LONGEST_WORDS, FactKind, ReportKind
from apps.incidents.models.incident import Incident


class IncidentFact(models.Model):
    """One line of an incident's timeline. It is never changed: what turns out otherwise is another fact."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=16, choices=FactKind)
    key = models.CharField(max_length=120, help_text="Of its source: told twice it is one fact.")
    at = models.DateTimeField(help_text="By the clock of the source.")
    recorded_at = models.DateTimeField()
    equipment_mrid = models.UUIDField(null=True, blank=True)
    equipment_name = models.CharField(max_length=200, blank=True)
    value = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=8, blank=True)
    text = models.CharField(max_length=LONGEST_WORDS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "key"], name="incidentfact_told_once")]

    def __str__(self) -> str:
        return self.text


class IncidentSection(models.Model):
    """A part of the network between switches that may hold the fault, and how likely it does."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=64, help_text="The same for the same part.")
    rank = models.PositiveSmallIntegerField(help_text="1 is the most likely.")
    name = models.CharField(max_length=300)
    probability = models.FloatField()
    lines = models.JSONField(default=list, help_text="mrid, name and probability of each, the most likely first.")
    transformers = models.JSONField(default=list, help_text="As the lines.")
    nodes = models.JSONField(default=list, help_text="mRIDs.")
    switches = models.JSONField(default=list, help_text="mRIDs and names of what isolates it.")
    consumers = models.JSONField(default=list, help_text="mRIDs of the consumers inside, who stay without supply.")
    customers = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list, help_text="Sentences.")
    is_confirmed = models.BooleanField(default=False, help_text="By a person.")
    is_isolated = models.BooleanField(default=False, help_text="Every switch around it stands open.")

    class Meta:
        ordering = ["incident", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "key"], name="incidentsection_once"),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(is_confirmed=True), name="incidentsection_one_is_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="incidentsection_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.probability:.0%}"


class SupplyReport(models.Model):
    """What a customer's meter or a caller told of their supply."""

    kind = models.CharField(max_length=10, choices=ReportKind)
    external_id = models.CharField(max_length=120, help_text="Of the sender: told twice it is one report.")
    consumer_mrid = models.UUIDField()
    usage_point = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_WORDS, blank=True)
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], name="supplyreport_told_once"),
        ]
        indexes = [
            models.Index(fields=["consumer_mrid", "-at"], name="supplyreport_of_consumer"),
            models.Index(fields=["-at"], name="supplyreport_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%H:%M:%S}"
