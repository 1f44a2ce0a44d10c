import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.dispatch.choices.order import (
    LONGEST_FINDING,
    LONGEST_PURPOSE,
    NEXT_ORDER_STATUS,
    OPEN_ORDERS,
    Act,
    OrderStatus,
)
from apps.telemetry.models import ControlPoint


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> "OrderQuerySet":
        return self.filter(status__in=OPEN_ORDERS)

    def move(self, pk: int, old: OrderStatus, new: OrderStatus, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_ORDER_STATUS[old]:
            raise ValueError(f"No order goes from {old} to {new}.")
        return bool(self.filter(pk=pk, status=old).update(status=new, **fields))


class Order(models.Model):
    """One act on one device, from its selection to its end. An order is sent at most once."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)  # of who asks: asked twice it is one order
    control = models.ForeignKey(ControlPoint, on_delete=models.SET_NULL, null=True, related_name="+")
    device_mrid = models.UUIDField()
    device_name = models.CharField(max_length=200)
    point_name = models.CharField(max_length=200)
    unit = models.CharField(max_length=8, blank=True)
    act = models.CharField(max_length=8, choices=Act)
    value = models.FloatField()  # as the measured value will read; of a step, the position after it
    before = models.FloatField(null=True)  # the measured value at the selection
    status = models.CharField(max_length=16, choices=OrderStatus, default=OrderStatus.SELECTED)
    purpose = models.CharField(max_length=LONGEST_PURPOSE, blank=True)  # a plan's step or a proposal that it belongs to
    nonce = models.CharField(max_length=43)  # who operates must know it

    selected_at = models.DateTimeField()
    selected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    selected_session = models.CharField(max_length=64)
    source_ip = models.GenericIPAddressField(null=True)
    expires_at = models.DateTimeField()  # of the selection, then of the second person's time

    look_ahead = models.JSONField(default=dict)  # as it was shown
    is_critical = models.BooleanField(default=False)
    ordered_at = models.DateTimeField(null=True)  # the second confirmation
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    approved_at = models.DateTimeField(null=True)

    sent_at = models.DateTimeField(null=True)  # a gateway's process has taken it
    answered_at = models.DateTimeField(null=True)
    feedback_until = models.DateTimeField(null=True)
    feedback = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True)
    add_cause = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    finding = models.CharField(max_length=LONGEST_FINDING, blank=True)  # what was found where the outcome was not known

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device_mrid"], condition=Q(status__in=sorted(OPEN_ORDERS)), name="one_open_order_a_device"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("selected_by")),
                name="nobody_approves_his_own_order",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[OrderStatus.FOUND_DONE, OrderStatus.FOUND_NOT_DONE])
                | (Q(settled_by__isnull=False) & ~Q(finding="")),
                name="found_by_somebody_who_says_what",
            ),
        ]
        indexes = [
            models.Index(fields=["-selected_at"], name="order_selected_at"),
            models.Index(fields=["device_mrid", "-id"], name="order_of_device"),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.device_name}: {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_ORDERS
