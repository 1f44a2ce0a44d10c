"""Which load groups an island cannot carry, and which of its generators it needs.

Loads have priorities 1 to 3. Group 0 cuts nothing, group 1 cuts priority 3, group 2 also priority 2: by construction no
load is cut while one of a higher number is served, and priority 1 never. Powers are kW, energies kWh; loads positive.
Frequency follows the common droop of the forming device and the running generators: the change of power over the sum
of their slopes (Kundur, Power System Stability and Control, 11.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

ROOM = 0.9  # share of the forming device's rating that is planned with
MOST_GROUP = 2
_CUT = ("nothing", "deferrable loads", "deferrable and important loads")


@dataclass(frozen=True, slots=True)
class Generator:
    """fuel_kwh: what its tank still gives; None: it does not run out."""

    rated_kw: float
    least_kw: float = 0.0
    fuel_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class IslandSupply:
    """droops: share of the nominal frequency over no load to rated power. Generators in the order they are started."""

    battery_kw: float
    battery_kwh: float
    generators: Sequence[Generator]
    renewable_kw: float
    nominal_hz: float = 50.0
    battery_droop: float = 0.02
    generator_droop: float = 0.04


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an island must keep, and for how long."""

    hours: float
    low_hz: float
    high_hz: float


@dataclass(frozen=True, slots=True)
class Carried:
    """How the island stands with one group cut. generator_kw: set-points, 0: it does not run."""

    group: int
    served_kw: float
    generator_kw: tuple[float, ...]
    battery_kw: float
    frequency_hz: float
    hours: float
    objection: str  # empty: it carries it

    @property
    def carries(self) -> bool:
        return not self.objection


@dataclass(frozen=True, slots=True)
class Shedding:
    chosen: Carried
    tried: tuple[Carried, ...]
    reason: str


def choose_shedding(
    supply: IslandSupply, load_kw: Sequence[float], wanted: Wanted, *, least_group: int = 0
) -> Shedding:
    """The least that must be cut. load_kw: of priority 1, 2 and 3. least_group: what is known to be needed already.

    Where even the most is not enough, the most is cut, and the objection says what is missing. Raises ValueError
    unless there are three loads.
    """
    if len(load_kw) != MOST_GROUP + 1:
        raise ValueError("Give the load of the three priorities.")
    tried = tuple(
        _carried(supply, sum(load_kw[: MOST_GROUP + 1 - group]), group, wanted)
        for group in range(least_group, MOST_GROUP + 1)
    )
    chosen = next((one for one in tried if one.carries), tried[-1])
    return Shedding(chosen, tried, _reason(chosen, tried))


def _reason(chosen: Carried, tried: Sequence[Carried]) -> str:
    said = f"Cut: {_CUT[chosen.group]}."
    if chosen.group and tried[0] is not chosen:
        said = f"{said} With {_CUT[chosen.group - 1]} cut, {tried[chosen.group - 1 - tried[0].group].objection}."
    return said if chosen.carries else f"{said} Even so {chosen.objection}."


def _carried(supply: IslandSupply, served_kw: float, group: int, wanted: Wanted) -> Carried:
    """With as few generators as carry it; with all where none do."""
    for count in range(len(supply.generators) + 1):
        found = _with(supply, served_kw, group, count, wanted)
        if found.carries:
            break
    return found


def _with(supply: IslandSupply, served_kw: float, group: int, count: int, wanted: Wanted) -> Carried:
    rest_kw = served_kw - supply.renewable_kw
    generator_kw = _set_points(supply.generators[:count], rest_kw)
    battery_kw = rest_kw - sum(generator_kw)
    hertz = island_frequency_hz(supply, battery_kw, running_kw=sum(one.rated_kw for one in supply.generators[:count]))
    hours = hours_carried(supply, rest_kw, count)
    idle = (0.0,) * (len(supply.generators) - count)
    objection = _objection(supply, battery_kw, hertz, hours, wanted)
    return Carried(group, served_kw, generator_kw + idle, battery_kw, hertz, hours, objection)


def _set_points(generators: Sequence[Generator], rest_kw: float) -> tuple[float, ...]:
    """In proportion to their ratings, none below its least."""
    rated_kw = sum(one.rated_kw for one in generators)
    if not rated_kw:
        return (0.0,) * len(generators)
    share = min(max(rest_kw / rated_kw, 0.0), ROOM)
    return tuple(min(max(share * one.rated_kw, one.least_kw), one.rated_kw) for one in generators)


def island_frequency_hz(supply: IslandSupply, unplanned_kw: float, *, running_kw: float) -> float:
    """With `unplanned_kw` beyond the generators' set-points, shared by droop; running_kw: ratings of what runs."""
    slope = supply.battery_kw / supply.battery_droop + running_kw / supply.generator_droop
    if slope <= 0:
        return supply.nominal_hz if not unplanned_kw else 0.0
    return supply.nominal_hz * (1.0 - unplanned_kw / slope)


def hours_carried(supply: IslandSupply, rest_kw: float, count: int) -> float:
    """Until battery and tanks are empty, generators first, at a constant `rest_kw`; inf where nothing is drawn."""
    if rest_kw <= 0:
        return float("inf")
    running = supply.generators[:count]
    given_kw = min(sum(one.rated_kw for one in running), rest_kw)
    endless = any(one.fuel_kwh is None for one in running)
    fuel_kwh = float("inf") if endless else sum(one.fuel_kwh or 0.0 for one in running)
    fuel_h = fuel_kwh / given_kw if given_kw else 0.0
    missing_kw = rest_kw - given_kw
    battery_h = supply.battery_kwh / missing_kw if missing_kw else float("inf")
    if fuel_h >= battery_h:
        return battery_h
    left_kwh = supply.battery_kwh - missing_kw * fuel_h
    return fuel_h + (left_kwh / rest_kw if rest_kw <= supply.battery_kw else 0.0)


def _objection(supply: IslandSupply, battery_kw: float, hertz: float, hours: float, wanted: Wanted) -> str:
    if battery_kw > ROOM * supply.battery_kw:
        return f"{battery_kw:,.0f} kW are left for a battery that gives {ROOM * supply.battery_kw:,.0f} kW"
    if battery_kw < -supply.battery_kw:
        return f"{-battery_kw:,.0f} kW are too many for a battery that takes {supply.battery_kw:,.0f} kW"
    if not wanted.low_hz <= hertz <= wanted.high_hz:
        return f"the frequency would be {hertz:.2f} Hz, allowed are {wanted.low_hz:g} to {wanted.high_hz:g}"
    if hours < wanted.hours:
        return f"the energy lasts for {hours:.1f} h, wanted are {wanted.hours:g}"
    return ""
