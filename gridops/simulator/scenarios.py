"""What happens in the field: seeded, so that the same seed gives the same events at the same offsets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

import numpy as np

from gridops.simulator import incidents, weak_area
from gridops.simulator.batteries.faults import Fault, befall
from gridops.simulator.instruments import Instruments
from gridops.simulator.points import FloatArray, IntArray, PointTable, Quantity
from gridops.simulator.weather import Weather, busy_evening, calm_weather, cloud_ramp, heatwave, storm_wind
from gridops.simulator.world import World

FAULT_AFTER_S = (20.0, 30.0)
METERS_AFTER_S = (15.0, 25.0)
STORM_FAULTS = 4
STORM_EVERY_S = (25.0, 60.0)
STORM_MOMENTARY = 2
SERIES_FAULTS, SERIES_EVERY_S, SERIES_MOMENTARY_SHARE = 12, 900.0, 0.3
STATION_LOST_S = 90.0
PLANT_LOST_AFTER_S, PLANT_BACK_AFTER_S = 60.0, 900.0
BATTERY_EVERY_S, VISIT_AFTER_S = (20.0, 40.0), 300.0
DYING_SHARE, FREEZING_SHARE = 0.08, 0.02
GROSS_ERRORS = 6
GROSS_FACTORS = (-1.0, 0.5, 1.5, 2.0)


class EventKind(StrEnum):
    FAULT = "fault"  # targets: lines
    METERS_DIE = "meters-die"  # targets: points
    METERS_FREEZE = "meters-freeze"
    METERS_ERR = "meters-err"
    STATION_LOST = "station-lost"  # targets: common addresses
    STATION_BACK = "station-back"
    PLANT_LOST = "plant-lost"  # targets: injections
    PLANT_BACK = "plant-back"
    BATTERY = "battery"  # targets: plant and rack, from 0; see `fault`


@dataclass(frozen=True, slots=True)
class Event:
    offset_s: float  # wall time after the start
    kind: EventKind
    targets: tuple[int, ...]
    factor: float = 1.0
    fault: Fault | None = None
    is_momentary: bool = False  # a fault that is gone once the line was dead


@dataclass(frozen=True, slots=True)
class Scenario:
    """begin: profile time to start at, given the season now. power_scale: one factor per injection."""

    name: str
    events: tuple[Event, ...]
    weather: Weather
    common_address: IntArray  # per point

    def begin(self, season: datetime) -> datetime:
        return self.weather.begin(season)

    def power_scale(self, profile_time: datetime) -> FloatArray:
        return self.weather.power_scale(profile_time)

    def action(self, event: Event, world: World, instruments: Instruments) -> Callable[[int], None]:
        if event.kind is EventKind.FAULT:
            return partial(_fault, event, world)
        if event.kind is EventKind.BATTERY:
            return partial(_befall, event, world)
        if event.kind in (EventKind.PLANT_LOST, EventKind.PLANT_BACK):
            return partial(_trip, event, world)
        points = np.array(event.targets)
        if event.kind in (EventKind.STATION_LOST, EventKind.STATION_BACK):
            points = np.flatnonzero(np.isin(self.common_address, event.targets))
        return partial(_change_meters, event, points, world, instruments)


def _fault(event: Event, world: World, at_us: int) -> None:
    for line in event.targets:
        world.fault(line, at_us, is_momentary=event.is_momentary)


def _trip(event: Event, world: World, at_us: int) -> None:
    for index in event.targets:
        world.trip_plant(index, at_us, back=event.kind is EventKind.PLANT_BACK)


def _befall(event: Event, world: World, at_us: int) -> None:
    if world.batteries is None or event.fault is None:
        return
    number, rack = event.targets
    plant = world.batteries.plants[number]
    befall(event.fault, plant, rack)
    world.report(at_us, f"{event.fault} in rack {rack + 1} of {plant.design.name}")


def _change_meters(event: Event, points: np.ndarray, world: World, instruments: Instruments, at_us: int) -> None:
    if event.kind is EventKind.METERS_DIE:
        instruments.is_dead[points] = True
    elif event.kind is EventKind.METERS_FREEZE:
        instruments.is_frozen[points] = True
    elif event.kind is EventKind.METERS_ERR:
        instruments.gross_factor[points] = event.factor
    else:
        instruments.is_cut_off[points] = event.kind is EventKind.STATION_LOST
    world.report(at_us, f"{event.kind} ({len(points)} points)")


def build_scenario(name: str, world: World, table: PointTable, seed: int) -> Scenario:
    """Raises ValueError for a name that is not known."""
    if name not in SCENARIOS:
        raise ValueError(f"There is no scenario '{name}'; there are {', '.join(SCENARIOS)}.")
    generator = np.random.default_rng((seed, 7))
    events, weather = SCENARIOS[name](world, table, generator)
    return Scenario(name, tuple(sorted(events, key=lambda event: event.offset_s)), weather, table.common_address)


Parts = tuple[list[Event], Weather]


def _normal(world: World, _table: PointTable, _generator: np.random.Generator) -> Parts:
    return [], calm_weather(world)


def _heatwave(world: World, _table: PointTable, _generator: np.random.Generator) -> Parts:
    return [], heatwave(world)


def _cloud_ramp(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    return [], cloud_ramp(world, generator)


def _feeder_fault(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    offset = generator.uniform(*FAULT_AFTER_S)
    return [_fault_event(offset, incidents.choose_lines(world, generator, 1))], calm_weather(world)


def _busy_feeder(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    loads, carried_kw = incidents.choose_busy_feeder(world, generator)
    return [], busy_evening(world, loads, carried_kw)


def _storm(world: World, table: PointTable, generator: np.random.Generator) -> Parts:
    offset = float(generator.uniform(*FAULT_AFTER_S))
    events = []
    for line in incidents.choose_lines(world, generator, STORM_FAULTS):
        events.append(_fault_event(offset, [line]))
        offset += float(generator.uniform(*STORM_EVERY_S))
    events += _more_of_a_storm(world, events, generator)
    station = incidents.choose_station(table, generator)
    lost = float(generator.uniform(40.0, 80.0))
    events.append(Event(round(lost, 3), EventKind.STATION_LOST, (station,)))
    events.append(Event(round(lost + STATION_LOST_S, 3), EventKind.STATION_BACK, (station,)))
    return events, storm_wind(world)


def _more_of_a_storm(world: World, events: list[Event], generator: np.random.Generator) -> list[Event]:
    """A second fault on the feeder of the first, found when supply is brought back there; and some that pass."""
    own = generator.spawn(1)[0]
    taken = {line for event in events for line in event.targets}
    nested = [line for line in incidents.same_feeder(world, events[0].targets[0]) if line not in taken]
    more = [_fault_event(events[0].offset_s + own.uniform(*STORM_EVERY_S), [int(own.choice(nested))])] if nested else []
    passing = [line for line in incidents.felt_lines(world, own) if line not in taken][:STORM_MOMENTARY]
    for line in passing:
        event = _fault_event(events[-1].offset_s + own.uniform(*STORM_EVERY_S), [line])
        more.append(replace(event, is_momentary=True))
    return more


def _faults(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    """One after the other, some of them momentary; each is mended while the next ones come."""
    offset = float(generator.uniform(*FAULT_AFTER_S))
    events = []
    for number, line in enumerate(incidents.felt_lines(world, generator)[:SERIES_FAULTS]):
        event = _fault_event(offset + number * SERIES_EVERY_S, [line])
        events.append(replace(event, is_momentary=bool(generator.random() < SERIES_MOMENTARY_SHARE)))
    return events, calm_weather(world)


def _fault_event(offset_s: float, lines: list[int]) -> Event:
    return Event(round(float(offset_s), 3), EventKind.FAULT, tuple(lines))


def _meter_failure(world: World, table: PointTable, generator: np.random.Generator) -> Parts:
    """A batch of meters goes silent, some stand still, and a few tell a gross untruth."""
    units = incidents.shuffled_instruments(table, generator)
    dying, freezing = (max(1, round(share * len(units))) for share in (DYING_SHARE, FREEZING_SHARE))
    offset = round(float(generator.uniform(*METERS_AFTER_S)), 3)
    events = [
        Event(offset, EventKind.METERS_DIE, _points(units[:dying])),
        Event(offset + 5, EventKind.METERS_FREEZE, _points(units[dying : dying + freezing])),
    ]
    for number, unit in enumerate(units[dying + freezing :][:GROSS_ERRORS]):
        power = [position for position in unit if table.points[position].quantity is Quantity.ACTIVE_POWER]
        factor = GROSS_FACTORS[number % len(GROSS_FACTORS)]
        events.append(Event(offset + 10 + 2 * number, EventKind.METERS_ERR, tuple(power), factor))
    voltages = [position for position, point in enumerate(table.points) if point.quantity is Quantity.VOLTAGE]
    wrong = (int(generator.choice(voltages)),)
    events.append(Event(offset + 25, EventKind.METERS_ERR, wrong, 1.12))
    return events, calm_weather(world)


def _battery_faults(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    """Each fault in a plant of its own as far as there are as many; a crew mends the fault to earth."""
    plants = world.batteries.plants if world.batteries else []
    events: list[Event] = []
    offset = float(generator.uniform(*FAULT_AFTER_S))
    for number, fault in enumerate((Fault.WEAK_CELL, Fault.COOLING, Fault.SENSOR, Fault.EARTH) if plants else ()):
        plant = number % len(plants)
        where = (plant, int(generator.integers(plants[plant].design.racks)))
        events.append(Event(round(offset, 3), EventKind.BATTERY, where, fault=fault))
        if fault is Fault.EARTH:
            events.append(Event(round(offset + VISIT_AFTER_S, 3), EventKind.BATTERY, where, fault=Fault.VISIT))
        offset += float(generator.uniform(*BATTERY_EVERY_S))
    return events, calm_weather(world)


def _plant_loss(world: World, _table: PointTable, generator: np.random.Generator) -> Parts:
    """The field hangs on a weak area, and the plant that gives most trips at noon of a day in June."""
    index, lost_kw = incidents.choose_plant(world, weak_area.noon(world.profiles.year))
    world.frequency.area = weak_area.around(lost_kw, generator)
    back = PLANT_LOST_AFTER_S + PLANT_BACK_AFTER_S
    events = [Event(PLANT_LOST_AFTER_S, EventKind.PLANT_LOST, (index,)), Event(back, EventKind.PLANT_BACK, (index,))]
    return events, replace(calm_weather(world), begin=lambda season: weak_area.noon(season.year))


def _points(units: list[list[int]]) -> tuple[int, ...]:
    return tuple(position for unit in units for position in unit)


SCENARIOS: dict[str, Callable[[World, PointTable, np.random.Generator], Parts]] = {
    "normal": _normal,
    "heatwave": _heatwave,
    "cloud-ramp": _cloud_ramp,
    "feeder-fault": _feeder_fault,
    "faults": _faults,
    "busy-feeder": _busy_feeder,
    "meter-failure": _meter_failure,
    "storm": _storm,
    "battery-faults": _battery_faults,
    "plant-loss": _plant_loss,
}
