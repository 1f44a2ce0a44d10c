"""A year of five low-voltage networks with every load metered: what is drawn, what meters say, who takes past them.

Written before the analysis and left as it is: changes of the analysis are judged by other seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from apps.assets.adapters.case_network import CaseNetwork
from gridops.engine.efficiency.losses import flow_course
from gridops.engine.network.model import Network
from gridops.engine.network.topology import resolve

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NETWORKS = tuple(f"simbench:1-LV-{name}--0-no_sw" for name in ("urban6", "semiurb4", "semiurb5", "rural2", "rural3"))
HOURS = 8760
THEFTS = 5 * ("constant", "night", "share", "seasonal")
FAULTS = ("stopped", "stuck", "fast", "slow", "clock")
IMPEDANCE_SPREAD = 0.03  # of the logarithm: the records are not what was built
METER_CONSTANT, METER_HOURLY = 0.006, 0.01
FED_CONSTANT, FED_HOURLY = 0.003, 0.003
VOLT_CONSTANT, VOLT_HOURLY = 0.003, 0.002
MISSING, GAP_CHANCE = 0.01, 0.05


@dataclass(frozen=True)
class Planted:
    network: int
    load: int  # position in the network's loads
    kind: str
    is_theft: bool
    begins: int  # hour
    kwh: float  # not metered


@dataclass(frozen=True)
class Year:
    """Of one network; hours x loads in kWh."""

    here: CaseNetwork
    readings: FloatArray  # nan where missing
    voltage_pu: FloatArray
    fed: FloatArray  # hours, at the transformer's low side
    true_loss: FloatArray  # hours
    drawn: FloatArray


@dataclass(frozen=True)
class World:
    years: Sequence[Year]
    planted: Sequence[Planted]


def world(networks: Sequence[CaseNetwork], seed: int) -> World:
    generator = np.random.default_rng(seed)
    sizes = [len(here.case.loads) for here in networks]
    whose = [(network, load) for network, size in enumerate(sizes) for load in range(size)]
    chosen = generator.choice(len(whose), len(THEFTS) + len(FAULTS), replace=False)
    kinds = [(kind, True) for kind in THEFTS] + [(kind, False) for kind in FAULTS]
    at = {whose[one]: (n, *kind) for n, (one, kind) in enumerate(zip(chosen.tolist(), kinds, strict=True))}
    years, planted = [], []
    for network, here in enumerate(networks):
        own = {load: told for (where, load), told in at.items() if where == network}
        year, found = _year(here, own, network, generator)
        years.append(year)
        planted += found
    return World(years, planted)


def _year(
    here: CaseNetwork, own: dict[int, tuple[int, str, bool]], network: int, generator: np.random.Generator
) -> tuple[Year, list[Planted]]:
    drawn = _drawn(here, generator)
    metered, planted = drawn.copy(), []
    for load, (number, kind, is_theft) in own.items():
        begins = int(generator.integers(0, 270 * 24)) if generator.random() < 0.6 else 0
        before = drawn[:, load] - metered[:, load]
        if is_theft:
            _steal(drawn[:, load], metered[:, load], f"{kind} tap" if number % 8 == 0 else kind, begins, generator)
        else:
            begins = _break(drawn, metered, load, kind, generator)
        lacking = float((drawn[:, load] - metered[:, load] - before).sum())
        planted.append(Planted(network, load, kind, is_theft, begins, lacking))
    built = replace(here, network=_built(here.network, generator))
    flow = _flow(built, drawn, generator)
    low_kwh = drawn.sum(axis=1) + flow.losses.line_kw.sum(axis=1)
    nodes = here.network.injection_node[here.loads]
    return (
        Year(
            here=here,
            readings=_readings(metered, generator),
            voltage_pu=_voltages(flow.voltage_pu[:, nodes], generator),
            fed=_fed(low_kwh, generator),
            true_loss=flow.losses.total_kw,
            drawn=drawn,
        ),
        planted,
    )


def _drawn(here: CaseNetwork, generator: np.random.Generator) -> FloatArray:
    """Homes with a course of the day, of the week and of the year, absences, and chance that lasts some hours."""
    count = len(here.case.loads)
    hour, day = np.arange(HOURS) % 24, np.arange(HOURS) // 24
    size = -here.p_kw[here.loads] * 0.15 * np.exp(0.3 * generator.standard_normal(count))
    morning, evening = generator.normal(7.5, 1.0, count), generator.normal(19.0, 1.3, count)
    base = 0.35 + 0.6 * _hump(hour, morning, 1.5) + 1.1 * _hump(hour, evening, 2.5) + 0.3 * _hump(hour, 13.0, 2.0)
    winter = np.cos(2 * np.pi * (day - 15) / 365)[:, None]
    seasonal = 1 + generator.uniform(0.0, 0.45, count) * winter
    weekend = 1 + np.isin(day % 7, (5, 6))[:, None] * generator.uniform(-0.1, 0.3, count)
    weather = np.exp(0.05 * _lasting(generator, (HOURS, 1), 0.98))
    own = np.exp(0.45 * _lasting(generator, (HOURS, count), 0.6) - 0.1)
    drawn = size * base * seasonal * weekend * weather * own
    for load in range(count):
        for _ in range(int(generator.integers(0, 4))):
            begin, length = int(generator.integers(0, HOURS - 600)), int(generator.integers(3 * 24, 21 * 24))
            drawn[begin : begin + length, load] = (
                0.15 * size[load] * np.exp(0.1 * generator.standard_normal(len(drawn[begin : begin + length, load])))
            )
    return np.asarray(drawn, np.float64)


def _hump(hour: IntArray, centre: FloatArray | float, width: float) -> FloatArray:
    away = np.abs(hour[:, None] - np.asarray(centre))
    away = np.minimum(away, 24 - away)
    return np.asarray(np.exp(-0.5 * (away / width) ** 2), np.float64)


def _lasting(generator: np.random.Generator, size: tuple[int, int], memory: float) -> FloatArray:
    noise = generator.standard_normal(size) * np.sqrt(1 - memory**2)
    for step in range(1, len(noise)):
        noise[step] += memory * noise[step - 1]
    return noise


def _steal(drawn: FloatArray, metered: FloatArray, kind: str, begins: int, generator: np.random.Generator) -> None:
    """In place. Three of the constant ones are a tap before the meter, the others load of their own past it."""
    hour, day = np.arange(HOURS) % 24, np.arange(HOURS) // 24
    active = np.arange(HOURS) >= begins
    mean = drawn.mean()
    if kind == "constant tap":
        drawn[active] += generator.uniform(0.4, 1.0) * mean
    elif kind == "constant":
        metered -= np.where(active, np.minimum(drawn, generator.uniform(0.4, 0.9) * mean), 0.0)
    elif kind == "night":
        metered *= 1 - generator.uniform(0.6, 0.95) * (active & ((hour >= 22) | (hour < 6)))
    elif kind == "share":
        metered *= 1 - generator.uniform(0.3, 0.7) * active
    else:
        metered *= 1 - generator.uniform(0.4, 0.8) * (active & ((day < 90) | (day >= 304)))


def _break(drawn: FloatArray, metered: FloatArray, load: int, kind: str, generator: np.random.Generator) -> int:
    begins = int(generator.integers(60 * 24, 250 * 24))
    if kind == "stopped":
        metered[begins:, load] = 0.0
    elif kind == "stuck":
        metered[begins : begins + 40 * 24, load] = metered[begins, load]
    elif kind == "fast":
        metered[:, load] = 1.15 * drawn[:, load]
    elif kind == "slow":
        metered[:, load] = 0.85 * drawn[:, load]
    else:
        metered[:, load] = np.roll(drawn[:, load], 2)
    return begins if kind in ("stopped", "stuck") else 0


def _built(network: Network, generator: np.random.Generator) -> Network:
    lines, units = network.lines, network.transformers

    def off(values: FloatArray) -> FloatArray:
        return np.asarray(values * np.exp(IMPEDANCE_SPREAD * generator.standard_normal(len(values))), np.float64)

    return replace(
        network,
        lines=replace(lines, r_ohm=off(lines.r_ohm), x_ohm=off(lines.x_ohm)),
        transformers=replace(units, copper_loss_kw=off(units.copper_loss_kw), iron_loss_kw=off(units.iron_loss_kw)),
    )


def _flow(here: CaseNetwork, drawn: FloatArray, generator: np.random.Generator):  # type: ignore[no-untyped-def]
    p, q = np.zeros((HOURS, len(here.p_kw))), np.zeros((HOURS, len(here.p_kw)))
    p[:, here.loads] = -drawn
    q[:, here.loads] = -drawn * np.tan(np.arccos(generator.uniform(0.92, 0.99, drawn.shape[1])))
    held = 1.01 + 0.008 * _lasting(generator, (HOURS, 1), 0.95)
    return flow_course(
        here.network,
        resolve(here.network, here.switch_closed),
        p_kw=p,
        q_kvar=q,
        tap_position=here.tap_position,
        source_voltage_pu=np.repeat(held, len(here.network.source_node), axis=1),
    )


def _readings(metered: FloatArray, generator: np.random.Generator) -> FloatArray:
    constant = 1 + METER_CONSTANT * generator.standard_normal(metered.shape[1])
    read = metered * constant
    stands = np.concatenate([np.zeros((1, metered.shape[1]), bool), np.diff(metered, axis=0) == 0])
    noise = 1 + METER_HOURLY * generator.standard_normal(metered.shape)
    read = np.round(np.where(stands, read, read * noise), 3)
    for run in range(1, HOURS):  # a meter that stands still says the very same
        read[run] = np.where(stands[run], read[run - 1], read[run])
    read[generator.random(read.shape) < MISSING] = np.nan
    for load in np.flatnonzero(generator.random(read.shape[1]) < GAP_CHANCE).tolist():
        begin = int(generator.integers(0, HOURS - 600))
        read[begin : begin + int(generator.integers(5 * 24, 21 * 24)), load] = np.nan
    return read


def _voltages(true_pu: FloatArray, generator: np.random.Generator) -> FloatArray:
    constant = 1 + VOLT_CONSTANT * generator.standard_normal(true_pu.shape[1])
    return np.asarray(true_pu * constant * (1 + VOLT_HOURLY * generator.standard_normal(true_pu.shape)), np.float64)


def _fed(true_kwh: FloatArray, generator: np.random.Generator) -> FloatArray:
    constant = 1 + FED_CONSTANT * generator.standard_normal()
    read = true_kwh * constant * (1 + FED_HOURLY * generator.standard_normal(HOURS))
    read[generator.random(HOURS) < 0.005] = np.nan
    return np.asarray(np.round(read, 2), np.float64)
