"""A storage project in yearly steps: capacity with fade and augmentation, energy, money; and what it comes to.

LCOS = (capex + sum of (O&M + charging + augmentation) discounted) / (energy delivered, discounted). The capacity of
year t is that of its start, (1 - fade)^(t - 1), for the first batteries and for each augmentation from its own year.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.economics.figures import (
    InternalRate,
    internal_rate,
    modified_rate,
    net_present_value,
    payback,
)

MOST_YEARS = 60
KWH_A_MWH = 1000.0
# Lowest and highest value of each number of a project.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "capex": (0, np.inf),
    "energy_kwh": (1e-9, np.inf),
    "years": (1, MOST_YEARS),
    "discount_rate": (-0.5, 1),
    "depth": (0, 1),
    "cycles_per_year": (0, 36_525),
    "round_trip_efficiency": (0.01, 1),
    "fade_per_year": (0, 0.5),
    "opex_per_year": (0, np.inf),
    "opex_growth": (-0.5, 1),
    "charge_price_per_mwh": (-np.inf, np.inf),
    "discharge_price_per_mwh": (-np.inf, np.inf),
    "services_per_year": (-np.inf, np.inf),
    "price_growth": (-0.5, 1),
    "salvage": (-np.inf, np.inf),
    "finance_rate": (-0.5, 1),
    "reinvest_rate": (-0.5, 1),
    "revenue_factor": (0, np.inf),
}
YEARLY = ("revenue", "opex", "discharged_mwh")


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Batteries added at the start of a year (1 is the first), paid at the end of the year before."""

    year: int
    cost: float
    energy_kwh: float


@dataclass(frozen=True, slots=True)
class Project:
    """Money in any one currency. Yearly arrays (years,) replace what would be worked out: see `yearly`."""

    capex: float
    energy_kwh: float
    years: int
    discount_rate: float
    depth: float = 1.0  # of the capacity, used in each cycle
    cycles_per_year: float = 0.0
    round_trip_efficiency: float = 1.0
    fade_per_year: float = 0.0  # of the capacity left
    opex_per_year: float = 0.0
    opex_growth: float = 0.0
    charge_price_per_mwh: float = 0.0
    discharge_price_per_mwh: float = 0.0
    services_per_year: float = 0.0  # in proportion to the capacity left
    price_growth: float = 0.0  # of prices and services
    salvage: float = 0.0  # received at the end of the last year
    finance_rate: float | None = None  # of the modified rate; the discount rate unless told
    reinvest_rate: float | None = None
    revenue_factor: float = 1.0  # on all revenue
    augmentations: tuple[Augmentation, ...] = ()
    revenue: FloatArray | None = None  # of energy and services; charging is paid apart
    opex: FloatArray | None = None
    discharged_mwh: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in BOUNDS:
            value = getattr(self, name)
            reason = "" if value is None else out_of_bounds(name, value)
            if reason:
                raise ValueError(reason)
        for name in YEARLY:
            rows = getattr(self, name)
            if rows is not None and (len(rows) != self.years or not np.isfinite(rows).all()):
                raise ValueError(f"{name} needs one number for each of the {self.years} years.")
        for added in self.augmentations:
            if not 1 <= added.year <= self.years or added.cost < 0 or added.energy_kwh < 0:
                raise ValueError(f"augmentation: year 1 to {self.years}, cost and energy_kwh of 0 or more are needed.")


def out_of_bounds(name: str, value: float) -> str:
    """Why a project's number cannot be; empty if it can."""
    low, high = BOUNDS[name]
    if np.isfinite(value) and low <= value <= high:
        return ""
    return f"{name} is {value:g}; it must be a number {_range(low, high)}."


def _range(low: float, high: float) -> str:
    if np.isinf(low):
        return "that is finite"
    return f"of {low:g} or more" if np.isinf(high) else f"from {low:g} to {high:g}"


@dataclass(frozen=True, slots=True)
class Years:
    """A project year by year, each (years,); money paid is a positive cost."""

    capacity_kwh: FloatArray
    discharged_mwh: FloatArray
    charged_mwh: FloatArray
    revenue: FloatArray
    charging: FloatArray
    opex: FloatArray
    augmentation: FloatArray  # paid for batteries that work from this year on


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a project comes to. None where a figure does not exist."""

    years: Years
    flows: FloatArray  # (years + 1,)
    npv: float
    irr: InternalRate
    mirr: float | None
    payback_years: float | None
    discounted_payback_years: float | None
    lcos_per_mwh: float | None  # None where nothing is delivered


def yearly(project: Project) -> Years:
    """Capacity, energy and money of each year."""
    age = np.arange(project.years, dtype=np.float64)
    capacity = project.energy_kwh * (1 - project.fade_per_year) ** age
    bought = np.zeros(project.years)
    for added in project.augmentations:
        since = age - (added.year - 1)
        capacity = capacity + added.energy_kwh * np.where(since >= 0, (1 - project.fade_per_year) ** since, 0.0)
        bought[added.year - 1] += added.cost
    worked_out = capacity * project.depth * project.cycles_per_year / KWH_A_MWH
    discharged = worked_out if project.discharged_mwh is None else project.discharged_mwh
    charged = discharged / project.round_trip_efficiency
    prices = (1 + project.price_growth) ** age
    services = project.services_per_year * capacity / project.energy_kwh
    earned = (discharged * project.discharge_price_per_mwh + services) * prices
    running = project.opex_per_year * (1 + project.opex_growth) ** age
    return Years(
        capacity_kwh=capacity,
        discharged_mwh=discharged,
        charged_mwh=charged,
        revenue=(earned if project.revenue is None else project.revenue) * project.revenue_factor,
        charging=charged * project.charge_price_per_mwh * prices,
        opex=running if project.opex is None else project.opex,
        augmentation=bought,
    )


def cash_flows(project: Project, years: Years) -> FloatArray:
    """Today and the end of each year (years + 1,). An augmentation is paid before its year begins."""
    flows = np.r_[-project.capex, years.revenue - years.charging - years.opex]
    flows[:-1] -= years.augmentation
    flows[-1] += project.salvage
    return np.asarray(flows)


def levelised_cost(project: Project, years: Years) -> float | None:
    """LCOS in money per MWh delivered; None where nothing is delivered."""
    discount = (1 + project.discount_rate) ** -np.arange(1.0, project.years + 1)
    before = (1 + project.discount_rate) ** -np.arange(0.0, project.years)
    delivered = float((years.discharged_mwh * discount).sum())
    if delivered <= 0:
        return None
    paid = ((years.opex + years.charging) * discount + years.augmentation * before).sum()
    return float((project.capex + paid - project.salvage * discount[-1]) / delivered)


def evaluate(project: Project) -> Outcome:
    """All figures of a project."""
    years = yearly(project)
    flows = cash_flows(project, years)
    rate = project.discount_rate
    return Outcome(
        years=years,
        flows=flows,
        npv=net_present_value(rate, flows),
        irr=internal_rate(flows),
        mirr=modified_rate(
            flows,
            finance_rate=rate if project.finance_rate is None else project.finance_rate,
            reinvest_rate=rate if project.reinvest_rate is None else project.reinvest_rate,
        ),
        payback_years=payback(flows),
        discounted_payback_years=payback(flows, rate=rate),
        lcos_per_mwh=levelised_cost(project, years),
    )


def changed(project: Project, values: Mapping[str, float]) -> Project:
    """The project with other numbers. Errors: ValueError that names a field that is unknown, or out of its bounds."""
    unknown = sorted(set(values) - set(BOUNDS))
    if unknown:
        raise ValueError(f"{unknown[0]} is no number of a project; those are {', '.join(BOUNDS)}.")
    if "years" in values and any(getattr(project, name) is not None for name in YEARLY):
        raise ValueError("years cannot be changed where money or energy is given year by year.")
    if values.get("years", 1) % 1:
        raise ValueError(f"years is {values['years']:g}; it must be a whole number.")
    numbers: dict[str, Any] = {name: int(value) if name == "years" else value for name, value in values.items()}
    return replace(project, **numbers)
