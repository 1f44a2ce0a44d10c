import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.microgrids.choices.microgrid import LONGEST_TEXT, LoadPriority, MemberKind
from apps.telemetry.models import Gateway


def _at_least_zero() -> models.FloatField:
    """Empty: not known, or it has none."""
    return models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])


class MicrogridQuerySet(models.QuerySet["Microgrid"]):
    def active(self) -> "MicrogridQuerySet":
        return self.filter(is_active=True)


class Microgrid(models.Model):
    """A part of the network that can stand alone behind its coupling switch. It names equipment, which outlives
    versions of the network."""

    mrid = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=120, unique=True)
    coupling_switch_mrid = models.UUIDField()  # the point of common coupling
    forming_mrid = models.UUIDField()  # the BatteryUnit that can form the grid
    # The field's own controller; empty: nothing there takes part by itself.
    controller_gateway = models.ForeignKey(
        Gateway, null=True, blank=True, on_delete=models.SET_NULL, related_name="microgrids"
    )
    note = models.CharField(max_length=LONGEST_TEXT, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)  # moves with every change; who changes names the one it saw
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = MicrogridQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["coupling_switch_mrid"], condition=Q(is_active=True), name="microgrid_one_behind_a_switch"
            ),
            models.UniqueConstraint(
                fields=["forming_mrid"], condition=Q(is_active=True), name="microgrid_one_formed_by_a_battery"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MicrogridMember(models.Model):
    """Equipment of a microgrid, and what scheduling and shedding must know of it."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="members")
    element_mrid = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=MemberKind)
    priority = models.PositiveSmallIntegerField(null=True, blank=True, choices=LoadPriority)  # of loads
    switch_mrid = models.UUIDField(null=True, blank=True)  # what cuts it; empty: it cannot be cut alone
    customers = models.PositiveIntegerField(default=0)
    rated_kw = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    capacity_kwh = _at_least_zero()  # of a storage
    least_kw = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])  # of a generator that runs
    fuel_kwh = _at_least_zero()  # what a full tank gives; empty: it does not run out (a gas main)
    start_cost_eur = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    fuel_cost_eur_per_kwh = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    emissions_kg_per_kwh = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])

    class Meta:
        ordering = ["microgrid", "kind", "priority", "name"]
        constraints = [
            models.UniqueConstraint(fields=["microgrid", "element_mrid"], name="member_once_a_microgrid"),
            models.CheckConstraint(
                condition=Q(kind=MemberKind.LOAD, priority__in=LoadPriority.values)
                | (~Q(kind=MemberKind.LOAD) & Q(priority__isnull=True)),
                name="member_priority_of_loads_only",
            ),
            models.CheckConstraint(
                condition=Q(kind=MemberKind.STORAGE, capacity_kwh__gt=0)
                | (~Q(kind=MemberKind.STORAGE) & Q(capacity_kwh__isnull=True)),
                name="member_capacity_of_storages_only",
            ),
            models.CheckConstraint(condition=Q(least_kw__lte=models.F("rated_kw")), name="member_least_below_rated"),
            models.CheckConstraint(
                condition=Q(
                    rated_kw__gte=0,
                    least_kw__gte=0,
                    start_cost_eur__gte=0,
                    fuel_cost_eur_per_kwh__gte=0,
                    emissions_kg_per_kwh__gte=0,
                ),
                name="member_figures_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid}: {self.name}"
