"""Frequency and voltage after the loss of a plant: what is written about the area, and what was worked out with it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.dispatch.models import ObjectiveVersion
from apps.renewables.choices import LONGEST_TEXT, StabilityOutcome


class StabilityArea(models.Model):
    """The machines, the load and the rules of the area that this network belongs to, by somebody's paper."""

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField(default=True, help_text="One area counts: that which the network hangs on now.")
    kinetic_kws = models.FloatField(
        validators=[MinValueValidator(1.0)], help_text="Energy of what turns around this network: sum of H times kVA."
    )
    own_inertia_s = models.FloatField(
        default=0.0, validators=[MinValueValidator(0.0)], help_text="H of this network's own hydro and thermal units."
    )
    load_kw = models.FloatField(validators=[MinValueValidator(0.0)], help_text="Of the whole area.")
    damping = models.FloatField(
        default=1.0, validators=[MinValueValidator(0.0)], help_text="Per cent of load per per cent of frequency."
    )
    governor_kw = models.FloatField(validators=[MinValueValidator(0.0)], help_text="Rating of what has a governor.")
    governor_droop_percent = models.FloatField(default=5.0, validators=[MinValueValidator(0.1)])
    governor_lag_s = models.FloatField(default=6.0, validators=[MinValueValidator(0.05)])
    governor_room_kw = models.FloatField(validators=[MinValueValidator(0.0)], help_text="That they can give more.")
    nominal_hz = models.FloatField(default=50.0, validators=[MinValueValidator(40.0)])
    limit_hz = models.FloatField(default=49.2, help_text="The nadir stays at or above it.")
    high_limit_hz = models.FloatField(default=50.8, help_text="After the loss of load it stays at or below this.")
    rocof_limit_hz_s = models.FloatField(default=1.0, validators=[MinValueValidator(0.01)])
    # How the plants of the reserve answer.
    full_hz = models.FloatField(default=0.5, help_text="Deviation at which a plant gives all of its share, Hz.")
    deadband_hz = models.FloatField(default=0.02, validators=[MinValueValidator(0.0)])
    delay_s = models.FloatField(default=0.1, validators=[MinValueValidator(0.0)])
    response_s = models.FloatField(
        default=0.5, validators=[MinValueValidator(0.01)], help_text="To nine tenths of a step."
    )
    hold_minutes = models.FloatField(default=15.0, validators=[MinValueValidator(1.0)])
    price_per_kw_h = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    change_price_per_kw = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    allowed_drop_pu = models.FloatField(default=0.03, validators=[MinValueValidator(0.001)])
    ramp_percent_min = models.FloatField(
        default=10.0, validators=[MinValueValidator(0.1)], help_text="Of a plant's rating, a minute."
    )
    source = models.CharField(max_length=LONGEST_TEXT, help_text="Which paper says so.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(is_active=True), name="stability_one_area_counts"),
            models.CheckConstraint(condition=~Q(source=""), name="stability_area_has_a_source"),
            models.CheckConstraint(
                condition=Q(limit_hz__lt=models.F("nominal_hz")), name="stability_limit_below_nominal"
            ),
            models.CheckConstraint(
                condition=Q(high_limit_hz__gt=models.F("nominal_hz")), name="stability_high_limit_above_nominal"
            ),
            models.CheckConstraint(
                condition=Q(full_hz__gt=models.F("deadband_hz")), name="stability_full_beyond_the_deadband"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StabilityRun(models.Model):
    """The next 24 hours, each with its largest loss: what it does, what is needed against it and who gives it."""

    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=StabilityOutcome)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    area = models.JSONField(default=dict)  # as it stood
    hours = models.JSONField(default=list)
    response = models.JSONField(default=dict)  # courses of the worst hour
    shares = models.JSONField(default=list)  # by plant
    strength = models.JSONField(default=list)  # by node with an inverter
    volt_var = models.JSONField(default=dict)
    ramps = models.JSONField(default=list)  # by plant
    objectives = models.ForeignKey(
        ObjectiveVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # null: as delivered
    engine_version = models.CharField(max_length=40, blank=True)
    duration_ms = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-as_of"], name="stability_run_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"
