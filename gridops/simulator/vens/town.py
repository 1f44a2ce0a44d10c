"""Who lives on the feeders that the fleet is on, and with what equipment: a seeded drawing, the same each time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridops.cases.case import NetworkCase
from gridops.simulator.points import BoolArray, FloatArray, IntArray

RESIDENTIAL, COMMERCIAL, INDUSTRIAL = "residential", "commercial", "industrial"
CLASSES: Final = (RESIDENTIAL, COMMERCIAL, INDUSTRIAL)
NAMES: Final = ("Home", "Business", "Works")
CLASS_SHARE: Final = (0.90, 0.08, 0.02)
HIGH_VOLTAGE_KV = 60.0
DEVICES: Final = {  # kind, in the words of the trade, to what people call it
    "thermostat": "Heating and cooling",
    "ev_charger": "Car charger",
    "water_heater": "Water heater",
    "battery": "Battery",
    "industrial": "Process",
}
FEEDERS = 2
# Mean power of what nobody can move, kW: smallest and largest by class.
BASE_KW: Final = ((0.18, 0.50), (1.0, 2.5), (2.0, 4.0))
HEAT_SHARE: Final = (0.50, 0.80, 0.0)
HEAT_KW: Final = ((1.6, 3.2), (3.0, 6.0), (0.0, 0.0))
HEAT_SIZE_KW = 2.4  # heat pump of a home whose walls lose HOME_LOSS
HOME_LOSS_KW_PER_K: Final = (0.10, 0.20)
HOME_CAPACITY_KWH_PER_K: Final = (3.0, 6.5)
EV_SHARE: Final = (0.30, 0.15, 0.0)
EV_KW: Final = (3.7, 7.4, 11.0)
WATER_SHARE: Final = (0.40, 0.0, 0.0)
BATTERY_SHARE: Final = (0.15, 0.10, 0.0)
PROCESS_KW: Final = (14.0, 24.0)
CRITICAL_SHARE = 0.01  # somebody depends on a medical device
EMPTY_SHARE = 0.55  # of the homes: nobody is in by day


@dataclass(frozen=True, slots=True)
class Town:
    """One entry a customer. A rating of zero means that there is no such device."""

    reference: tuple[str, ...]  # of the customer
    meter: tuple[str, ...]  # name of the usage point
    name: tuple[str, ...]
    load: IntArray  # position of the energy consumer
    load_mrid: tuple[str, ...]
    class_of: IntArray  # position in CLASSES
    is_critical: BoolArray
    is_out_by_day: BoolArray
    base_kw: FloatArray
    heat_kw: FloatArray
    loss_kw_per_k: FloatArray
    capacity_kwh_per_k: FloatArray
    wanted_c: FloatArray
    ev_kw: FloatArray
    water_kw: FloatArray
    battery_kw: FloatArray
    battery_kwh: FloatArray
    process_kw: FloatArray

    def __len__(self) -> int:
        return len(self.meter)

    def devices(self, one: int) -> dict[str, float]:
        """Kind to rated kW of what stands there, in the words that the trade uses."""
        rated = {
            "thermostat": self.heat_kw,
            "ev_charger": self.ev_kw,
            "water_heater": self.water_kw,
            "battery": self.battery_kw,
            "industrial": self.process_kw,
        }
        return {kind: round(float(kw[one]), 2) for kind, kw in rated.items() if kw[one] > 0}


def draw_town(case: NetworkCase, seed: int, count: int) -> Town:
    """Customers on the largest feeders, dealt out over their consumers in turn; none where no consumer is on one."""
    rng = np.random.default_rng((seed, 50))
    loads = feeder_loads(case, FEEDERS)
    count = count if len(loads) else 0
    class_of = _classes(count)
    load = _dealt(loads, class_of)
    heat = _sized(rng, class_of, HEAT_KW) * _some(rng, class_of, HEAT_SHARE)
    size = np.where(heat > 0, heat, HEAT_SIZE_KW) / HEAT_SIZE_KW
    ev = rng.choice(EV_KW, count, p=(0.4, 0.3, 0.3)) * _some(rng, class_of, EV_SHARE)
    battery = rng.uniform(2.5, 5.0, count) * _some(rng, class_of, BATTERY_SHARE)
    water = rng.uniform(1.5, 2.5, count) * _some(rng, class_of, WATER_SHARE)
    process = rng.uniform(*PROCESS_KW, count) * (class_of == CLASSES.index(INDUSTRIAL))
    return Town(
        reference=tuple(f"C-{n:05d}" for n in range(1, count + 1)),
        meter=tuple(f"M-{n:05d}" for n in range(1, count + 1)),
        name=tuple(f"{NAMES[kind]} {n}" for n, kind in enumerate(class_of.tolist(), start=1)),
        load=load,
        load_mrid=tuple(case.loads[at].mrid for at in load.tolist()),
        class_of=class_of,
        is_critical=(rng.random(count) < CRITICAL_SHARE) & (class_of == 0),
        is_out_by_day=(rng.random(count) < EMPTY_SHARE) & (class_of == 0),
        base_kw=_sized(rng, class_of, BASE_KW),
        heat_kw=heat,
        loss_kw_per_k=rng.uniform(*HOME_LOSS_KW_PER_K, count) * size,
        capacity_kwh_per_k=rng.uniform(*HOME_CAPACITY_KWH_PER_K, count) * size,
        wanted_c=rng.normal(20.8, 0.6, count),
        ev_kw=ev,
        water_kw=water,
        battery_kw=battery,
        battery_kwh=2.0 * battery,
        process_kw=process,
    )


def feeder_loads(case: NetworkCase, feeders: int) -> IntArray:
    """Positions of the consumers on the feeders that carry most, at most so many feeders; the largest come first."""
    node = {one.mrid: n for n, one in enumerate(case.nodes)}
    below = np.array(
        [one.nominal_kv < HIGH_VOLTAGE_KV and not (one.is_busbar and one.substation) for one in case.nodes]
    )
    pairs = [(node[line.from_node], node[line.to_node]) for line in case.lines]
    pairs += [(node[one.from_node], node[one.to_node]) for one in case.switches if one.closed]
    ends = np.array([pair for pair in pairs if below[list(pair)].all()], dtype=np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(node), len(node)))
    feeder = connected_components(graph, directed=False)[1]
    at = np.array([node[load.node] for load in case.loads], dtype=np.int64)
    size_of = np.array([load.p_kw for load in case.loads])
    size = np.bincount(feeder[at], np.where(below[at], size_of, 0.0))
    chosen = np.argsort(-size, kind="stable")[:feeders]
    found = np.flatnonzero(below[at] & np.isin(feeder[at], chosen))
    return found[np.argsort(-size_of[found], kind="stable")].astype(np.int32)


def _classes(count: int) -> IntArray:
    """By shares, evenly spread over the customers, so that a small town has each class too."""
    place = (np.arange(count) * 0.6180339887 + 0.5) % 1.0
    return np.searchsorted(np.cumsum(CLASS_SHARE)[:-1], place, side="right").astype(np.int32)


def _dealt(loads: IntArray, class_of: IntArray) -> IntArray:
    """In turn, beginning with industry and business, so that these hang at the largest consumers."""
    dealt = np.empty(len(class_of), dtype=np.int32)
    dealt[np.argsort(-class_of, kind="stable")] = loads[np.arange(len(class_of)) % len(loads)]
    return dealt


def _sized(
    rng: np.random.Generator, class_of: IntArray, bounds: tuple[tuple[float, float], ...]
) -> npt.NDArray[np.float64]:
    low, high = np.array(bounds).T
    return np.asarray(low[class_of] + (high - low)[class_of] * rng.random(len(class_of)))


def _some(rng: np.random.Generator, class_of: IntArray, shares: tuple[float, ...]) -> BoolArray:
    return np.asarray(rng.random(len(class_of)) < np.array(shares)[class_of])
