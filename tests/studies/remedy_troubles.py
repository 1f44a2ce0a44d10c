"""Ways in which a field gets into trouble; each says whether its truth is beyond a limit in the end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridops.cases.case import SwitchKind
from gridops.engine.network.topology import resolve
from gridops.simulator.field import to_us
from tests.studies.remedy_table import Table

Make = Callable[[Table, np.random.Generator], bool]
WORST = (1.04, 1.5)  # of the rating, or times as far from nominal voltage as is allowed
MOST_OF_A_TRANSFORMER = 1.25
LIFTED_PU = 0.025
PU_PER_E = 0.03  # how far a regulator's target is off, per factor of e of the ramp
# Of the year that the profiles are of: a winter evening, a spring night, a summer noon, an autumn evening and morning.
HOURS = ((1, 18, 18), (4, 5, 3), (6, 15, 11), (10, 3, 20), (11, 24, 8))


def moment_of(table: Table, generator: np.random.Generator) -> datetime:
    month, day, hour = HOURS[int(generator.integers(len(HOURS)))]
    begin = datetime(table.world.profiles.year, month, day, hour, tzinfo=UTC)
    return begin + timedelta(minutes=float(generator.uniform(0, 50)))


def _wanted(generator: np.random.Generator) -> float:
    return float(generator.uniform(*WORST))


def _feeder(table: Table, generator: np.random.Generator) -> str:
    return str(generator.choice([feeder for feeder in table.feeders if table.loads[feeder]]))


def lines(table: Table, generator: np.random.Generator) -> bool:
    """One feeder draws more than its lines carry."""
    loads = table.loads[_feeder(table, generator)]
    return _loaded(table, loads, lambda: float(table.line_loading().max()), _wanted(generator))


def transformer(table: Table, generator: np.random.Generator) -> bool:
    """Busbars are parted, and the feeders of one draw more than its transformer carries, each what its lines carry."""
    _part_busbars(table)
    unit = int(generator.integers(len(table.case.transformers)))
    behind = set(_behind(table, unit))
    feeders = {feeder: sorted(behind.intersection(loads)) for feeder, loads in table.loads.items()}
    reached = dict.fromkeys(feeders, 1.0)

    def apply(factor: float) -> None:
        for feeder, loads in feeders.items():
            if not loads or table.spare(feeder):
                reached[feeder] = factor
        table.draw_power(np.prod([table.scaled(loads, reached[one]) for one, loads in feeders.items()], axis=0))

    wanted = min(_wanted(generator), MOST_OF_A_TRANSFORMER)
    is_made = table.ramp(apply, lambda: float(table.unit_loading()[unit]), wanted)
    return is_made and float(table.line_loading().max()) <= 1.0


def low_by_load(table: Table, generator: np.random.Generator) -> bool:
    """One feeder draws so much that its end is low."""
    loads = table.loads[_feeder(table, generator)]
    return _loaded(table, loads, lambda: float(table.low().max()), _wanted(generator))


def low_by_regulator(table: Table, generator: np.random.Generator) -> bool:
    """The regulators hold too low a voltage."""
    return _held(table, -1.0, lambda: float(table.low().max()), _wanted(generator))


def high_by_regulator(table: Table, generator: np.random.Generator) -> bool:
    return _held(table, 1.0, lambda: float(table.high().max()), _wanted(generator))


def high_by_plants(table: Table, generator: np.random.Generator) -> bool:
    """One feeder feeds in all that its plants can, others less, and the busbar is held high."""
    feeders = [feeder for feeder in table.feeders if table.plants[feeder]]
    feeder = str(generator.choice(feeders))
    table.world.regulators.target_pu = table.world.regulators.target_pu + LIFTED_PU
    quiet = table.scaled(table.loads[feeder], 0.3)

    def apply(factor: float) -> None:
        table.draw_power(quiet * table.scaled(table.plants[feeder], factor))

    return table.ramp(apply, lambda: float(table.high().max()), _wanted(generator))


def after_outage(table: Table, generator: np.random.Generator) -> bool:
    """A line is out and held, and what it fed is fed from another feeder, which is too much for that."""
    lines = generator.permutation(len(table.case.lines)).tolist()
    moved = next((found for line in lines if (found := _fed_otherwise(table, line, generator))), [])
    beyond = lambda: float(max(table.line_loading().max(), table.low().max()))  # noqa: E731
    return bool(moved) and _loaded(table, moved, beyond, _wanted(generator))


def two_at_once(table: Table, generator: np.random.Generator) -> bool:
    """Two feeders draw more than their lines carry."""
    feeders = [feeder for feeder in table.feeders if table.loads[feeder]]
    one, other = (table.loads[str(feeder)] for feeder in generator.choice(feeders, 2, replace=False))
    first = 1.0

    def begin(factor: float) -> None:
        nonlocal first
        first = factor
        table.draw_power(table.scaled(one, factor))

    if not table.ramp(begin, lambda: float(table.line_loading().max()), _wanted(generator)):
        return False
    spared = table.line_loading() < 0.9  # of others than the first
    if not spared.any():
        return False

    def go_on(factor: float) -> None:
        table.draw_power(table.scaled(one, first) * table.scaled(other, factor))

    return table.ramp(go_on, lambda: float(table.line_loading()[spared].max()), _wanted(generator))


KINDS: dict[str, Make] = {
    "lines overloaded": lines,
    "a transformer overloaded": transformer,
    "voltage low by load": low_by_load,
    "voltage low by a regulator": low_by_regulator,
    "voltage high by a regulator": high_by_regulator,
    "voltage high by plants": high_by_plants,
    "after an outage": after_outage,
    "two feeders at once": two_at_once,
}


def _loaded(table: Table, loads: list[int], beyond: Callable[[], float], wanted: float) -> bool:
    return table.ramp(lambda factor: table.draw_power(table.scaled(loads, factor)), beyond, wanted)


def _held(table: Table, direction: float, beyond: Callable[[], float], wanted: float) -> bool:
    right = table.world.regulators.target_pu.copy()

    def apply(factor: float) -> None:
        table.world.regulators.target_pu = right + direction * PU_PER_E * np.log(factor)

    return table.ramp(apply, beyond, wanted)


def _part_busbars(table: Table) -> None:
    """Busbars are parted where each part keeps its supply."""
    world, low = table.world, table.world.truth.network.transformers.low_node
    for index, switch in enumerate(table.case.switches):
        if switch.kind is not SwitchKind.BREAKER or not world.switch_closed[index] or _is_parted(table):
            continue
        closed = world.switch_closed.copy()
        closed[index] = False
        without = resolve(world.truth.network, closed)
        is_whole = np.array_equal(without.node_energised, world.topology.node_energised)
        if is_whole and not _side(table, int(low[0]), closed)[low[1:]].any():
            world.move_switch(index, False, to_us(table.now))


def _is_parted(table: Table) -> bool:
    low = table.world.truth.network.transformers.low_node
    return not _side(table, int(low[0]), table.world.switch_closed)[low[1:]].any()


def _side(table: Table, node: int, closed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Nodes that hang together with this one without a transformer between."""
    network = table.world.truth.network
    shut = np.flatnonzero(closed)
    near = np.concatenate([network.lines.from_node, network.switches.from_node[shut]])
    far = np.concatenate([network.lines.to_node, network.switches.to_node[shut]])
    links = coo_matrix((np.ones(len(near)), (near, far)), shape=(network.n_nodes, network.n_nodes))
    label = connected_components(links, directed=False)[1]
    return np.asarray(label == label[node])


def _behind(table: Table, unit: int) -> list[int]:
    network = table.world.truth.network
    side = _side(table, int(network.transformers.low_node[unit]), table.world.switch_closed)
    loads = np.arange(len(table.case.loads))
    return [int(at) for at in loads[side[network.injection_node[loads]]]]


def _fed_otherwise(table: Table, line: int, generator: np.random.Generator) -> list[int]:
    """Loads that get their supply over a tie now: the switches at both ends of the line are open and held.

    None where nobody depends on the line, or no single tie feeds all who do.
    """
    world, network = table.world, table.world.truth.network
    ends = [int(network.lines.from_node[line]), int(network.lines.to_node[line])]
    around = np.isin(network.switches.from_node, ends) | np.isin(network.switches.to_node, ends)
    own = np.flatnonzero(around & world.switch_closed)
    loads = network.injection_node[: len(table.case.loads)]
    fed = world.topology.node_energised[loads]
    without = world.switch_closed.copy()
    without[own] = False
    dark = fed & ~resolve(network, without).node_energised[loads]
    if len(own) != 2 or not dark.any():
        return []
    for tie in generator.permutation(_ties(table)).tolist():
        closed = without.copy()
        closed[tie] = True
        if resolve(network, closed).node_energised[loads][fed].all():
            for index in (*own.tolist(), tie):
                world.move_switch(index, bool(closed[index]), to_us(table.now))
            for index in own.tolist():
                table.hold(index)
            return [int(at) for at in np.flatnonzero(dark)]
    return []


def _ties(table: Table) -> list[int]:
    kinds = (SwitchKind.LOAD_BREAK_SWITCH, SwitchKind.BREAKER)
    closed = table.world.switch_closed
    return [at for at, switch in enumerate(table.case.switches) if not closed[at] and switch.kind in kinds]
