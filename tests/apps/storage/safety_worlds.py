"""Plants with limits, settings, trips and readings of their own in the database, and what is legal there: told once
more from the rows, by cases, beside the very checks that dispatch asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan, nan

import numpy as np
from django.db import transaction

from apps.dispatch.checks import SetPoint, course_objections, order_objections
from apps.storage.choices import ChargeSource
from apps.storage.models import ChargeState, LimitSetting, SafetyLimit, SafetyState, StoragePlant
from gridops.engine.storage.safety.limits import Limits, Rule, Side
from tests.engine.storage.safety_oracle import schedule_is_legal, window
from tests.factories.orders import person
from tests.factories.storage import NOON, heard, make_plant, metered

QUANTITY = "active_power"
WATCHED = ("soc", "cell_voltage_max_v", "cell_voltage_min_v", "temperature_max_c", "temperature_min_c")
POWERS = (0.0, 0.5, 0.999, 1.001, 1.5)  # of what is allowed
MOST_STEPS = 8
HAIR_KW = 1e-3


@dataclass
class Counted:
    drawn: int = 0
    legal: int = 0
    through: int = 0  # though not legal
    refused: int = 0  # though legal

    def add(self, *, legal: bool, allowed: bool) -> None:
        self.drawn += 1
        self.legal += legal
        self.through += allowed and not legal
        self.refused += legal and not allowed


@dataclass
class World:
    plant: StoragePlant
    limits: Limits  # by hand, from the rows
    readings: list[dict[str, float]]  # of each rack
    soc: float  # of all racks together
    tripped: bool


def judged(count: int, seed: int, *, per_world: int = 250) -> tuple[Counted, Counted]:
    """So many commands, and as many schedules. Nothing of it stays in the database."""
    rng, commands, courses = np.random.default_rng(seed), Counted(), Counted()
    for _ in range(-(-count // per_world)):
        with transaction.atomic():
            world = _world(rng)
            for _ in range(min(per_world, count - commands.drawn)):
                _command(world, rng, commands)
                _course(world, rng, courses)
            transaction.set_rollback(True)
    return commands, courses


def _world(rng: np.random.Generator) -> World:
    plant = make_plant(
        racks=int(rng.integers(1, 5)),
        watched=WATCHED,
        charge_kw=float(rng.uniform(50, 2000)),
        discharge_kw=float(rng.uniform(50, 2000)),
        current_a=float(rng.uniform(200, 3000)),
        energy_kwh=float(rng.uniform(500, 8000)),
        charge_efficiency=float(rng.uniform(0.9, 1.0)),
        discharge_efficiency=float(rng.uniform(0.9, 1.0)),
    )
    rows = list(plant.limits.all())
    narrowed = dict(_narrowed(plant, rows, rng))
    readings = _heard(plant, rng)
    tripped = bool(rng.random() < 0.1)
    if tripped:
        SafetyState.objects.create(plant=plant, as_of=NOON, charge_kw=0, discharge_kw=0, tripped_at=NOON)
    soc = float(np.mean([one["middle"] for one in readings]))
    return World(plant, _by_hand(plant, rows, narrowed), readings, soc, tripped)


def _narrowed(
    plant: StoragePlant, rows: list[SafetyLimit], rng: np.random.Generator
) -> Iterator[tuple[tuple[str, str], float]]:
    """Some ratings, and of some limits every rung by the same part of the ramp."""
    by = person(f"eve{plant.pk}").user
    told = [
        (name, "", float(getattr(plant, name) * rng.uniform(0.3, 1.0)))
        for name in ("charge_kw", "discharge_kw", "current_a")
        if rng.random() < 0.3
    ]
    for row in rows:
        if rng.random() < 0.4:
            shift = float(rng.uniform(0, 0.3)) * (row.stop - row.derate)
            told += [
                (row.name, rung, getattr(row, rung) - shift)
                for rung in ("warn", "derate", "stop", "trip")
                if getattr(row, rung) is not None
            ]
    for name, rung, value in told:
        LimitSetting.objects.create(
            plant=plant, name=name, rung=rung, value=value, reason="Drawn.", set_by=by, set_at=NOON
        )
        yield (name, rung), value


def _by_hand(plant: StoragePlant, rows: list[SafetyLimit], narrowed: dict[tuple[str, str], float]) -> Limits:
    def rung(row: SafetyLimit, name: str) -> np.ndarray:
        told = getattr(row, name)
        return np.array([narrowed.get((row.name, name), nan if told is None else told)])

    rules = tuple(
        Rule(
            row.name,
            row.reading,
            row.unit,
            Side(row.side),
            row.blocks_charge,
            row.blocks_discharge,
            *(rung(row, name) for name in ("warn", "derate", "stop", "trip")),
            row.source,
        )
        for row in rows
        if row.is_watched
    )
    ratings = (
        np.array([narrowed.get((name, ""), getattr(plant, name))])
        for name in ("charge_kw", "discharge_kw", "current_a")
    )
    return Limits(rules, *ratings, source="by hand")


def _heard(plant: StoragePlant, rng: np.random.Generator) -> list[dict[str, float]]:
    gateway = metered(plant, more=[("dc_voltage", "V")])
    found = []
    for rack in plant.racks.order_by("name"):
        soc, sigma = _soc(rng), float(rng.uniform(0.001, 0.04))
        told = _told(rng)
        heard(gateway, [NOON], only={str(rack.mrid)}, **{name: [value] for name, value in told.items()})
        is_old = rng.random() < 0.03
        at = NOON - timedelta(minutes=6) if is_old else NOON
        ChargeState.objects.create(rack=rack, as_of=at, source=ChargeSource.TOLD, soc=soc, sigma=sigma)
        found.append(
            {
                "middle": nan if is_old else soc,
                "high": nan if is_old else min(soc + sigma, 1.0),
                "low": nan if is_old else max(soc - sigma, 0.0),
                "cell_voltage_max_v": told.get("cell_voltage_max", nan),
                "cell_voltage_min_v": told.get("cell_voltage_min", nan),
                "temperature_max_c": told.get("temperature_max", nan),
                "temperature_min_c": told.get("temperature_min", nan),
                "dc_voltage_v": told.get("dc_voltage", nan),
            }
        )
    return found


def _soc(rng: np.random.Generator) -> float:
    return float(
        rng.uniform(0.2, 0.8) if rng.random() < 0.7 else rng.choice([rng.uniform(0, 0.2), rng.uniform(0.8, 1)])
    )


def _told(rng: np.random.Generator) -> dict[str, float]:
    """Mostly sound, sometimes on a ramp or beyond it, sometimes silent. Stored values are 32 bits wide."""
    warm, cold = float(rng.choice([25.0, 42.0, 47.0, 61.0], p=[0.85, 0.06, 0.06, 0.03])), rng.uniform(4, 20)
    drawn = {
        "cell_voltage_max": rng.uniform(3.2, 3.5) if rng.random() < 0.85 else rng.uniform(3.5, 3.7),
        "cell_voltage_min": rng.uniform(3.0, 3.2) if rng.random() < 0.85 else rng.uniform(2.4, 3.0),
        "temperature_max": warm + rng.uniform(-1, 1),
        "temperature_min": min(cold, warm),
        "dc_voltage": rng.uniform(500, 1000),
    }
    return {name: float(np.float32(value)) for name, value in drawn.items() if rng.random() > 0.01}


def most_kw(world: World) -> tuple[float, float]:
    """What the cells of the whole plant may take and give now."""
    racks, limits = len(world.readings), world.limits
    each = Limits(limits.rules, *(of / racks for of in (limits.charge_kw, limits.discharge_kw, limits.current_a)), "")
    windows = [_rack(each, one, tripped=world.tripped) for one in world.readings]
    return racks * min(one[0] for one in windows), racks * min(one[1] for one in windows)


def _rack(limits: Limits, reading: dict[str, float], *, tripped: bool) -> tuple[float, float]:
    """The charge is judged by its worse end, which differs by the side of the rule. An unknown voltage limits nothing
    that the rating does not."""
    volts = 1e9 if isnan(reading["dc_voltage_v"]) else reading["dc_voltage_v"]
    ways = [
        window(
            Limits(
                tuple(rule for rule in limits.rules if rule.reading != "soc" or rule.side is side),
                limits.charge_kw,
                limits.discharge_kw,
                limits.current_a,
                "",
            ),
            0,
            reading | {"soc": reading[end], "dc_voltage_v": volts},
            tripped=tripped,
        )
        for side, end in ((Side.HIGH, "high"), (Side.LOW, "low"))
    ]
    return min(one[0] for one in ways), min(one[1] for one in ways)


def _command(world: World, rng: np.random.Generator, counted: Counted) -> None:
    charge, discharge = most_kw(world)
    plant, charging = world.plant, bool(rng.random() < 0.5)
    rated = plant.charge_kw if charging else plant.discharge_kw
    most = charge if charging else discharge
    cells = most * float(rng.choice(POWERS)) if rng.random() < 0.6 else float(rng.uniform(0, 1.2 * rated))
    if abs(cells - most) < HAIR_KW:
        cells = most + 2 * HAIR_KW if rng.random() < 0.5 else max(most - 2 * HAIR_KW, 0.0)
    value = cells / plant.charge_efficiency if charging else -cells * plant.discharge_efficiency
    found = order_objections(SetPoint(plant.mrid, QUANTITY, value), as_of=NOON)
    counted.add(legal=cells <= most, allowed=not found)


def _course(world: World, rng: np.random.Generator, counted: Counted) -> None:
    plant, steps = world.plant, int(rng.integers(1, MOST_STEPS + 1))
    scale = float(rng.choice([0.2, 0.5, 1.0, 1.2]))
    cells = rng.uniform(-plant.charge_kw, plant.discharge_kw, steps) * scale
    cells[rng.random(steps) < 0.3] = 0.0
    minutes = int(rng.integers(1, 4)) * 5
    at = [NOON + n * timedelta(minutes=minutes) for n in range(steps)]
    meter = np.where(cells < 0, -cells / plant.charge_efficiency, -cells * plant.discharge_efficiency)
    told: list[tuple[datetime, float]] = list(zip(at, meter.tolist(), strict=True))
    ends_at = at[-1] + timedelta(minutes=minutes)
    found = course_objections(plant.mrid, QUANTITY, told, ends_at=ends_at, as_of=NOON)
    legal = not isnan(world.soc) and not (world.tripped and meter.any())
    legal = legal and schedule_is_legal(
        world.limits,
        0,
        soc=world.soc,
        kwh=plant.energy_kwh,
        efficiency=1.0,
        powers=np.repeat(cells, minutes).tolist(),
        hours=1 / 60,
    )
    counted.add(legal=legal, allowed=not found)
