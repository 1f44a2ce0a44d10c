"""Economic, environmental and service figures of every arm, beside what is claimed."""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

from apps.impact.choices.study import Arm
from apps.impact.models import ArmRun, Study

MINUTES_A_DAY = 1440.0
SUPPLIED = "supplied_min_per_customer"
# Figures of every arm that nobody claims but everybody asks for, with their words.
ARM_FIGURES: dict[str, str] = {
    SUPPLIED: "Minutes of supply per customer",
    "saidi_all_min": "Minutes without supply per customer",
    "ens_kwh": "Energy not supplied, kWh",
    "cost_even_eur_per_customer": "Cost per customer, EUR",
    "cost_even_eur": "Cost, EUR",
    "co2_marginal_even_kg": "CO2 by the hourly margin, kg",
    "co2_average_even_kg": "CO2 by the hourly average, kg",
    "loss_even_share": "Losses over energy delivered",
    "renewable_used_share": "Used of what sun and wind could give",
    "node_minutes_outside": "Node-minutes outside the limits of voltage",
}


def mean_figures(study: Study, runs: Iterable[ArmRun]) -> dict[str, dict[str, float]]:
    """Over the tapes, by figure and arm; only what is known, so an arm that was not played is not among them."""
    told = [(run.arm, {name: figure_of(run.figures, name, study.days) for name in ARM_FIGURES}) for run in runs]
    table: dict[str, dict[str, float]] = {name: {} for name in ARM_FIGURES}
    for arm in Arm.values:
        for name, by_arm in table.items():
            values = (figures[name] for played, figures in told if played == arm)
            known = [value for value in values if value is not None and math.isfinite(value)]
            if known:
                by_arm[arm] = fmean(known)
    return table


def figure_of(figures: Mapping[str, float | None], name: str, days: int) -> float | None:
    """Of one run; minutes of supply are what is left of the tape."""
    if name != SUPPLIED:
        return figures.get(name)
    without = figures.get("saidi_all_min")
    return None if without is None else days * MINUTES_A_DAY - without
