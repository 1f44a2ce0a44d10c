from django.db import models

from apps.dispatch.models import SwitchingPlan, Trouble
from apps.incidents.choices.restoring import RestorationAim, RestorationOutcome
from apps.incidents.models.incident import Incident


class LostLoad(models.Model):
    """What customers of an incident would take now if they had supply; a meter without supply tells nothing."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="lost_load")
    as_of = models.DateTimeField()
    said_by = models.CharField(max_length=300)
    factor = models.FloatField(default=1.0, help_text="Now against just before the fault.")
    powers = models.JSONField(default=dict, help_text="By mRID: kW and kvar before the fault, into the network.")

    def __str__(self) -> str:
        return f"{self.incident}: {self.said_by}"


class RestorationRun(models.Model):
    """One look of the restoration desk at an incident, and what it found."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="restorations")
    aim = models.CharField(max_length=8, choices=RestorationAim, default=RestorationAim.RESTORE)
    as_of = models.DateTimeField()
    key = models.CharField(max_length=64, help_text="Of what it rests on: sections, and where the switches stand.")
    outcome = models.CharField(max_length=12, choices=RestorationOutcome)
    text = models.CharField(max_length=600)
    probability = models.FloatField(null=True, blank=True, help_text="That the fault is in what is isolated.")
    sections = models.JSONField(default=list, help_text="Keys and names of what counts as faulted.")
    loads_said_by = models.CharField(max_length=300, blank=True)
    plans = models.JSONField(default=list, help_text="The best first, with what each costs.")
    with_crews = models.JSONField(default=dict, help_text="What crews at switches could restore beyond that.")
    without = models.JSONField(default=list, help_text="Who stays without supply until the repair, and why.")
    trouble = models.ForeignKey(Trouble, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    proposals = models.JSONField(default=list, help_text="Of dispatch: ids.")
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["incident", "-as_of"], name="restorationrun_of_incident")]

    def __str__(self) -> str:
        return f"{self.incident.number}: {self.text}"


class WayBack(models.Model):
    """The switching plan that undoes what a proposal of this desk did; a person decides whether it is carried out."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="ways_back")
    proposal_id = models.PositiveBigIntegerField(unique=True, help_text="Of dispatch.")
    plan = models.ForeignKey(SwitchingPlan, on_delete=models.CASCADE, related_name="+")
    stopped = models.CharField(max_length=300, blank=True, help_text="Why the proposal was not carried out to its end.")

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ways back"

    def __str__(self) -> str:
        return f"{self.plan.number} undoes proposal {self.proposal_id}"
