"""Where things go wrong: choices that are large enough to be felt in a control room."""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from gridops.engine.network.topology import resolve
from gridops.simulator.points import BoolArray, IntArray, PointTable
from gridops.simulator.sites import HIGH_VOLTAGE_KV, LOW_VOLTAGE_KV
from gridops.simulator.world import World

CANDIDATES = 40
FEWEST_POINTS = 60
LARGEST_SHARE = 0.1


def choose_lines(world: World, generator: np.random.Generator, count: int) -> list[int]:
    """Lines of distribution feeders whose fault leaves much load without supply, on feeders of their own if possible.

    Of a seeded sample, those in the upper half by lost load; each next one loses load that the others did not.
    """
    losses = {line: _lost_load(world, line) for line in _sample(world, generator)}
    felt = [line for line, (lost, _) in losses.items() if lost > 0]
    if not felt:
        raise ValueError("No fault in this network would leave a load without supply.")
    median = float(np.median([losses[line][0] for line in felt]))
    strong = [line for line in felt if losses[line][0] >= median]
    chosen: list[int] = []
    dark: set[int] = set()
    for line in [*strong, *felt, *felt]:
        if len(chosen) < count and line not in chosen and not (losses[line][1] & dark):
            chosen.append(line)
            dark |= losses[line][1]
    return chosen


def felt_lines(world: World, generator: np.random.Generator, *, sample: int = CANDIDATES) -> list[int]:
    """Distribution lines in seeded order whose fault leaves load without supply; they may share a feeder."""
    lines = _sample(world, generator, sample)
    return [line for line in lines if _lost_load(world, line)[0] > 0]


def same_feeder(world: World, line: int) -> list[int]:
    """Lines that go dark with that one, itself left out."""
    _, dark = _lost_load(world, line)
    ends = world.truth.network.lines.from_node
    return [other for other in np.flatnonzero(np.isin(ends, list(dark))).tolist() if other != line]


def _sample(world: World, generator: np.random.Generator, most: int = CANDIDATES) -> list[int]:
    """Energised lines between low and high voltage; in a network that has none, any energised line."""
    network = world.truth.network
    start = network.lines.from_node
    kv = network.nominal_kv[start]
    live = world.topology.node_energised[start]
    middle = np.flatnonzero(live & (kv > LOW_VOLTAGE_KV) & (kv < HIGH_VOLTAGE_KV))
    lines = middle if len(middle) else np.flatnonzero(live)
    return [int(line) for line in generator.permutation(lines)[:most]]


def _lost_load(world: World, line: int) -> tuple[float, set[int]]:
    """Nominal load (kW) that a fault on the line leaves without supply, and the nodes that go dark."""
    opened = world.protection.clear(line, world.switch_closed)
    closed = world.switch_closed.copy()
    closed[opened] = False
    network = world.truth.network
    live = resolve(network, closed).node_energised
    dark = world.topology.node_energised & ~live
    loads = world.truth.loads
    lost = dark[network.injection_node[loads]]
    return float(-world.truth.p_kw[loads][lost].sum()), set(np.flatnonzero(dark).tolist())


def choose_station(table: PointTable, generator: np.random.Generator) -> int:
    """A common address whose silence is noticed without blinding the control room."""
    addresses, counts = np.unique(table.common_address, return_counts=True)
    fits = (counts >= FEWEST_POINTS) & (counts <= LARGEST_SHARE * len(table))
    choice: IntArray = addresses[fits] if fits.any() else addresses[counts == counts.min()]
    return int(generator.choice(choice))


def shuffled_instruments(table: PointTable, generator: np.random.Generator) -> list[list[int]]:
    """Positions of the points of each measuring instrument (same equipment and side), in seeded order."""
    units: dict[tuple[str, str], list[int]] = {}
    for position, point in enumerate(table.points):
        if point.period_s > 0:
            units.setdefault((point.equipment_mrid, point.side), []).append(position)
    listed = list(units.values())
    return [listed[number] for number in generator.permutation(len(listed)).tolist()]


def choose_plant(world: World, at: datetime) -> tuple[int, float]:
    """The generator that gives most then, and how much (kW). Raises ValueError where none gives anything."""
    truth = world.truth
    gives = (world.profiles.factors(at)[0] * truth.p_kw)[truth.generators]
    if not len(gives) or gives.max() <= 0:
        raise ValueError("No generator of this network gives anything at noon in June.")
    return truth.generators.start + int(gives.argmax()), float(gives.max())


def choose_busy_feeder(world: World, generator: np.random.Generator) -> tuple[IntArray, float]:
    """Loads of one feeder, and the power (kW, above 0) that is all its first line carries.

    Raises ValueError where no feeder with a rated first line would leave load without supply.
    """
    network, kv = world.truth.network, world.truth.network.nominal_kv
    for line in choose_lines(world, generator, CANDIDATES):
        opened = world.protection.clear(line, world.switch_closed)
        _, dark = _lost_load(world, line)
        behind = np.isin(np.arange(network.n_nodes), list(dark))
        first = _first_lines(world, opened, behind)
        rated = network.lines.rated_a[first]
        if len(first) == 1 and np.isfinite(rated).all() and (rated > 0).all():
            carried_kw = float(np.sqrt(3) * kv[network.lines.from_node[first[0]]] * rated[0])
            loads = np.flatnonzero(behind[network.injection_node[world.truth.loads]])
            return np.asarray(loads, np.int32), carried_kw
    raise ValueError("No feeder of this network has a first line of known rating.")


def _first_lines(world: World, opened: npt.NDArray[np.intp], behind: BoolArray) -> npt.NDArray[np.intp]:
    """Lines that begin where the switches part the feeder from its supply."""
    network = world.truth.network
    ends = np.concatenate([network.switches.from_node[opened], network.switches.to_node[opened]])
    border = np.intersect1d(ends, np.flatnonzero(behind))
    at_border = np.isin(network.lines.from_node, border) | np.isin(network.lines.to_node, border)
    return np.flatnonzero(at_border)
