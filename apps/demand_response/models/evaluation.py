from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import User
from apps.demand_response.choices import (
    LONGEST_TEXT,
    NEXT_MONTH_STATUS,
    BaselineMethod,
    DeviceKind,
    EvaluationStatus,
    LineKind,
    MonthStatus,
)
from apps.demand_response.models.customer import Enrolment
from apps.demand_response.models.planning import Participation
from apps.demand_response.models.program import DemandProgram
from apps.dispatch.models import Call


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user: User) -> "EvaluationQuerySet":
        return self.filter(program__in=DemandProgram.objects.visible_to(user).values("pk"))

    def newest_of_each(self) -> "EvaluationQuerySet":
        """The one that counts for each call."""
        return self.filter(status=EvaluationStatus.DONE, is_newest=True)


class Evaluation(models.Model):
    """What a call came to, as the meters told it at an instant; when more readings come there is another row.

    Figures that no query asks for are documents: `methods` side by side, `course` by quarter of an hour, `hours`,
    `stages`, `rebound`, `worth`, `satisfaction`.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="evaluations")
    program = models.ForeignKey(DemandProgram, on_delete=models.PROTECT, related_name="evaluations")
    status = models.CharField(max_length=8, choices=EvaluationStatus, default=EvaluationStatus.WAITING)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    is_newest = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField(null=True)  # what had come by then counts
    method = models.CharField(max_length=20, choices=BaselineMethod)  # that the program settles by
    customers = models.PositiveIntegerField(default=0)
    settled_customers = models.PositiveIntegerField(default=0)  # of whom every interval is known
    delivered_kwh = models.FloatField(null=True)
    delivered_kw = models.FloatField(null=True)  # of all together in their best hour
    low_kw = models.FloatField(null=True)
    high_kw = models.FloatField(null=True)
    methods = models.JSONField(default=list)
    course = models.JSONField(default=dict)
    hours = models.JSONField(default=list)
    stages = models.JSONField(default=list)
    rebound = models.JSONField(default=dict)
    worth = models.JSONField(default=dict)
    satisfaction = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)  # of what went in
    duration_ms = models.FloatField(null=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["call"], condition=Q(is_newest=True), name="demand_evaluation_newest_once")
        ]
        indexes = [models.Index(fields=["program", "-id"], name="demand_evaluation_program")]

    def __str__(self) -> str:
        return f"Evaluation of {self.call}"


class CustomerOutcome(models.Model):
    """A customer in a stage as it was measured; None is unknown."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="outcomes")
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="outcomes")
    baseline_kwh = models.FloatField(null=True)
    load_kwh = models.FloatField(null=True)
    delivered_kwh = models.FloatField(null=True)
    low_kwh = models.FloatField(null=True)
    high_kwh = models.FloatField(null=True)
    missing = models.PositiveIntegerField()  # intervals without a reading or a baseline
    baseline_days = models.PositiveSmallIntegerField()
    bias_percent = models.FloatField(null=True)  # on placebo days, of this customer alone
    rrmse_percent = models.FloatField(null=True)
    hours_kw = ArrayField(models.FloatField(null=True), default=list)  # delivered, hour by hour of the stage
    rebound_kwh = models.FloatField(null=True)

    class Meta:
        ordering = ["evaluation_id", "participation_id"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "participation"], name="demand_outcome_once"),
        ]

    def __str__(self) -> str:
        return f"{self.participation}: {self.delivered_kwh} kWh"


class SegmentTrackRecord(models.Model):
    """What equipment of a kind delivered in a call: the certainty of the next one comes from these.

    Shares are of the rated kW of those whose meters told, in the hours of their stage.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="segments")
    program = models.ForeignKey(DemandProgram, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=DeviceKind)
    at = models.DateTimeField()  # the call's begin
    customers = models.PositiveIntegerField()
    opted_out = models.PositiveIntegerField()
    rated_kw = models.FloatField()
    promised_kw = models.FloatField()
    delivered_kw = models.FloatField()
    share_p10 = models.FloatField(null=True)
    share_p50 = models.FloatField(null=True)
    share_p90 = models.FloatField(null=True)
    rebound_share = models.FloatField(null=True)  # of the energy that was delivered
    temperature_c = models.FloatField(null=True)

    class Meta:
        ordering = ["-at", "kind"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "kind"], name="demand_segment_once")]
        indexes = [models.Index(fields=["program", "kind", "-at"], name="demand_segment_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.delivered_kw:.0f} of {self.promised_kw:.0f} kW"


class Survey(models.Model):
    """Two questions after an event, answered once."""

    participation = models.OneToOneField(Participation, on_delete=models.CASCADE, related_name="survey")
    comfort = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])  # 5: unnoticed
    again = models.BooleanField()  # would take part again
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(comfort__gte=1, comfort__lte=5), name="demand_survey_comfort_1_to_5")
        ]

    def __str__(self) -> str:
        return f"{self.participation}: {self.comfort} of 5"


class SettlementMonthQuerySet(models.QuerySet["SettlementMonth"]):
    def visible_to(self, user: User) -> "SettlementMonthQuerySet":
        """Money is for who runs the program."""
        return self.filter(program__in=DemandProgram.objects.run_by(user).values("pk"))

    def move(self, pk: int, old: MonthStatus, new: MonthStatus, **fields: object) -> bool:
        if new not in NEXT_MONTH_STATUS[old]:
            raise ValueError(f"A month that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class SettlementMonth(models.Model):
    """The money of a program's month; its lines are free to change while it is open, and never once it is final."""

    program = models.ForeignKey(DemandProgram, on_delete=models.PROTECT, related_name="settlement_months")
    month = models.DateField()  # its first day
    status = models.CharField(max_length=8, choices=MonthStatus, default=MonthStatus.OPEN)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    final_at = models.DateTimeField(null=True)
    final_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = SettlementMonthQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "program"]
        constraints = [
            models.UniqueConstraint(fields=["program", "month"], name="demand_month_once"),
            models.CheckConstraint(
                condition=~Q(final_by=F("approved_by")) | Q(final_by__isnull=True), name="demand_month_by_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program}, {self.month:%Y-%m}"


class SettlementLine(models.Model):
    """A sum with its reason. No amount: it cannot be settled yet, and the reason says what is missing."""

    month = models.ForeignKey(SettlementMonth, on_delete=models.PROTECT, related_name="lines")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="settlement_lines")
    kind = models.CharField(max_length=10, choices=LineKind)
    participation = models.ForeignKey(
        Participation, null=True, on_delete=models.PROTECT, related_name="settlement_lines"
    )
    evaluation = models.ForeignKey(Evaluation, null=True, on_delete=models.PROTECT, related_name="settlement_lines")
    quantity = models.FloatField(null=True)
    unit = models.CharField(max_length=10)
    rate_eur = models.FloatField()
    amount_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    reason = models.CharField(max_length=LONGEST_TEXT)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["month_id", "enrolment_id", "participation_id", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "participation", "kind"],
                condition=Q(participation__isnull=False),
                name="demand_line_of_an_event_once",
            ),
            models.UniqueConstraint(
                fields=["month", "enrolment", "kind"],
                condition=Q(participation__isnull=True),
                name="demand_line_of_a_month_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount_eur}"
