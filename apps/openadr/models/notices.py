from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.openadr.choices import DeliveryStatus, ObjectType, Operation
from apps.openadr.models.base import LONGEST_NAME, DocumentField, OpenAdrObject, targets_field
from apps.openadr.models.clients import OpenAdrClient
from apps.openadr.models.programs import Program
from apps.openadr.models.vens import Ven


class Subscription(OpenAdrObject):
    """`objects_named`: the types that any of its operations names, to find it by."""

    client = models.ForeignKey(OpenAdrClient, on_delete=models.CASCADE, related_name="subscriptions")
    client_name = models.CharField(max_length=LONGEST_NAME)
    program = models.ForeignKey(Program, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions")
    targets = targets_field()
    objects_named = ArrayField(models.CharField(max_length=12, choices=ObjectType), default=list, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [GinIndex(fields=["objects_named"], name="openadr_subscription_objects")]

    def __str__(self) -> str:
        return f"subscription {self.pk} of {self.client_name}"


class Notification(models.Model):
    """The outbox: written with the change, read by whoever tells webhooks and topics.

    `program` and `ven` say whom it concerns: the program of an event or report, the VEN of a resource or report.
    """

    object_type = models.CharField(max_length=12, choices=ObjectType)
    operation = models.CharField(max_length=6, choices=Operation)
    object_id = models.UUIDField()
    object = DocumentField()  # as business logic sees it, all targets included
    targets = targets_field()
    program = models.ForeignKey(Program, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    ven = models.ForeignKey(Ven, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=LONGEST_NAME, blank=True)  # whose object it is; empty: business logic's
    recorded_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True, blank=True)  # webhooks have their deliveries
    published_at = models.DateTimeField(null=True, blank=True)  # topics have it

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(fanned_out_at__isnull=True), name="openadr_notice_to_fan_out"),
            models.Index(fields=["id"], condition=Q(published_at__isnull=True), name="openadr_notice_to_publish"),
            models.Index(fields=["recorded_at"], name="openadr_notice_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.object_type} {self.object_id}"


class Delivery(models.Model):
    """One notification on its way to one callback. Dead: given up, to be seen and sent again by a person."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    callback_url = models.CharField(max_length=8000)
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=400, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status=DeliveryStatus.PENDING), name="openadr_delivery_due"
            ),
            models.Index(fields=["status", "id"], name="openadr_delivery_status"),
            models.Index(
                fields=["subscription", "id"], condition=Q(status=DeliveryStatus.PENDING), name="openadr_delivery_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification} to {self.callback_url[:80]}"
