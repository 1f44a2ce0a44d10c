"""What the scheduled reserve is worth when a plant is lost: the same field with it and without it.

    python -m tests.studies stability --seeds 20

The field is a town on a weak area whose largest plant trips at a known second. The reserve is scheduled by the engine
from what a control room knows: the area's paper, not its true machines; the plant's forecast, not its power of the
second; a model of the network whose impedances differ from the true ones; the charge that the plants tell. It is
written as registers, like the gateway writes it. Both runs of a seed have the same noise and the same loss.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from math import comb

import numpy as np

from gridops.cases.case import Generator, GeneratorKind, NetworkCase, Storage
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.stability.area import Area, droop_of
from gridops.engine.stability.need import Answering, needed
from gridops.engine.stability.reactive import Inverters, volt_var_shares
from gridops.engine.stability.shares import Offers, shared
from gridops.protocols.sunspec import definition, layout, registers_for
from gridops.simulator import incidents, weak_area
from gridops.simulator.batteries.answers import DROOP_OFF, LEAST_DROOP
from gridops.simulator.batteries.image import BASE, RegisterImage
from gridops.simulator.batteries.plant import BatteryPlant
from gridops.simulator.field import Field
from gridops.simulator.truth import build_truth
from tests.simulator.town import START, town

LOST_S, LONG_S = 60, 90
LIMIT_HZ = 49.2
ALLOWED_DROP_PU = 0.018
NEAR_PU = 0.02  # what a plant may change a voltage by when it is switched (VDE-AR-N 4110:2018, 5.4.4)
ANSWERING = Answering(full_hz=0.5, deadband_hz=0.02, delay_s=0.0, lag_s=0.5 / float(np.log(10.0)))
MARGIN, HOLD_H, EMPTY = 1.1, 0.25, 0.1
MODEL_SEED = 10_000  # of the network that the room knows
LONGER = 5.0  # lines of the town, so that a plant at the end of a feeder is felt there


@dataclass(frozen=True, slots=True)
class Told:
    nadir_hz: float
    rocof_hz_s: float
    worst_drop_pu: float
    recovered_s: float  # until every node is back near its voltage of before; LONG_S: not within the time


@dataclass(frozen=True, slots=True)
class Pair:
    seed: int
    lost_kw: float
    need_kw: float
    given_kw: float
    without: Told
    with_it: Told


def case() -> NetworkCase:
    made = town()
    lines = [replace(line, r_ohm=LONGER * line.r_ohm, x_ohm=LONGER * line.x_ohm) for line in made.lines]
    wind = Generator("wind", "Wind park", "1-5", GeneratorKind.WIND, 4000.0, 0.0, 4000.0, "wind")
    storages = [
        Storage(f"battery-{n}", f"Battery {n}", node, 1000.0, 0.0, 1000.0, 2000.0, "rest")
        for n, node in enumerate(("0-3", "1-3", "1-5"), start=1)
    ]
    return replace(made, lines=lines, generators=[made.generators[0], wind], storages=storages)


def paired(seed: int) -> Pair:
    lost_kw = _expected_loss(seed)
    need_kw = _need_kw(lost_kw)
    alone, held = _field(seed), _field(seed)
    given_kw = _schedule(held, need_kw, lost_kw)
    return Pair(seed, lost_kw, need_kw, given_kw, _played(alone), _played(held))


def _field(seed: int) -> Field:
    return Field(case(), seed=seed, scenario="plant-loss", started_at=START, with_batteries=True)


def _expected_loss(seed: int) -> float:
    world = _field(seed).world
    return incidents.choose_plant(world, weak_area.noon(world.profiles.year))[1]


def _need_kw(lost_kw: float) -> float:
    """By the paper of the area, and a margin for what a forecast may be off."""
    load = np.array([weak_area.LOAD_OF_LOSS * lost_kw])
    area = Area(
        kinetic_kws=weak_area.INERTIA_S * load,
        load_kw=load,
        damping=np.array([weak_area.DAMPING]),
        governor_kw=load,
        governor_droop=np.array([weak_area.GOVERNOR_DROOP]),
        governor_lag_s=np.array([weak_area.GOVERNOR_LAG_S]),
        governor_room_kw=weak_area.GOVERNOR_ROOM * load,
    )
    return float(needed(area, np.array([MARGIN * lost_kw]), limit_hz=LIMIT_HZ, answering=ANSWERING).kw[0])


def _schedule(field: Field, need_kw: float, lost_kw: float) -> float:
    """Shares, as droops and curves in the plants' registers; how much was given out."""
    assert field.batteries is not None
    plants = field.batteries.plants
    rated = np.array([plant.design.rated_kw for plant in plants])
    stored = np.array([plant.design.capacity_kwh * (float(plant.management.soc.mean()) - EMPTY) for plant in plants])
    offers = Offers(rated[None, :], np.maximum(stored, 0.0)[None, :], np.ones(len(plants)), rated)
    given = shared(np.array([need_kw]), offers, hold_hours=HOLD_H, change_cost=0.0).kw[0]
    droop = droop_of(given, rated, full_hz=ANSWERING.full_hz, deadband_hz=ANSWERING.deadband_hz)
    curves = _curves(field, MARGIN * lost_kw, rated)
    for plant, wanted, percent in zip(plants, np.clip(droop, LEAST_DROOP, DROOP_OFF), curves, strict=True):
        written(plant, 711, "Ctl[1].KUf", float(wanted))
        written(plant, 705, "Crv[1].Pt[1].Var", float(percent))
    return float(given.sum())


def _curves(field: Field, lost_kw: float, rated_kva: np.ndarray) -> np.ndarray:
    """Per cent at the end of each curve, from a power flow on the network as the room knows it, at noon's profile."""
    known = build_truth(field.case, MODEL_SEED)
    factor, _ = field.world.profiles.factors(weak_area.noon(field.world.profiles.year))
    node, count = known.network.injection_node, known.network.n_nodes
    p = np.bincount(node, factor * known.p_kw, count).astype(np.float64)
    q = np.bincount(node, factor * known.q_kvar, count).astype(np.float64)
    topology = resolve(known.network, known.switch_closed)
    point = OperatingPoint(
        known.network, topology, p, q, known.tap_position, known.source_voltage_pu, known.source_angle_deg
    )
    index = incidents.choose_plant(field.world, weak_area.noon(field.world.profiles.year))[0]
    lost = np.zeros(len(p))
    lost[known.network.injection_node[index]] = lost_kw
    nodes = known.network.injection_node[[plant.design.index for plant in field.batteries.plants]]  # type: ignore[union-attr]
    inverters = Inverters(nodes, rated_kva, 0.8 * rated_kva)  # beside the active power of the droop
    found = volt_var_shares(point, lost, np.zeros(len(p)), inverters, allowed_drop_pu=ALLOWED_DROP_PU)
    return np.ceil(100 * found.share)


def written(plant: BatteryPlant, model: int, path: str, value: float) -> None:
    image = RegisterImage(plant)
    words = image.words(0)[image.address[model] - BASE :]
    words = words[: words[1] + 2]
    offset, changed = registers_for(model, path, value, layout(definition(model), words), words)
    refusal = image.write(image.address[model] + offset, changed, 0)
    if refusal:
        raise ValueError(refusal)


def _played(field: Field) -> Told:
    for second in (0, 30, LOST_S - 1):
        field.step(START + timedelta(seconds=second))
    assert field.state is not None
    before = field.state.grid.voltage_pu
    frequency = field.world.frequency
    lowest, steepest, drops = frequency.hz, 0.0, []
    for second in range(LOST_S, LOST_S + LONG_S):
        field.step(START + timedelta(seconds=second))
        lowest = min(lowest, frequency.lowest_hz)
        steepest = min(steepest, frequency.steepest_hz_s)
        drops.append(float(np.nanmax(before - field.state.grid.voltage_pu)))
    beyond = np.flatnonzero(np.array(drops) > NEAR_PU)
    recovered = float(beyond[-1] + 1) if len(beyond) else 0.0
    return Told(float(lowest), float(steepest), max(drops), min(recovered, float(LONG_S)))


def sign_test(better: int, worse: int) -> float:
    """Chance of at least so many better ones where neither is (one-sided)."""
    n = better + worse
    return sum(comb(n, k) for k in range(better, n + 1)) / 2**n if n else 1.0


def lines(pairs: list[Pair]) -> Iterator[str]:
    yield "| seed | lost, kW | need, kW | given, kW | nadir, Hz | with | drop, pu | with | back in, s | with |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for one in pairs:
        a, b = one.without, one.with_it
        yield (
            f"| {one.seed} | {one.lost_kw:.0f} | {one.need_kw:.0f} | {one.given_kw:.0f} | {a.nadir_hz:.3f} | "
            f"{b.nadir_hz:.3f} | {a.worst_drop_pu:.4f} | {b.worst_drop_pu:.4f} | {_back(a)} | {_back(b)} |"
        )
    yield ""
    yield from _sums(pairs)


def _back(told: Told) -> str:
    return f"not in {LONG_S}" if told.recovered_s >= LONG_S else f"{told.recovered_s:.0f}"


def _sums(pairs: list[Pair]) -> Iterator[str]:
    lifted = np.array([one.with_it.nadir_hz - one.without.nadir_hz for one in pairs])
    sooner = np.array([one.without.recovered_s - one.with_it.recovered_s for one in pairs])
    for name, gain, unit in (("nadir higher", lifted, "Hz"), ("voltages back sooner", sooner, "s")):
        better, worse = int((gain > 0).sum()), int((gain < 0).sum())
        yield (
            f"{name}: in {better} of {len(pairs)} (lower or later in {worse}), mean {gain.mean():.3f} {unit}, least "
            f"{gain.min():.3f}, sign test p = {sign_test(better, worse):.1e}"
        )
    kept = sum(one.with_it.nadir_hz >= LIMIT_HZ for one in pairs)
    alone = sum(one.without.nadir_hz >= LIMIT_HZ for one in pairs)
    yield f"limit of {LIMIT_HZ} Hz kept: {alone} of {len(pairs)} without, {kept} with the reserve"


def run(arguments: argparse.Namespace) -> str:
    return "\n".join(lines([paired(seed) for seed in range(1, arguments.seeds + 1)]))
