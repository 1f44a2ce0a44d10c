"""What a measure would save at a customer by the shape of the load, what that costs a kWh, and which comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridops.engine.efficiency.shapes import Shape


class Driver(StrEnum):
    """The part of a load shape that a measure works on."""

    ALL = "all"
    BASE = "base"
    BUSY = "busy"
    DARK = "dark"
    HEATING = "heating"
    COOLING = "cooling"
    WEATHER = "weather"


@dataclass(frozen=True, slots=True)
class Measure:
    """share: of the driver's energy that the equipment takes, 0 to 1; saving: of that, 0 to 1.

    cost_per_kwh: paid once for each kWh saved in a year; upkeep_per_kwh a year likewise; life in years.
    """

    key: str
    driver: Driver
    share: float
    saving: float
    cost_per_kwh: float
    upkeep_per_kwh: float
    life_years: float


@dataclass(frozen=True, slots=True)
class Potential:
    """kWh a year; cost once; levelised: cost of each kWh saved over the life. None with a reason where unknown."""

    key: str
    yearly_kwh: float | None
    cost: float | None
    levelised: float | None
    reason: str


def levelised_cost(cost: float, upkeep: float, yearly_kwh: float, life_years: float, rate: float) -> float:
    """Cost of a kWh saved: the yearly share of what is paid once, at a discount rate, and the upkeep (Meier, 1982)."""
    yearly = cost / life_years if rate == 0 else cost * rate / (1 - (1 + rate) ** -life_years)
    return (yearly + upkeep) / yearly_kwh


def potential(measure: Measure, shape: Shape, rate: float) -> Potential:
    """Of one measure at one load, at a discount rate a year; None with a reason where the shape does not say."""
    energy = _energy(measure.driver, shape)
    if energy is None:
        return Potential(measure.key, None, None, None, shape.reason or "The temperatures are not known.")
    kwh = energy * measure.share * measure.saving
    if kwh <= 0:
        return Potential(measure.key, 0.0, 0.0, None, f"The load has no part of the kind: {measure.driver}.")
    cost = kwh * measure.cost_per_kwh
    each = levelised_cost(cost, kwh * measure.upkeep_per_kwh, kwh, measure.life_years, rate)
    return Potential(measure.key, kwh, cost, each, "")


def ranked(measures: Sequence[Measure], shape: Shape, rate: float) -> list[Potential]:
    """The cheapest kWh first; what is unknown or nothing comes last. Measures at one place are each taken alone."""
    found = [potential(one, shape, rate) for one in measures]
    return sorted(
        found, key=lambda one: (one.levelised is None, one.levelised or 0.0, -(one.yearly_kwh or 0.0), one.key)
    )


def _energy(driver: Driver, shape: Shape) -> float | None:
    weather = None if shape.heating_kwh is None or shape.cooling_kwh is None else shape.heating_kwh + shape.cooling_kwh
    return {
        Driver.ALL: shape.yearly_kwh,
        Driver.BASE: shape.base_kwh,
        Driver.BUSY: shape.busy_kwh,
        Driver.DARK: shape.dark_kwh,
        Driver.HEATING: shape.heating_kwh,
        Driver.COOLING: shape.cooling_kwh,
        Driver.WEATHER: weather,
    }[driver]
