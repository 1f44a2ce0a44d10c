import uuid

from django.db import models
from django.db.models import F, Q

from apps.telemetry.choices import OPEN_REQUESTS, ControlForm, ControlKind, Feedback, RequestState
from apps.telemetry.models.measuring import Gateway, MeasurementPoint


class ControlPoint(models.Model):
    """A CIM Control: a command that the field takes for what a measurement point measures.

    Values are in the unit and sign of the point; a position is 0 open, 1 closed; a step is -1 or +1.
    """

    mrid = models.UUIDField(unique=True, default=uuid.uuid4)
    point = models.ForeignKey(MeasurementPoint, on_delete=models.CASCADE, related_name="controls")
    kind = models.CharField(max_length=10, choices=ControlKind)
    form = models.CharField(max_length=12, choices=ControlForm)
    address = models.CharField(max_length=200)  # in the grammar of the gateway's protocol
    low = models.FloatField(null=True, blank=True)  # of what may be set; of a tap, the positions
    high = models.FloatField(null=True, blank=True)
    is_selected_first = models.BooleanField(default=True)  # on the wire, where the protocol has a selection
    is_critical = models.BooleanField(default=False)  # two persons
    critical_kw = models.FloatField(null=True, blank=True)  # two persons for an act that drops more load than that
    feedback = models.CharField(max_length=10, choices=Feedback, default=Feedback.REACHED)
    tolerance = models.FloatField(default=0.0)
    feedback_s = models.FloatField(default=10.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["point", "kind"], name="one_control_of_a_kind_per_point"),
            models.CheckConstraint(condition=Q(feedback_s__gt=0, tolerance__gte=0), name="control_times_positive"),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")), name="control_low_high"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.point}"


class ControlRequest(models.Model):
    """What dispatch has asked a gateway to send, and what became of it. It is sent at most once."""

    key = models.UUIDField(unique=True)  # of who asks: asked twice it is one request
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="+")
    control = models.ForeignKey(ControlPoint, on_delete=models.SET_NULL, null=True, related_name="+")
    value = models.FloatField()
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    not_after = models.DateTimeField()  # what is not being sent by then never is
    holder = models.UUIDField(null=True)  # the gateway's process that took it
    taken_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["gateway", "id"], condition=Q(state__in=sorted(OPEN_REQUESTS)), name="control_request_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.control} to {self.value:g}: {self.state}"
