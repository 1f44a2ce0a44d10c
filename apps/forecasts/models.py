from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.forecasts.choices import Horizon, Issuer, ModelStatus, Quantity, Rung, Subject, TrainingOutcome

STEP_S = 900
STEPS_A_DAY = 96
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


class SeriesQuerySet(models.QuerySet["Series"]):
    def in_use(self) -> "SeriesQuerySet":
        return self.filter(is_active=True)


class Series(models.Model):
    """One quantity of one subject: what is measured, learned from and forecast."""

    subject_mrid = models.CharField(max_length=64)  # of the equipment or place; 'system' for the whole
    subject = models.CharField(max_length=12, choices=Subject)
    quantity = models.CharField(max_length=10, choices=Quantity)
    name = models.CharField(max_length=200)
    # The forecasts of all children add up to that of the parent where `is_whole`.
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    is_whole = models.BooleanField(default=False)  # its children are all there is below it
    # Where it is measured: {"terms": [[[mrid, side, factor], ...], ...]}, of each term the first that is known,
    # or {"state": name of a total}, or {"sum": [[mrid, quantity], ...]} of other series.
    source = models.JSONField(default=dict)
    rated_kw = models.FloatField(null=True, blank=True)  # of a plant
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    tilt_deg = models.FloatField(null=True, blank=True)
    azimuth_deg = models.FloatField(null=True, blank=True)  # from north, clockwise
    group = models.CharField(max_length=120, blank=True)  # series that are alike, for a cold start
    is_active = models.BooleanField(default=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["subject_mrid", "quantity"], name="series_subject_quantity_unique"),
        ]
        indexes = [models.Index(fields=["subject", "name"], name="series_subject_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_quantity_display()}"


class HistoryDay(models.Model):
    """What a series was on a day (UTC), kW by quarter hour; nan where it is not known."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    values_kw = models.BinaryField()  # 96 little-endian 32-bit floats

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "day"], name="history_day_unique")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.day}"


class CalendarDay(models.Model):
    """A day of the local calendar on which people live otherwise, and by how much of an ordinary day, where known."""

    HOLIDAY = "holiday"
    day = models.DateField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, default=HOLIDAY)  # holiday, school, event, ...
    value = models.FloatField(default=1.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "kind", "name"], name="calendar_day_unique")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Regressor(models.Model):
    """An economic factor by day: known from `known_at` on."""

    name = models.CharField(max_length=80)
    day = models.DateField()
    value = models.FloatField()
    known_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "day", "known_at"], name="regressor_unique")]

    def __str__(self) -> str:
        return f"{self.name} {self.day}: {self.value:g}"


class Training(models.Model):
    """One run that makes a model, with its progress."""

    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=TrainingOutcome, default=TrainingOutcome.RUNNING)
    reason = models.CharField(max_length=300, blank=True)
    stage = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M} {self.outcome}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def in_use(self) -> "ModelVersion | None":
        return self.filter(status=ModelStatus.ACTIVE).first()


class ModelVersion(models.Model):
    """What was trained on what, when, and how well it did on days it had not seen."""

    number = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=10, choices=ModelStatus, default=ModelStatus.CANDIDATE)
    training = models.ForeignKey(Training, null=True, on_delete=models.SET_NULL, related_name="models")
    trained_at = models.DateTimeField()
    data_from = models.DateTimeField()
    data_until = models.DateTimeField()
    series_count = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    data_hash = models.CharField(max_length=64)
    features = models.JSONField(default=list)
    made_with = models.JSONField(default=dict)  # seed, trees, leaves, members
    scores = models.JSONField(default=dict)  # on the last weeks: its own, that of the model before, of the baselines
    reason = models.CharField(max_length=300, blank=True)  # why it was promoted or not
    engine_version = models.CharField(max_length=40)
    content = models.BinaryField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=ModelStatus.ACTIVE), name="one_model_version_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"Model {self.number}"


class ModelChange(models.Model):
    """That a model came to a status: of the past it is told which was in use then, and why."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=ModelStatus)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.model_version_id} {self.status} {self.at:%Y-%m-%d %H:%M}"


class Separation(models.Model):
    """What moves a load, as far as a night's look at its past could tell: heating, cooling, sun and wind below it."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="separations")
    as_of = models.DateTimeField()
    days = models.FloatField()  # with values and weather
    size_kw = models.JSONField(default=dict)  # by effect, of those that could be told apart
    error_kw = models.JSONField(default=dict)  # their standard errors
    reasons = models.JSONField(default=dict)  # by effect, of the others
    curve = models.JSONField(default=dict)  # of a wind plant: kW over m/s

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "as_of"], name="separation_series_as_of_unique")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.as_of:%Y-%m-%d %H:%M}"


class Combination(models.Model):
    """Of one series: how much the members of the model earned lately, and what they missed. Renewed each day."""

    series = models.OneToOneField(Series, on_delete=models.CASCADE, related_name="combination")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.series_id} {self.as_of:%Y-%m-%d}"


class ForecastRunQuerySet(models.QuerySet["ForecastRun"]):
    def newest(self, horizon: str = Horizon.INTRADAY) -> "ForecastRun | None":
        return self.filter(horizon=horizon).order_by("-as_of", "-id").first()


class ForecastRun(models.Model):
    """One issue of all series: from what was known at `as_of`."""

    as_of = models.DateTimeField()
    horizon = models.CharField(max_length=10, choices=Horizon)
    starts_at = models.DateTimeField()  # of the first step; steps are half open
    steps = models.PositiveIntegerField()
    step_s = models.PositiveIntegerField(default=STEP_S)
    levels = models.JSONField(default=list)
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL, related_name="runs")
    inputs = models.JSONField(default=dict)  # weather runs by source, end of the history
    rungs = models.JSONField(default=dict)  # how many series by rung
    duration_ms = models.FloatField()
    engine_version = models.CharField(max_length=40)

    objects = ForecastRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["horizon", "-as_of"], name="forecast_run_horizon_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.horizon}"


class Forecast(models.Model):
    """What one run says of one series."""

    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="forecasts")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="forecasts")
    rung = models.CharField(max_length=14, choices=Rung)
    reason = models.CharField(max_length=300, blank=True)  # why no higher rung
    quantiles_kw = models.BinaryField()  # steps x levels, packed by the adapter

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "series"], name="forecast_run_series_unique")]
        indexes = [models.Index(fields=["series", "-run"], name="forecast_series_run")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.run_id}"


class Override(models.Model):
    """A person knows better, from then to then, and says why; it is kept apart from the model and scored too."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    change_kw = models.FloatField(default=0.0)  # added to every quantile
    factor = models.FloatField(default=1.0)  # before the change is added
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after")]
        indexes = [models.Index(fields=["series", "starts_at"], name="override_series_start")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.starts_at:%Y-%m-%d %H:%M}"


class Score(models.Model):
    """How one issuer did on one series and local day, of the forecasts issued at the gate of the day before."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="scores")
    issuer = models.CharField(max_length=12, choices=Issuer)
    day = models.DateField()
    steps = models.PositiveSmallIntegerField()
    mae_kw = models.FloatField()
    mean_abs_kw = models.FloatField()  # of the actual values
    pinball_kw = models.FloatField(null=True)  # mean over the levels; none for a single line
    inside_80 = models.PositiveSmallIntegerField(null=True)  # of the steps
    inside_90 = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "issuer", "day"], name="score_unique")]
        indexes = [models.Index(fields=["day"], name="score_day")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.issuer} {self.day}"


class DataFault(models.Model):
    """Something wrong in the history of a series, named; what it spans is not learned from."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="faults")
    fault = models.CharField(max_length=20)  # as the engine names it
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    size = models.FloatField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "fault", "begins_at"], name="data_fault_unique")]
        indexes = [models.Index(fields=["series", "-begins_at"], name="data_fault_series")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.fault} {self.begins_at:%Y-%m-%d %H:%M}"
