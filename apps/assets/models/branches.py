from django.db import models

from apps.assets.models.base import IdentifiedObject, above, at_least
from apps.assets.models.containers import Feeder, Substation
from apps.assets.models.topology import ConnectivityNode


class ACLineSegment(IdentifiedObject):
    from_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    to_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    feeder = models.ForeignKey(Feeder, null=True, on_delete=models.SET_NULL, related_name="lines")
    length_km = models.FloatField()
    r_ohm = models.FloatField()
    x_ohm = models.FloatField()
    b_us = models.FloatField(help_text="Total shunt susceptance in microsiemens.")
    rated_a = models.FloatField(help_text="0 where no rating is known.")
    path = models.JSONField(
        default=list, blank=True, help_text="Course as [[longitude, latitude], ...]; empty for a straight line."
    )

    r0_ohm = models.FloatField(null=True, blank=True, help_text="Zero sequence; empty where the source has none.")
    x0_ohm = models.FloatField(null=True, blank=True, help_text="Zero sequence.")
    b0_us = models.FloatField(null=True, blank=True, help_text="Zero sequence, microsiemens.")

    class Meta(IdentifiedObject.Meta):
        verbose_name = "AC line segment"
        constraints = [
            *IdentifiedObject.Meta.constraints,
            at_least("length_km", 0, "line_length_not_negative"),
            at_least("r_ohm", 0, "line_r_not_negative"),
            at_least("b_us", 0, "line_b_not_negative"),
            at_least("rated_a", 0, "line_rating_not_negative"),
            models.CheckConstraint(
                condition=~models.Q(r_ohm=0, x_ohm=0) & models.Q(x_ohm__lt=float("inf"), x_ohm__gt=float("-inf")),
                name="line_has_impedance",
            ),
            models.CheckConstraint(condition=~models.Q(from_node=models.F("to_node")), name="line_joins_two_nodes"),
        ]


class PowerTransformer(IdentifiedObject):
    """With its ratio tap changer, where `tap_step_percent` is not 0."""

    high_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    low_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    substation = models.ForeignKey(Substation, null=True, on_delete=models.CASCADE, related_name="transformers")
    rated_s_kva = models.FloatField()
    high_kv = models.FloatField()
    low_kv = models.FloatField()
    short_circuit_voltage_percent = models.FloatField()
    copper_loss_kw = models.FloatField()
    iron_loss_kw = models.FloatField()
    no_load_current_percent = models.FloatField()
    phase_shift_deg = models.FloatField(default=0)
    tap_on_high_side = models.BooleanField(default=True)
    tap_position = models.IntegerField(default=0, help_text="Normal position.")
    tap_neutral = models.IntegerField(default=0)
    tap_min = models.IntegerField(default=0)
    tap_max = models.IntegerField(default=0)
    tap_step_percent = models.FloatField(default=0)
    is_regulating = models.BooleanField(default=False, help_text="Holds the low side's voltage by its taps on load.")
    target_pu = models.FloatField(default=1)
    vector_group = models.CharField(
        max_length=20, blank=True, default="", help_text="Windings as in 'Dyn', without the clock."
    )
    zero_short_circuit_voltage_percent = models.FloatField(null=True, blank=True, help_text="Zero sequence.")
    zero_copper_loss_kw = models.FloatField(null=True, blank=True, help_text="Zero sequence.")

    class Meta(IdentifiedObject.Meta):
        constraints = [
            *IdentifiedObject.Meta.constraints,
            above("rated_s_kva", 0, "transformer_rating_positive"),
            above("low_kv", 0, "transformer_low_kv_positive"),
            above("high_kv", 0, "transformer_high_kv_positive"),
            above("short_circuit_voltage_percent", 0, "transformer_uk_positive"),
            at_least("copper_loss_kw", 0, "transformer_copper_not_negative"),
            at_least("iron_loss_kw", 0, "transformer_iron_not_negative"),
            models.CheckConstraint(condition=models.Q(tap_min__lte=models.F("tap_max")), name="transformer_tap_range"),
            models.CheckConstraint(
                condition=~models.Q(high_node=models.F("low_node")), name="transformer_joins_two_nodes"
            ),
        ]
