"""What a new economic case of a plant begins with: what is known of it, each figure with where it is from."""

from datetime import datetime
from typing import Any

from apps.storage.adapters.lifespan import MOST_YEARS
from apps.storage.adapters.project_figures import BOUNDS, FIGURES, NEEDED
from apps.storage.choices import LifespanOutcome
from apps.storage.models import BatteryCost, LifespanRun, StoragePlant
from apps.storage.selectors.worked_out import newest_lifespan

Known = dict[str, tuple[float, str]]


def case_form(plant: StoragePlant | None, *, as_of: datetime) -> dict[str, Any]:
    """Every figure that a project can have; those that nobody can know here are empty."""
    row = newest_lifespan(plant, as_of=as_of) if plant else None
    run = row if row is not None and LifespanOutcome(row.outcome) == LifespanOutcome.KNOWN else None
    cost = BatteryCost.objects.filter(plant=plant).first() if plant else None
    known: Known = _of_plant(plant) | _of_cost(plant, cost) | _of_run(plant, run) if plant else {}
    currency = cost.currency if cost else str(run.inputs.get("currency", "")) if run else ""
    return {
        "name": f"{plant.name}, {as_of:%Y-%m-%d}" if plant else "",
        "plant": str(plant.mrid) if plant else None,
        "currency": currency,
        "figures": [_figure(name, *known.get(name, (None, ""))) for name in FIGURES],
    }


def _figure(name: str, value: float | None, source: str) -> dict[str, Any]:
    words, unit = FIGURES[name]
    low, high = (end if abs(end) != float("inf") else None for end in BOUNDS[name])
    told = {"name": name, "words": words, "unit": unit, "low": low, "high": high, "is_needed": name in NEEDED}
    return told | {"value": None if value is None else float(f"{value:.6g}"), "source": source}


def _of_plant(plant: StoragePlant) -> Known:
    efficiency = plant.charge_efficiency * plant.discharge_efficiency
    found: Known = {
        "energy_kwh": (plant.energy_kwh, plant.datasheet),
        "depth": (plant.most_soc - plant.least_soc, "Window of the charge in which the plant is planned"),
        "round_trip_efficiency": (efficiency, plant.datasheet),
    }
    if plant.warranty_years:
        found["years"] = (float(round(plant.warranty_years)), "Years of the warranty")
    return found


def _of_cost(plant: StoragePlant, cost: BatteryCost | None) -> Known:
    if cost is None:
        return {}
    told = f"{cost.per_kwh:g} {cost.currency}/kWh of batteries alone; add what else is built. {cost.source}"
    return {"capex": (cost.per_kwh * plant.energy_kwh, told), "discount_rate": (cost.discount_rate, cost.source)}


def _of_run(plant: StoragePlant, run: LifespanRun | None) -> Known:
    if run is None:
        return {}
    found: Known = {}
    when = f"Lifespan of {run.as_of:%Y-%m-%d}"
    if run.years and run.years < MOST_YEARS and run.capacity_now and run.capacity_now > run.end_of_life:
        fade = 1 - (run.end_of_life / run.capacity_now) ** (1 / run.years)
        found["fade_per_year"] = (fade, f"{when}: {run.years:.1f} years to {run.end_of_life:.0%}")
    if not run.policies:
        return found
    now, days = run.policies[0], run.inputs.get("policy_days")
    told = f"{when}: {days} market days to {str(run.inputs.get('prices_to'))[:10]} planned again"
    depth = plant.most_soc - plant.least_soc
    if depth > 0:
        found["cycles_per_year"] = (1000 * now["discharged_mwh_a_year"] / plant.energy_kwh / depth, told)
    for name in ("charge_price_per_mwh", "discharge_price_per_mwh"):
        if now[name] is not None:
            found[name] = (now[name], told)
    return found
