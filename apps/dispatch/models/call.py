from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.assets.models import NetworkModel
from apps.dispatch.choices.call import (
    NEXT_CALL_STATUS,
    CallAim,
    CallReceiptOutcome,
    CallStatus,
    StageStatus,
    Verdict,
)
from apps.dispatch.choices.proposal import LONGEST_TEXT
from apps.dispatch.models.autonomy import Autonomy
from apps.state.models import Solution


class CallQuerySet(models.QuerySet["Call"]):
    def move(self, pk: int, old: CallStatus, new: CallStatus, **fields: object) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_CALL_STATUS[old]:
            raise ValueError(f"A call that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1

    def light(self) -> "CallQuerySet":
        """With what lists show, without the power flows that only the call's own page draws."""
        return self.defer("verification").select_related("submitted_by", "decided_by", "rule")


class Call(models.Model):
    """Flexibility that customers of a program are asked for, in stages. Sent once it is approved, and never before."""

    desk = models.CharField(max_length=30)
    program_name = models.CharField(max_length=128)  # of the program over OpenADR
    title = models.CharField(max_length=LONGEST_TEXT)
    explanation = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=CallStatus, default=CallStatus.DRAFT)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why it stands where it stands
    aim = models.CharField(max_length=12, choices=CallAim)
    feeder_mrids = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    settled_at = models.DateTimeField()  # until when its rebound lasts
    customers = models.PositiveIntegerField()
    approval_above_customers = models.PositiveIntegerField()  # beyond so many another person approves
    # What is expected to be delivered together at its best hour, kW less drawn.
    expected_kw_p10 = models.FloatField()
    expected_kw_p50 = models.FloatField()
    expected_kw_p90 = models.FloatField()
    cost_eur = models.FloatField()
    worth_eur = models.FloatField(null=True, blank=True)
    versions = models.JSONField(default=dict)  # of what it was made from
    supplements = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supplemented_by"
    )  # the call under way whose shortfall this one makes up for
    network_model = models.ForeignKey(NetworkModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    solution = models.ForeignKey(Solution, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.UNCHECKED)
    verified_at = models.DateTimeField(null=True, blank=True)
    verification = models.JSONField(default=dict)  # by feeder and step: before, with the response, with the rebound
    created_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rule = models.ForeignKey(Autonomy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="call_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(customers__lte=F("approval_above_customers"))
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("submitted_by"))
                | Q(status=CallStatus.REJECTED),
                name="call_of_many_by_two_persons",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "starts_at"], name="call_status_start"),
            models.Index(fields=["program_name", "-id"], name="call_of_program"),
        ]

    def __str__(self) -> str:
        return self.title


class CallStage(models.Model):
    """Customers that are asked for the same at the same time: one event over OpenADR."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()  # from 1, in the order in which they begin
    status = models.CharField(max_length=10, choices=StageStatus, default=StageStatus.PLANNED)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    stagger_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why it has not the time of the others
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    target = models.CharField(max_length=128, blank=True)  # the string that its VENs carry while it is sent
    openadr_event = models.ForeignKey(
        "openadr.Event", null=True, blank=True, on_delete=models.PROTECT, related_name="call_stages"
    )
    intervals = models.JSONField()  # in order: duration_s, payloads (type, values)
    customers = models.PositiveIntegerField()
    ven_ids = ArrayField(models.BigIntegerField(), default=list)  # rows of apps.openadr
    expected_kw_p10 = models.FloatField()
    expected_kw_p50 = models.FloatField()
    expected_kw_p90 = models.FloatField()
    response = models.JSONField()  # of each load: mrid, kw less drawn while it lasts
    rebound_kw = models.JSONField(default=list)  # more drawn after it, all loads, per quarter of an hour
    published_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)  # its VENs carry the target no more

    class Meta:
        ordering = ["call_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="call_stage_number"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="call_stage_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["status", "starts_at"], name="call_stage_status_start")]

    def __str__(self) -> str:
        return f"Stage {self.number} of call {self.call_id}"


class CallReceipt(models.Model):
    """What was promised beside what came: written once the meters have told."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="receipt")
    outcome = models.CharField(max_length=8, choices=CallReceiptOutcome)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    promised_kw_p10 = models.FloatField()
    promised_kw_p50 = models.FloatField()
    promised_kw_p90 = models.FloatField()
    delivered_kw = models.FloatField(null=True, blank=True)
    low_kw = models.FloatField(null=True, blank=True)
    high_kw = models.FloatField(null=True, blank=True)
    rebound_kw = models.FloatField(null=True, blank=True)  # at its highest
    method = models.CharField(max_length=80, blank=True)  # the baseline that it was measured against
    measured_at = models.DateTimeField()
    versions = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Receipt of call {self.call_id}: {self.outcome}"
