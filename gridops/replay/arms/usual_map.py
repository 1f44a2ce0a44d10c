"""What business as usual knows: the map of the network, and how it is loaded by season and hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, Network
from gridops.replay.plant import Plant
from gridops.simulator.devices import Kind

LOW_PU, HIGH_PU = 0.9, 1.1  # of nodes that the case does not have
YEAR: Final = timedelta(days=364)  # whole weeks
SAMPLES: Final = 24


@dataclass(frozen=True, slots=True)
class Map:
    """Positions as in the true network of the field. may_operate: what takes commands."""

    network: Network
    may_operate: BoolArray
    low_pu: FloatArray
    high_pu: FloatArray
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray
    customers: FloatArray  # per injection


def map_of(plant: Plant) -> Map:
    case, truth = plant.case, plant.world.truth
    hidden = truth.network.n_nodes - len(case.nodes)
    operable = [plant.devices.has(Kind.SWITCH, n) for n in range(len(truth.switch_closed))]
    customers = np.zeros(truth.n_injections)
    customers[truth.loads] = [load.customers for load in case.loads]
    return Map(
        network=truth.network,
        may_operate=np.array(operable, np.bool_),
        low_pu=np.array([*(node.low_pu for node in case.nodes), *[LOW_PU] * hidden]),
        high_pu=np.array([*(node.high_pu for node in case.nodes), *[HIGH_PU] * hidden]),
        source_voltage_pu=truth.source_voltage_pu,
        source_angle_deg=truth.source_angle_deg,
        customers=customers,
    )


@dataclass(frozen=True, slots=True)
class Hour:
    p_kw: FloatArray  # per injection, into the network
    q_kvar: FloatArray


def usual_hour(plant: Plant, at: datetime) -> Hour:
    """As the profiles and the season have it, without the unrest of the moment."""
    moment, truth = plant.field.clock.at(at), plant.world.truth
    factor_p, factor_q = plant.world.profiles.factors(moment)
    factor_p[truth.generators] = np.minimum(factor_p[truth.generators], 1.0)
    scale = plant.field.scenario.power_scale(moment)
    return Hour(factor_p * scale * truth.p_kw, factor_q * scale * truth.q_kvar)


def sampled_year(plant: Plant, count: int = SAMPLES) -> list[Hour]:
    """Hours of the year before the tape, spread over its days and over the hours of the day."""
    begin, step = plant.tape.begin - YEAR, YEAR / count
    return [usual_hour(plant, begin + n * step + timedelta(hours=5 * n % 24)) for n in range(count)]


def seasonal_mean(plant: Plant, *, days: int = 28, every_h: int = 7) -> Hour:
    """Of the four weeks a year before: its mean hour."""
    begin = plant.tape.begin - YEAR
    hours = [usual_hour(plant, begin + timedelta(hours=h)) for h in range(0, days * 24, every_h)]
    return Hour(np.mean([hour.p_kw for hour in hours], axis=0), np.mean([hour.q_kvar for hour in hours], axis=0))
