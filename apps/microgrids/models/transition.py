import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.dispatch.models import Autonomy
from apps.microgrids.choices.transition import (
    LONGEST_REASON,
    NEXT_STEP_OUTCOME,
    NEXT_TRANSITION_STATUS,
    OPEN_TRANSITIONS,
    CriterionKind,
    StepCommand,
    StepOutcome,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)
from apps.microgrids.models.microgrid import Microgrid

_BY = settings.AUTH_USER_MODEL


class TransitionQuerySet(models.QuerySet["Transition"]):
    def open(self) -> "TransitionQuerySet":
        return self.filter(status__in=OPEN_TRANSITIONS)

    def move(self, pk: int, old: TransitionStatus, new: TransitionStatus, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_TRANSITION_STATUS[old]:
            raise ValueError(f"No transition goes from {old} to {new}.")
        return bool(self.filter(pk=pk, status=old).update(status=new, **fields))

    def enter(self, pk: int, old: TransitionStage, visit: int, new: TransitionStage, **fields: Any) -> bool:
        """False: another process has moved it meanwhile."""
        rows = self.filter(pk=pk, status=TransitionStatus.RUNNING, stage=old, visit=visit)
        return bool(rows.update(stage=new, visit=visit + 1, **fields))


class Transition(models.Model):
    """One way of a microgrid from standing with the grid to standing alone, or back. Everything that the sequence
    remembers is here and in its steps: whoever reads the rows goes on where the last one stopped."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="transitions")
    kind = models.CharField(max_length=20, choices=TransitionKind)
    status = models.CharField(max_length=10, choices=TransitionStatus, default=TransitionStatus.PROPOSED)
    stage = models.CharField(max_length=16, choices=TransitionStage)
    visit = models.PositiveIntegerField(default=1)  # counts the stages entered; steps belong to one
    stage_since = models.DateTimeField()
    kept_since = models.DateTimeField(null=True, blank=True)  # since when what the stage waits for holds
    cause = models.CharField(max_length=20, blank=True)  # the criterion; empty: a person
    reason = models.CharField(max_length=LONGEST_REASON)
    way_back = models.CharField(max_length=LONGEST_REASON, blank=True)  # taken since something failed
    outcome = models.CharField(max_length=LONGEST_REASON, blank=True)
    plan = models.JSONField(default=dict)  # what the sequence aims at
    check_document = models.JSONField(default=dict)  # the island's own power flow, as it was shown
    proposed_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(_BY, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    executor = models.ForeignKey(_BY, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Autonomy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = TransitionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["microgrid"],
                condition=Q(status__in=sorted(OPEN_TRANSITIONS)),
                name="transition_one_open_a_microgrid",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="transition_has_a_reason"),
        ]
        indexes = [models.Index(fields=["microgrid", "-id"], name="transition_of_microgrid")]

    def __str__(self) -> str:
        return f"{self.microgrid}: {self.get_kind_display()}, {self.get_status_display()}"

    def since_s(self, as_of: datetime) -> float:
        return max((as_of - self.stage_since).total_seconds(), 0.0)

    def kept_s(self, as_of: datetime) -> float:
        return 0.0 if self.kept_since is None else max((as_of - self.kept_since).total_seconds(), 0.0)


class TransitionStepQuerySet(models.QuerySet["TransitionStep"]):
    def move(self, pk: int, old: StepOutcome, new: StepOutcome, **fields: Any) -> bool:
        if new not in NEXT_STEP_OUTCOME[old]:
            raise ValueError(f"No step goes from {old} to {new}.")
        return bool(self.filter(pk=pk, outcome=old).update(outcome=new, **fields))


class TransitionStep(models.Model):
    """One command of a transition. The row is there before the order: what a process that ended has begun is found."""

    transition = models.ForeignKey(Transition, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    visit = models.PositiveIntegerField()  # of the stage in which it is wanted
    stage = models.CharField(max_length=16, choices=TransitionStage)
    command = models.CharField(max_length=10, choices=StepCommand)
    unit = models.PositiveSmallIntegerField(default=0)  # which of several generators
    device_mrid = models.UUIDField()
    device_name = models.CharField(max_length=200)
    value = models.FloatField(default=0.0)  # kW into the island, a mode, or a group
    words = models.CharField(max_length=LONGEST_REASON)
    way_back = models.CharField(max_length=LONGEST_REASON)  # what is done if it fails
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    order_id = models.PositiveBigIntegerField(null=True, blank=True)  # of dispatch
    outcome = models.CharField(max_length=8, choices=StepOutcome, default=StepOutcome.PENDING)
    told = models.CharField(max_length=LONGEST_REASON, blank=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TransitionStepQuerySet.as_manager()

    class Meta:
        ordering = ["transition", "number"]
        constraints = [models.UniqueConstraint(fields=["transition", "number"], name="transitionstep_number_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.words}: {self.get_outcome_display()}"


class IslandingRule(models.Model):
    """A criterion with its two thresholds and two delays, and what it remembers from round to round."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="islanding_rules")
    criterion = models.CharField(max_length=20, choices=CriterionKind)
    is_on = models.BooleanField(default=True)
    on_at = models.FloatField()  # beyond it the criterion begins to stand
    off_at = models.FloatField()  # back within it, it begins to end
    on_delay_s = models.FloatField(validators=[MinValueValidator(0.0)])
    off_delay_s = models.FloatField(validators=[MinValueValidator(0.0)])
    is_standing = models.BooleanField(default=False)
    turning_since = models.DateTimeField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)  # as judged last; empty: not known
    judged_at = models.DateTimeField(null=True, blank=True)
    measured = models.FloatField(null=True, blank=True)  # what the value was worked out from, for a rate of change

    class Meta:
        ordering = ["microgrid", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["microgrid", "criterion"], name="islandingrule_once_a_microgrid"),
            models.CheckConstraint(
                condition=Q(on_delay_s__gte=0, off_delay_s__gte=0), name="islandingrule_delays_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid}: {self.get_criterion_display()}"


class IslandingSettings(models.Model):
    """Limits of one microgrid's transitions. The defaults are those of IEEE 1547-2018, in per unit of the nominal."""

    microgrid = models.OneToOneField(Microgrid, on_delete=models.CASCADE, related_name="islanding_settings")
    enter_low_pu = models.FloatField(default=0.917)
    enter_high_pu = models.FloatField(default=1.05)
    enter_low_hz = models.FloatField(default=49.58)
    enter_high_hz = models.FloatField(default=50.08)
    enter_delay_s = models.FloatField(default=300.0, validators=[MinValueValidator(0.0), MaxValueValidator(600.0)])
    island_low_hz = models.FloatField(default=49.0)
    island_high_hz = models.FloatField(default=51.0)
    hours_wanted = models.FloatField(default=4.0, validators=[MinValueValidator(0.0)])
    forming_droop = models.FloatField(default=0.02)  # share of the nominal frequency at rated power
    generator_droop = models.FloatField(default=0.04)

    class Meta:
        verbose_name_plural = "islanding settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(enter_low_pu__lt=models.F("enter_high_pu"), enter_low_hz__lt=models.F("enter_high_hz"))
                & Q(island_low_hz__lt=models.F("island_high_hz"), forming_droop__gt=0, generator_droop__gt=0),
                name="islandingsettings_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.microgrid}: limits of its transitions"


class TransitionVeto(models.Model):
    """A person's no, for a time. Who commands by hand lifts it first."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="vetoes")
    against = models.CharField(max_length=12, choices=VetoAgainst)
    reason = models.CharField(max_length=LONGEST_REASON)
    placed_by = models.ForeignKey(_BY, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    until = models.DateTimeField()
    lifted_by = models.ForeignKey(_BY, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "transition vetoes"
        constraints = [
            models.UniqueConstraint(
                fields=["microgrid"], condition=Q(lifted_at__isnull=True), name="transitionveto_one_a_microgrid"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="transitionveto_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid}: {self.get_against_display()} forbidden until {self.until:%Y-%m-%d %H:%M}"
