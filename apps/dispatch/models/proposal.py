from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.dispatch.choices.proposal import (
    LONGEST_TEXT,
    NEXT_PROPOSAL_STATUS,
    OPEN_PROPOSALS,
    ProposalStatus,
)
from apps.dispatch.models.autonomy import Autonomy
from apps.dispatch.models.trouble import Trouble
from apps.state.models import Solution


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> "ProposalQuerySet":
        return self.filter(status__in=OPEN_PROPOSALS)

    def light(self) -> "ProposalQuerySet":
        """With what lists show, without the profile that only the proposal's own page draws."""
        return self.defer("profile").select_related("trouble", "decided_by", "rule")

    def move(self, pk: int, old: ProposalStatus, new: ProposalStatus, **fields: object) -> bool:
        """Compare and swap: False if somebody was faster. Raises ValueError for a step that the table has not."""
        if new not in NEXT_PROPOSAL_STATUS[old]:
            raise ValueError(f"A proposal that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class Proposal(models.Model):
    """What a desk would do about a trouble: devices and values in their order, and what it says will come of it."""

    trouble = models.ForeignKey(Trouble, on_delete=models.PROTECT, related_name="proposals")
    desk = models.CharField(max_length=30)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=LONGEST_TEXT)
    explanation = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=ProposalStatus, default=ProposalStatus.PROPOSED)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why it stands where it stands
    key = models.CharField(max_length=64)  # of its steps: the same ones are one proposal while it is open
    # In order: device_mrid, device_name, quantity, unit, from, to, low, high
    steps = models.JSONField()
    devices = models.JSONField(default=list)  # mRIDs, to find what wants or has wanted a device
    feeder_mrid = models.UUIDField(null=True, blank=True)
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    solution = models.ForeignKey(Solution, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    versions = models.JSONField(default=dict)  # of every input
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What the desk says. Relief is in the unit of the trouble: pu, % of the rating, kW.
    unit = models.CharField(max_length=8)
    claimed_relief = models.FloatField(null=True, blank=True)
    cost_eur = models.FloatField(default=0.0)
    customer_minutes = models.FloatField(default=0.0)
    emissions_kg = models.FloatField(default=0.0)
    time_to_effect_s = models.FloatField(default=0.0)
    moved_kw = models.FloatField(default=0.0)  # for the limits of a rule
    # What the power flow says.
    verified_at = models.DateTimeField(null=True, blank=True)
    expected_relief = models.FloatField(null=True, blank=True)
    low_relief = models.FloatField(null=True, blank=True)  # of the 80 % band
    high_relief = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)  # that it ends the trouble; calibrated
    raw_confidence = models.FloatField(null=True, blank=True)  # before the track record moved it
    raw_low = models.FloatField(null=True, blank=True)
    raw_high = models.FloatField(null=True, blank=True)
    ends = models.BooleanField(null=True, blank=True)
    value_before = models.FloatField(null=True, blank=True)
    value_after = models.FloatField(null=True, blank=True)
    verification = models.JSONField(default=dict)
    profile = models.JSONField(default=dict)
    # What people and devices said.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rule = models.ForeignKey(Autonomy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # After a rejection: until then the same kind on the same devices is not proposed again for this sort of trouble.
    withheld_until = models.DateTimeField(null=True, blank=True)
    orders = models.JSONField(default=list)  # what was asked of the field for it: ids
    executor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # in whose name the steps are ordered
    waits_at = models.PositiveSmallIntegerField(default=0)  # the step whose warning a person has to read; 0: none
    confirmed = models.PositiveSmallIntegerField(default=0)  # the last step whose warning was read
    executed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "trouble", "key"],
                condition=Q(status__in=sorted(OPEN_PROPOSALS)),
                name="proposal_open_once",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="proposal_has_a_title"),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], name="proposal_status_created"),
            models.Index(fields=["desk", "kind"], name="proposal_desk_kind"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_past(self, as_of: datetime) -> bool:
        return self.expires_at <= as_of
