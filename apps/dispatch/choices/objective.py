"""What the grid is run for: goals, what each desk makes of them, and the bounds of what a person may set."""

from dataclasses import dataclass

from django.db.models import TextChoices

OBJECTIVES = "objectives"  # the live topic
AS_DELIVERED = 0  # the version before the first that a person set
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 10.0
LEAST_HORIZON_H, USUAL_HORIZON_H, MOST_HORIZON_H = 4, 24, 36
MOST_CO2_EUR_PER_T = 2000.0
MOST_LOST_LOAD_EUR_PER_KWH = 1000.0
MOST_MARGIN_PU = 0.03


class Goal(TextChoices):
    """Beside money, which is the measure of the others."""

    COST = "cost", "Money"
    LOSSES = "losses", "Losses of the network"
    EMISSIONS = "emissions", "Emissions"
    RELIABILITY = "reliability", "Supply of customers"
    RENEWABLE = "renewable", "Use of sun and wind"
    COMFORT = "comfort", "Comfort of customers who are asked for less"
    WEAR = "wear", "Wear of batteries, switches and taps"


def weight_name(goal: Goal) -> str:
    """The field of a version that has the weight of a goal."""
    return f"weight_{goal.value}"


WEIGHTS: tuple[str, ...] = tuple(weight_name(goal) for goal in Goal)


@dataclass(frozen=True, slots=True)
class Honour:
    """A desk and what it makes of one field. The module is the one that reads it."""

    desk: str
    field: str
    words: str
    module: str


def _honours(desk: str, module: str, **words: str) -> tuple[Honour, ...]:
    return tuple(Honour(desk, field, text, module) for field, text in words.items())


HONOURED: tuple[Honour, ...] = (
    *_honours(
        "ranking",
        "apps.dispatch.selectors.proposals",
        weight_cost="Points that a remedy loses for its cost.",
        weight_losses="Points that a remedy earns by what it takes off the losses.",
        weight_emissions="Points that a remedy loses for what it emits.",
        weight_reliability="Points that a remedy loses for customers without supply.",
        weight_wear="Points that a remedy loses for operations of switches and taps.",
        co2_eur_per_t="What a remedy emits is added to its cost.",
    ),
    *_honours(
        "storage",
        "apps.storage.services.plan_batch",
        horizon_h="How far the rolling plan looks.",
        weight_emissions="Worth of what the grid emits for a kWh, in the price of that kWh.",
        weight_wear="What a kWh out of a battery costs of its life.",
        weight_cost="The measure of the other two.",
        co2_eur_per_t="Price of what the grid emits for a kWh.",
    ),
    *_honours(
        "microgrid-schedule",
        "apps.microgrids.services.scheduling",
        weight_emissions="Price of what grid and generators emit.",
        weight_reliability="Price of energy that customers do not get.",
        weight_wear="What a kWh out of a battery costs of its life.",
        weight_cost="The measure of the other three.",
        co2_eur_per_t="Price of what grid and generators emit, where it is above the microgrid's own.",
        lost_load_eur_per_kwh="Price of energy that customers do not get, in place of the microgrid's own.",
    ),
    *_honours(
        "voltage",
        "apps.optimization.services.voltage_desk",
        voltage_margin_pu="Plans keep voltages that much within their limits.",
    ),
    *_honours(
        "congestion",
        "apps.optimization.services.hours_ahead",
        weight_cost="The measure of the others.",
        weight_emissions="Worth of what an offer emits.",
        weight_reliability="Price of load that is shed.",
        weight_renewable="Price of sun and wind that are held back.",
        weight_comfort="Price of less load of customers who agreed.",
        weight_wear="Price of energy out of batteries.",
        co2_eur_per_t="Price of what an offer emits.",
        lost_load_eur_per_kwh="Price of load that is shed, in place of the assumed one.",
    ),
    *_honours(
        "renewables",
        "apps.renewables.services.reserving",
        least_reserve_kw="Reserve is asked for up to this even where forecasts would do with less.",
    ),
    *_honours(
        "stability",
        "apps.renewables.services.stability",
        least_nadir_hz="Reserve is scheduled so that the frequency stays above it, where the area asks for less.",
        most_rocof_hz_s="Inertia is asked for so that the frequency falls no faster, where the area allows more.",
    ),
)
# Desks that read no field, and why not.
READS_NONE: dict[str, str] = {
    "restoration": "Supply comes back by customers and critical sites, as procedure has it, not by weight.",
    "restoration-return": "It undoes what restoration did.",
    "person": "A person's own proposal is taken as it is; its place on the list is by the weights.",
    "microgrids": "Islanding and the way back are steps of safety.",
    "reconfiguration": "Limits first, then least losses: it has one goal. Its place on the list is by the weights.",
    "single-device": "It tries every device for the trouble at hand. Its place on the list is by the weights.",
    "least-held": "It has one goal: to hold back least. Its place on the list is by the weights.",
    "demand-response": "Terms of programs are contracts. Prices of congestion, by which it looks, are by the weights.",
    "incidents": "Where a fault is does not depend on what is wished.",
    "resilience": "Each study states its own value of lost load and budget.",
    "efficiency": "It measures.",
    "trading": "Risk is set for each portfolio.",
}
HONOUR_LABEL: dict[str, str] = {
    "ranking": "Ranking of remedies",
    "congestion": "Prices of congestion",
    "stability": "Frequency and settings",
    "incidents": "Fault location",
    "resilience": "Risk and hardening",
    "efficiency": "Efficiency",
    "trading": "Trading",
}
