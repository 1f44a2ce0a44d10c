from django.db import models

from apps.assets.models import NetworkModel
from apps.dispatch.choices.ahead import AheadOutcome
from apps.dispatch.choices.proposal import Breach
from apps.dispatch.models.trouble import Trouble
from apps.state.models import LookAhead, Solution


class HoursAheadQuerySet(models.QuerySet["HoursAhead"]):
    def newest(self) -> "HoursAhead | None":
        """Of those that have something to say."""
        return self.exclude(outcome=AheadOutcome.NO_STATE).order_by("-id").first()


class HoursAhead(models.Model):
    """What connection points may draw and feed in, now and in the hours ahead, worked out in one run.

    Columns of the packed arrays are the points; rows are the intervals that begin at `starts`.
    """

    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=AheadOutcome)
    reason = models.CharField(max_length=400, blank=True)
    network_model = models.ForeignKey(NetworkModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    solution = models.ForeignKey(Solution, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    look_ahead = models.ForeignKey(LookAhead, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    versions = models.JSONField(default=dict)
    expected_from = models.CharField(max_length=400, blank=True)
    starts = models.JSONField(default=list)  # the first is the state of now
    ends_at = models.DateTimeField(null=True, blank=True)
    intervals = models.JSONField(default=list)  # per row: share, confirmed, corners, reason, centre, seconds
    points = models.BinaryField(default=bytes)  # positions of nodes in the network version
    import_kw = models.BinaryField(default=bytes)  # drawn from the network, at most
    export_kw = models.BinaryField(default=bytes)  # fed into it, at most
    expected_kw = models.BinaryField(default=bytes)  # drawn; what is fed in is negative
    asked_kw = models.BinaryField(default=bytes)  # two rows: import, export
    duration_ms = models.FloatField()
    engine_version = models.CharField(max_length=40)

    objects = HoursAheadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["as_of"], name="hours_ahead_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"


class Congestion(models.Model):
    """A limit that is or will be broken: what a kW at each point relieves, what that is worth, who could give it."""

    run = models.ForeignKey(HoursAhead, on_delete=models.CASCADE, related_name="congestion")
    trouble = models.ForeignKey(Trouble, on_delete=models.PROTECT, related_name="+")
    breach = models.CharField(max_length=12, choices=Breach)
    element_mrid = models.UUIDField()
    element_name = models.CharField(max_length=200)
    is_now = models.BooleanField()
    state_of = models.DateTimeField()  # the instant whose state this was worked out on
    basis = models.CharField(max_length=300)
    value = models.FloatField()  # in that state
    limit = models.FloatField()
    unit = models.CharField(max_length=8)
    is_feasible = models.BooleanField()
    relief_kw = models.FloatField(null=True, blank=True)  # all changes that are needed together
    cost_eur_per_h = models.FloatField(null=True, blank=True)
    sentences = models.JSONField(default=list)
    offers = models.JSONField(default=list)  # points, those that relieve most for their price first
    prices = models.BinaryField(default=bytes)  # EUR/kWh of more power out of each point of the run

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_breach_display()} at {self.element_name}"
