from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.dispatch.choices.plan import (
    LONGEST_NAME,
    LONGEST_WORDS,
    PlanKind,
    PlanStatus,
    StepKind,
    StepStatus,
)
from apps.dispatch.models.order import Order


class SwitchingPlan(models.Model):
    """What is done on the network in what order, by whom it was thought out, checked and allowed."""

    name = models.CharField(max_length=LONGEST_NAME)
    purpose = models.CharField(max_length=LONGEST_WORDS)
    kind = models.CharField(max_length=12, choices=PlanKind)
    status = models.CharField(max_length=10, choices=PlanStatus, default=PlanStatus.NEW)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begins_at = models.DateTimeField(null=True, blank=True)
    customers_may_lose = models.PositiveIntegerField(default=0)  # a planned outage says how many
    from_template = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    go_back_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="go_back")

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="plan_has_a_name")]

    def __str__(self) -> str:
        return f"SP-{self.pk} {self.name}"

    @property
    def number(self) -> str:
        return f"SP-{self.pk}"


class PlanMove(models.Model):
    """Who moved a plan to where, and why: preparer, checker and approver are read from here."""

    plan = models.ForeignKey(SwitchingPlan, on_delete=models.CASCADE, related_name="moves")
    status = models.CharField(max_length=10, choices=PlanStatus)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=LONGEST_WORDS, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["plan", "id"], name="plan_move_in_order")]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.get_status_display()}"


class SwitchingStep(models.Model):
    """One act of a plan; carried out strictly in the order of the positions."""

    plan = models.ForeignKey(SwitchingPlan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=StepKind)
    equipment_mrid = models.UUIDField(null=True, blank=True)
    equipment_name = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict)
    text = models.CharField(max_length=300)
    crew = models.CharField(max_length=80, blank=True)  # who does it on site; empty: from here
    status = models.CharField(max_length=10, choices=StepStatus, default=StepStatus.NEW)
    instructed_at = models.DateTimeField(null=True, blank=True)
    instructed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=LONGEST_WORDS, blank=True)
    order = models.OneToOneField(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="step")
    found = models.JSONField(default=dict)  # what the check of the live network said when it was instructed

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="switching_step_position"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(status=StepStatus.INSTRUCTED), name="one_step_of_a_plan_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class PlanStudy(models.Model):
    """The steps carried out on a copy of the live state. It counts for these steps on this network and no other."""

    plan = models.ForeignKey(SwitchingPlan, on_delete=models.CASCADE, related_name="studies")
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    is_safe = models.BooleanField()
    text = models.CharField(max_length=400)
    taps_before = models.JSONField(default=dict)  # by mRID of the transformers whose taps the steps move
    results = models.JSONField(default=list)  # of each step: what it does, what forbids it, figures after it

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "plan studies"

    def __str__(self) -> str:
        return self.text
