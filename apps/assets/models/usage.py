from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.assets.choices import CustomerClass


class UsagePoint(models.Model):
    """Where a customer is metered. It belongs to no version of the network: it names its EnergyConsumer by the mRID,
    which stays from one version to the next."""

    mrid = models.UUIDField(unique=True)
    name = models.CharField(max_length=80, unique=True, help_text="The number of the connection, as meters tell it.")
    consumer_mrid = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="Of the EnergyConsumer it is part of; empty: not known yet."
    )
    customer_class = models.CharField(max_length=12, choices=CustomerClass)
    is_critical = models.BooleanField(default=False, help_text="Life support, a hospital: never asked to use less.")
    critical_reason = models.CharField(max_length=200, blank=True)
    rated_kw = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(customer_class__in=CustomerClass.values), name="usagepoint_class_known"),
            models.CheckConstraint(
                condition=Q(is_critical=False) | ~Q(critical_reason=""), name="usagepoint_says_why_it_is_critical"
            ),
        ]

    def __str__(self) -> str:
        return self.name
