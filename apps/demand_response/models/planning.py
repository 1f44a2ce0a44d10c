from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import User
from apps.demand_response.choices import (
    LONGEST_TEXT,
    STRATEGY_TRANSITIONS,
    Answer,
    DeviceKind,
    LookOutcome,
    OpportunityKind,
    StrategyStatus,
)
from apps.demand_response.models.customer import Enrolment
from apps.demand_response.models.program import DemandProgram
from apps.dispatch.models import Call, CallStage


class FlexibilityPrior(models.Model):
    """What equipment of a kind gives when it is asked, while too few events have told: shares of its rated kW."""

    kind = models.CharField(max_length=12, choices=DeviceKind, unique=True)
    share_p10 = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    share_p50 = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    share_p90 = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    rebound_share = models.FloatField(validators=[MinValueValidator(0.0)])  # of the energy left out, drawn afterwards
    rebound_hours = models.FloatField(validators=[MinValueValidator(0.25), MaxValueValidator(6.0)])
    source = models.CharField(max_length=LONGEST_TEXT)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_p10__lte=F("share_p50"), share_p50__lte=F("share_p90")), name="demand_prior_in_order"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="demand_prior_has_a_source"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ReliefRate(models.Model):
    """What a kWh less is worth where no market and no congestion prices it: entered, with its source."""

    kind = models.CharField(max_length=12, choices=OpportunityKind, unique=True)
    eur_per_kwh = models.FloatField(validators=[MinValueValidator(0.0)])
    above_share = models.FloatField(
        validators=[MinValueValidator(0.0), MaxValueValidator(1.5)],
        help_text="Of the rating, or of the highest of the day: an hour counts as a peak from there on.",
    )
    source = models.CharField(max_length=LONGEST_TEXT)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["kind"]
        constraints = [models.CheckConstraint(condition=~Q(source=""), name="demand_relief_rate_has_a_source")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.eur_per_kwh:g} EUR/kWh"


class OpportunityRun(models.Model):
    """One look for where flexibility is worth most; never changed."""

    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=LookOutcome)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    available = models.JSONField(
        default=list
    )  # by program and kind: customers, kW P10, P50, P90, where it is known from
    versions = models.JSONField(default=dict)
    duration_ms = models.FloatField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["as_of"], name="demand_look_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"


class Opportunity(models.Model):
    """A place and a time where a kW less is worth most, and what there is to be asked for."""

    run = models.ForeignKey(OpportunityRun, on_delete=models.CASCADE, related_name="opportunities")
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=OpportunityKind)
    place = models.CharField(max_length=200)
    place_mrid = models.UUIDField(null=True, blank=True)
    feeder_mrids = models.JSONField(default=list)  # whose customers help; empty: everybody's
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    wanted_kw = models.FloatField()
    probability = models.FloatField()
    worth_eur_per_kwh = models.FloatField()
    cost_eur_per_kwh = models.FloatField(null=True, blank=True)
    kw_p10 = models.FloatField()
    kw_p50 = models.FloatField()
    kw_p90 = models.FloatField()
    value_eur = models.FloatField()  # of what can be had, less what it costs; the order of the list
    segments = models.JSONField(default=list)  # by program and kind, as in the run's, of those who help here
    sentences = models.JSONField(default=list)
    sources = models.JSONField(default=dict)

    class Meta:
        ordering = ["run_id", "rank"]
        constraints = [models.UniqueConstraint(fields=["run", "rank"], name="demand_opportunity_rank_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.place}"


class StrategyQuerySet(models.QuerySet["Strategy"]):
    def visible_to(self, user: User) -> "StrategyQuerySet":
        return self.filter(program__in=DemandProgram.objects.visible_to(user).values("pk"))

    def move(self, pk: int, old: StrategyStatus, new: StrategyStatus, **fields: object) -> bool:
        if new not in STRATEGY_TRANSITIONS[old]:
            raise ValueError(f"A strategy that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class Strategy(models.Model):
    """Whom to ask for how much, when and in which order: worked out by a worker, then a call as a draft."""

    program = models.ForeignKey(DemandProgram, on_delete=models.PROTECT, related_name="strategies")
    opportunity = models.ForeignKey(
        Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="strategies"
    )
    supplements = models.ForeignKey(Call, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=StrategyStatus, default=StrategyStatus.WAITING)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    feeder_mrids = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    wanted_kw = models.FloatField(validators=[MinValueValidator(0.0)])
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # What was found.
    call = models.OneToOneField(Call, null=True, blank=True, on_delete=models.SET_NULL, related_name="strategy")
    objective = models.CharField(max_length=LONGEST_TEXT, blank=True)
    kw_p10 = models.FloatField(null=True, blank=True)
    kw_p50 = models.FloatField(null=True, blank=True)
    kw_p90 = models.FloatField(null=True, blank=True)
    cost_eur = models.FloatField(null=True, blank=True)
    customers = models.PositiveIntegerField(null=True, blank=True)
    left_out = models.JSONField(default=dict)  # why customers of the program are not asked, with their number
    relaxation = models.JSONField(default=list)  # where it cannot be: sentences, the cheapest way out first
    staging = models.JSONField(default=list)  # sentences: how the stages came about
    figures = models.JSONField(default=dict)  # of the solver, and of fairness
    worked_out_at = models.DateTimeField(null=True, blank=True)

    objects = StrategyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="demand_strategy_ends_after_start")
        ]
        indexes = [models.Index(fields=["status", "id"], name="demand_strategy_status")]

    def __str__(self) -> str:
        return f"{self.program} at {self.starts_at:%Y-%m-%d %H:%M}"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: User) -> "ParticipationQuerySet":
        """Customers by name are for who runs the program."""
        return self.filter(enrolment__program__in=DemandProgram.objects.run_by(user).values("pk"))


class Participation(models.Model):
    """A customer in a stage of a call: what is planned, and what the customer or the equipment said."""

    stage = models.ForeignKey(CallStage, on_delete=models.CASCADE, related_name="participations")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="participations")
    ven_id = models.BigIntegerField()  # that was asked; the enrolment's may change later
    kw_p10 = models.FloatField()
    kw_p50 = models.FloatField()
    kw_p90 = models.FloatField()
    opted_out_at = models.DateTimeField(null=True, blank=True)
    opt_out_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    opted_out_by = models.CharField(max_length=150, blank=True)
    # From reports; None: it has not said.
    answer = models.CharField(max_length=12, choices=Answer, blank=True)
    last_report_at = models.DateTimeField(null=True, blank=True)
    used_kwh = models.FloatField(null=True, blank=True)
    said_baseline_kwh = models.FloatField(null=True, blank=True)  # the equipment's own word, of the same intervals

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["stage_id", "id"]
        constraints = [models.UniqueConstraint(fields=["stage", "enrolment"], name="demand_participation_once")]
        indexes = [models.Index(fields=["stage", "ven_id"], name="demand_participation_ven")]

    def __str__(self) -> str:
        return f"{self.enrolment} in {self.stage}"


class StageProgress(models.Model):
    """A quarter of an hour of a stage, as the customers' equipment tells of it. Who has not told counts for nothing."""

    stage = models.ForeignKey(CallStage, on_delete=models.CASCADE, related_name="progress")
    at = models.DateTimeField()
    told = models.PositiveIntegerField()  # customers of whom both figures are known
    planned_kw = models.FloatField()  # P50 of those who told, while the stage lasts
    used_kw = models.FloatField(null=True, blank=True)
    baseline_kw = models.FloatField(null=True, blank=True)  # by the equipment's own word
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["stage_id", "at"]
        constraints = [models.UniqueConstraint(fields=["stage", "at"], name="demand_progress_once")]

    def __str__(self) -> str:
        return f"{self.stage} at {self.at:%H:%M}"
