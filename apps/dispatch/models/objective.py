from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.dispatch.choices.objective import (
    AS_DELIVERED,
    LEAST_HORIZON_H,
    LEAST_WEIGHT,
    MOST_CO2_EUR_PER_T,
    MOST_HORIZON_H,
    MOST_LOST_LOAD_EUR_PER_KWH,
    MOST_MARGIN_PU,
    MOST_WEIGHT,
    USUAL_HORIZON_H,
    Goal,
    weight_name,
)
from apps.dispatch.choices.proposal import LONGEST_TEXT

KG_A_T = 1000.0


class ObjectiveVersionQuerySet(models.QuerySet["ObjectiveVersion"]):
    def now(self) -> "ObjectiveVersion":
        """As delivered before the first that a person set; then every desk does what it was made to do."""
        return self.filter(is_active=True).first() or ObjectiveVersion(version=AS_DELIVERED)

    def retire(self, version: int) -> bool:
        """Compare and swap: False if another is active by now."""
        return self.filter(version=version, is_active=True).update(is_active=False) == 1


def _bounds(low: float, high: float) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


def _weight(words: str) -> Any:
    return models.FloatField(default=1.0, validators=_bounds(LEAST_WEIGHT, MOST_WEIGHT), help_text=words)


class ObjectiveVersion(models.Model):
    """What the grid is run for, as a person set it. Never changed: who wants something else sets another version."""

    version = models.PositiveIntegerField(unique=True)
    is_active = models.BooleanField(default=True)
    reason = models.CharField(max_length=LONGEST_TEXT)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    horizon_h = models.PositiveSmallIntegerField(
        default=USUAL_HORIZON_H, validators=_bounds(LEAST_HORIZON_H, MOST_HORIZON_H), help_text="Of rolling plans."
    )
    weight_cost = _weight("Of money: the measure of the others.")
    weight_losses = _weight("Of losses of the network.")
    weight_emissions = _weight("Of what is emitted.")
    weight_reliability = _weight("Of customers' supply.")
    weight_renewable = _weight("Of sun and wind that are used.")
    weight_comfort = _weight("Of customers who are asked for less.")
    weight_wear = _weight("Of batteries, switches and taps.")
    co2_eur_per_t = models.FloatField(
        default=0.0, validators=_bounds(0.0, MOST_CO2_EUR_PER_T), help_text="Price of a tonne of CO2; 0: none."
    )
    lost_load_eur_per_kwh = models.FloatField(
        null=True,
        blank=True,
        validators=_bounds(0.01, MOST_LOST_LOAD_EUR_PER_KWH),
        help_text="Worth of a kWh that customers do not get; empty: each desk's own.",
    )
    voltage_margin_pu = models.FloatField(
        default=0.0, validators=_bounds(0.0, MOST_MARGIN_PU), help_text="Plans stay that much within limits."
    )
    least_nadir_hz = models.FloatField(
        null=True, blank=True, validators=_bounds(40.0, 70.0), help_text="After a loss; empty: the area's paper."
    )
    most_rocof_hz_s = models.FloatField(
        null=True, blank=True, validators=_bounds(0.05, 10.0), help_text="After a loss; empty: the area's paper."
    )
    least_reserve_kw = models.FloatField(
        default=0.0, validators=_bounds(0.0, 1e7), help_text="Of renewables' uncertainty, each way."
    )

    objects = ObjectiveVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(is_active=True), name="objectives_one_version_counts"),
            models.CheckConstraint(condition=~Q(reason=""), name="objectives_have_a_reason"),
            models.CheckConstraint(condition=Q(version__gt=AS_DELIVERED), name="objectives_count_from_one"),
            models.CheckConstraint(
                condition=Q(
                    weight_cost__gt=0,
                    weight_losses__gt=0,
                    weight_emissions__gt=0,
                    weight_reliability__gt=0,
                    weight_renewable__gt=0,
                    weight_comfort__gt=0,
                    weight_wear__gt=0,
                ),
                name="objectives_weights_above_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"Objectives {self.version}"

    @property
    def stored(self) -> "ObjectiveVersion | None":
        """None where it is as delivered, which is no row."""
        return None if self.version == AS_DELIVERED else self

    def worth(self, goal: Goal) -> float:
        """How much a goal counts beside money: by this a desk multiplies what it has in money."""
        return float(getattr(self, weight_name(goal))) / float(self.weight_cost)

    @property
    def emissions_eur_per_kg(self) -> float:
        return float(self.co2_eur_per_t) / KG_A_T * self.worth(Goal.EMISSIONS)
