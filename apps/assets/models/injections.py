from django.db import models

from apps.assets.choices import GeneratorKind
from apps.assets.models.base import IdentifiedObject, above, at_least
from apps.assets.models.network import NetworkModel
from apps.assets.models.topology import ConnectivityNode


class LoadProfile(models.Model):
    """A year of factors; an element's power is its own times the factor."""

    model = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    step_s = models.PositiveIntegerField()
    start_at = models.DateTimeField(help_text="Instant of the first value.")
    values_p = models.BinaryField(help_text="Little-endian float32.")
    values_q = models.BinaryField(null=True, help_text="Empty where reactive power follows active power.")
    mean_p = models.FloatField()
    std_p = models.FloatField()
    mean_q = models.FloatField()
    std_q = models.FloatField()

    class Meta:
        ordering = ["model", "name"]
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="loadprofile_one_per_name"),
            models.CheckConstraint(condition=models.Q(step_s__gt=0), name="loadprofile_step_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(IdentifiedObject):
    node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")

    class Meta(IdentifiedObject.Meta):
        abstract = True


class Injecting(Equipment):
    p_kw = models.FloatField(help_text="At profile factor 1.")
    q_kvar = models.FloatField(help_text="At profile factor 1.")
    profile = models.ForeignKey(LoadProfile, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(Equipment.Meta):
        abstract = True


class Phased(Injecting):
    """Powers of each phase to ground, in the direction of the total; all six or none."""

    p_a_kw = models.FloatField(null=True, blank=True)
    p_b_kw = models.FloatField(null=True, blank=True)
    p_c_kw = models.FloatField(null=True, blank=True)
    q_a_kvar = models.FloatField(null=True, blank=True)
    q_b_kvar = models.FloatField(null=True, blank=True)
    q_c_kvar = models.FloatField(null=True, blank=True)

    class Meta(Injecting.Meta):
        abstract = True


class EnergyConsumer(Phased):
    """Power is consumption."""

    customers = models.PositiveIntegerField(default=1)
    customers_derived = models.BooleanField(default=True, help_text="Estimated from size and class, not counted.")


class GeneratingUnit(Phased):
    """Power is production."""

    kind = models.CharField(max_length=32, choices=GeneratorKind)
    rated_s_kva = models.FloatField()

    class Meta(Phased.Meta):
        constraints = [
            *Phased.Meta.constraints,
            at_least("rated_s_kva", 0, "generator_rating_not_negative"),
            models.CheckConstraint(condition=models.Q(kind__in=GeneratorKind.values), name="generator_kind_known"),
        ]


class BatteryUnit(Injecting):
    """Power is discharge; a negative profile factor charges."""

    rated_s_kva = models.FloatField()
    capacity_kwh = models.FloatField()

    class Meta(Injecting.Meta):
        constraints = [
            *Injecting.Meta.constraints,
            at_least("rated_s_kva", 0, "battery_rating_not_negative"),
            at_least("capacity_kwh", 0, "battery_capacity_not_negative"),
        ]


class EnergySource(Equipment):
    voltage_pu = models.FloatField()
    angle_deg = models.FloatField(default=0)

    class Meta(Equipment.Meta):
        constraints = [*Equipment.Meta.constraints, above("voltage_pu", 0, "source_voltage_positive")]


class LinearShuntCompensator(Equipment):
    """Power is consumption at nominal voltage; a capacitor's reactive power is negative."""

    p_kw = models.FloatField()
    q_kvar = models.FloatField()
