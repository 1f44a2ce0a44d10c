from django.db import models

from apps.weather.choices import DataKind, FeedKind, FileFormat, FileOutcome, Variable


class Location(models.Model):
    name = models.CharField(max_length=120, unique=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    altitude_m = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Feed(models.Model):
    """Where weather comes from: a folder into which files are put, or an address that is asked."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=FeedKind)
    file_format = models.CharField(max_length=12, choices=FileFormat)
    data_kind = models.CharField(max_length=12, choices=DataKind, default=DataKind.FORECAST)
    provider = models.CharField(max_length=80)
    model = models.CharField(max_length=80, blank=True)
    folder = models.CharField(max_length=400, blank=True)
    url = models.CharField(max_length=600, blank=True)
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds")
    every_s = models.PositiveIntegerField(default=3600)
    # Its files may say since when they were known; of others only their arrival counts.
    is_archive = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    watched_from = models.DateTimeField(null=True, blank=True)  # the first look: lateness counts from there or a file
    asked_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # why the last try failed

    def __str__(self) -> str:
        return self.name


class WeatherFile(models.Model):
    """What came, once: the same content is known by its hash."""

    feed = models.ForeignKey(Feed, null=True, on_delete=models.SET_NULL, related_name="files")
    name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=FileOutcome)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="weather_file_sha256")]

    def __str__(self) -> str:
        return self.name


class WeatherRun(models.Model):
    """One issue of a provider's model, or one delivery of observations."""

    provider = models.CharField(max_length=80)
    model = models.CharField(max_length=80, blank=True)
    data_kind = models.CharField(max_length=12, choices=DataKind)
    issued_at = models.DateTimeField()  # the run's own time; of observations, the newest that they hold
    available_at = models.DateTimeField()  # from then on it could be known here: a backtest sees nothing earlier
    file = models.ForeignKey(WeatherFile, null=True, on_delete=models.SET_NULL, related_name="runs")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "model", "data_kind", "issued_at"], name="weather_run_unique")
        ]
        indexes = [models.Index(fields=["data_kind", "-available_at"], name="weather_run_available")]

    def __str__(self) -> str:
        return f"{self.provider} {self.model} {self.issued_at:%Y-%m-%d %H:%M}"


class WeatherSeries(models.Model):
    """One variable at one place of one run, on a regular grid of instants; nan where there is no value."""

    run = models.ForeignKey(WeatherRun, on_delete=models.CASCADE, related_name="series")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="series")
    variable = models.CharField(max_length=24, choices=Variable)
    member = models.PositiveSmallIntegerField(default=0)  # of an ensemble
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    step_s = models.PositiveIntegerField()
    values = models.BinaryField()  # little-endian 32-bit floats, instantaneous or the mean of the step that begins then

    class Meta:
        verbose_name_plural = "weather series"
        indexes = [models.Index(fields=["location", "variable", "run"], name="weather_series_place")]
        constraints = [
            models.UniqueConstraint(fields=["run", "location", "variable", "member"], name="weather_series_unique")
        ]

    def __str__(self) -> str:
        return f"{self.variable} {self.location_id}"
