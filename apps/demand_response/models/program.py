from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.assets.choices import CustomerClass
from apps.demand_response.choices import LONGEST_TEXT, BaselineMethod, DeviceKind, Objective
from apps.openadr.models import Program

EVERYTHING = frozenset({Role.ADMIN})  # sees all programs and their customers


def _at_least(least: float) -> list[MinValueValidator]:
    return [MinValueValidator(least)]


class ConsentWording(models.Model):
    """What a customer of a program agrees to, word for word; a row is never changed, a new version is a new row."""

    purpose = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    text = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["purpose", "-version"]

    def __str__(self) -> str:
        return f"{self.purpose}, version {self.version}"


class DemandProgramQuerySet(models.QuerySet["DemandProgram"]):
    def visible_to(self, user: User) -> "DemandProgramQuerySet":
        """A program manager's own; an administrator's all; operators see the programs, never their customers."""
        if user.role in EVERYTHING:
            return self
        if user.may(Permission.RUN_PROGRAMS):
            return self.filter(pk__in=user.demand_programs.values("pk"))
        return self if user.may(Permission.VIEW_DEMAND) else self.none()

    def run_by(self, user: User) -> "DemandProgramQuerySet":
        """Those that this person may change."""
        return self.visible_to(user) if user.may(Permission.RUN_PROGRAMS) else self.none()


class DemandProgram(models.Model):
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=LONGEST_TEXT, blank=True)
    objective = models.CharField(max_length=12, choices=Objective)
    managers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="demand_programs")
    openadr_program = models.ForeignKey(
        Program, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    # When events may run, by the clock of the site. Empty lists: always.
    months = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)  # 0 is Monday
    on_public_days = models.BooleanField(default=False)
    window_from = models.TimeField(null=True, blank=True)
    window_until = models.TimeField(null=True, blank=True)

    # Limits; a customer's are of each customer. Empty: none.
    notice_min = models.PositiveIntegerField(default=30)
    shortest_event_min = models.PositiveIntegerField(default=15, validators=_at_least(1))
    longest_event_min = models.PositiveIntegerField(default=240, validators=_at_least(1))
    most_events_a_month = models.PositiveIntegerField(null=True, blank=True)
    most_hours_a_day = models.FloatField(null=True, blank=True, validators=_at_least(0.0))
    rest_days = models.PositiveIntegerField(default=0, help_text="Whole days without an event after one.")
    most_customers = models.PositiveIntegerField(null=True, blank=True)

    # What is paid.
    capacity_eur_per_kw_month = models.FloatField(default=0.0, validators=_at_least(0.0))
    energy_eur_per_kwh = models.FloatField(default=0.0, validators=_at_least(0.0))
    bill_credit_eur_per_event = models.FloatField(default=0.0, validators=_at_least(0.0))
    penalty_eur_per_kwh = models.FloatField(default=0.0, validators=_at_least(0.0))
    baseline_method = models.CharField(max_length=16, choices=BaselineMethod, default=BaselineMethod.CAISO_10_10)

    # Who may take part. Empty lists: everybody.
    feeder_mrids = ArrayField(models.UUIDField(), default=list, blank=True)
    classes = ArrayField(models.CharField(max_length=12, choices=CustomerClass), default=list, blank=True)
    equipment = ArrayField(models.CharField(max_length=12, choices=DeviceKind), default=list, blank=True)

    approval_above_customers = models.PositiveIntegerField(
        default=100, help_text="A call of more customers needs the approval of another person."
    )
    kept_days = models.PositiveIntegerField(
        default=400,
        validators=[MinValueValidator(30), MaxValueValidator(3700)],
        help_text="How long what settlement needs is kept of a customer who left.",
    )

    objects = DemandProgramQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(longest_event_min__gte=F("shortest_event_min"), shortest_event_min__gt=0),
                name="demand_program_event_lengths",
            ),
            models.CheckConstraint(condition=Q(objective__in=Objective.values), name="demand_program_objective_known"),
            models.CheckConstraint(
                condition=Q(
                    capacity_eur_per_kw_month__gte=0,
                    energy_eur_per_kwh__gte=0,
                    bill_credit_eur_per_event__gte=0,
                    penalty_eur_per_kwh__gte=0,
                ),
                name="demand_program_pays_no_less_than_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        problems: dict[str, str] = {}
        if (self.window_from is None) != (self.window_until is None):
            problems["window_until"] = "Give both ends of the window, or neither for the whole day."
        if None not in (self.window_from, self.window_until) and self.window_from == self.window_until:
            problems["window_until"] = "The window is empty; leave both ends out for the whole day."
        if self.shortest_event_min is not None and (self.longest_event_min or 0) < self.shortest_event_min:
            problems["longest_event_min"] = "The longest event is shorter than the shortest; make it longer."
        if wrong := [month for month in self.months if not 1 <= month <= 12]:
            problems["months"] = f"{wrong[0]} is no month; write 1 to 12."
        if wrong := [day for day in self.weekdays if not 0 <= day <= 6]:
            problems["weekdays"] = f"{wrong[0]} is no weekday; write 0 (Monday) to 6 (Sunday)."
        if problems:
            raise ValidationError(problems)
