"""Which instruments the field has: a plan that follows from the case and a seed alone."""

import math
from collections.abc import Collection, Iterator
from zlib import crc32

import numpy as np

from gridops.cases.case import Generator, Line, Load, NetworkCase, Storage, Transformer
from gridops.cases.mrid import mrid
from gridops.simulator.addresses import addresses_of
from gridops.simulator.fault_points import indicators, relays
from gridops.simulator.frequency import NOMINAL_HZ
from gridops.simulator.points import APART, BoolArray, Column, Point, PointTable, Quantity
from gridops.simulator.regulation import SETPOINT_PU
from gridops.simulator.sites import HIGH_VOLTAGE_KV, LOW_VOLTAGE_KV, Sites, find_sites

STATION_PERIOD_S = 2.0
NODE_PERIOD_S = (5.0, 10.0)
# One standard deviation as a fraction of full scale: class 0.2 voltage, class 0.5 station and class 1 node power.
VOLTAGE_ACCURACY = 0.002
STATION_ACCURACY = 0.005
NODE_ACCURACY = 0.01
FREQUENCY_ACCURACY, FREQUENCY_PERIOD_S = 2e-5, 1.0  # one millihertz
METERED_SHARE = 0.9
METERED_SHARE_LOW_VOLTAGE = 0.3
DEAD_SHARE = 0.01
PLANT_KW = 500.0  # generators of at least this size have a meter and accept set-points
BATTERY_KW = 100.0
ASSUMED_RATED_A = 400.0  # full scale where the source names no rating
DEADBAND_SIGMAS = 1.0
RESOLUTION_SIGMAS = 0.25


def plan_points(case: NetworkCase, seed: int, *, without: Collection[str] = ()) -> PointTable:
    """without: plants (mRID) whose own values come another way."""
    sites = find_sites(case)
    generator = np.random.default_rng((seed, 1))
    points = [
        *_switches(case, sites),
        *_taps(case, sites),
        *_station_voltages(case, sites),
        *_line_heads(case, sites),
        *_transformers(case, sites),
        *_plants(case, sites, without),
        *_secondary_voltages(case, sites),
        *_nodes(case, sites, generator),
        *_frequency(case, sites),
        *indicators(case, sites, seed),
        *relays(case, sites),
        *_voltage_setpoints(case, sites),
    ]
    return _table(case, points, sites, generator)


def _switches(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index, switch in enumerate(case.switches):
        node = sites.node_index[switch.from_node]
        yield Point(
            switch.mrid, switch.name, "", Quantity.SWITCH_STATE, Column.SWITCH_STATE, index, node, 2.0, 0.0, 0.0
        )


def _taps(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index, transformer in enumerate(case.transformers):
        if transformer.is_regulating:
            node = sites.node_index[transformer.low_node]
            yield Point(
                transformer.mrid,
                transformer.name,
                "",
                Quantity.TAP_POSITION,
                Column.TAP_POSITION,
                index,
                node,
                float(transformer.tap_max),
                0.0,
                0.0,
            )


def _voltage_setpoints(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    """Of the voltage controllers; told when it changes, as it is kept."""
    for index, transformer in enumerate(case.transformers):
        if transformer.is_regulating:
            node = sites.node_index[transformer.low_node]
            where = (Quantity.VOLTAGE_SETPOINT, Column.TRANSFORMER_TARGET, index, node)
            yield Point(transformer.mrid, transformer.name, "", *where, SETPOINT_PU[1], 0.0, 0.0)


def _station_voltages(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index, node in enumerate(case.nodes):
        if sites.is_station[index] and node.is_busbar and not node.is_terminal:
            yield _voltage(node.mrid, node.name, index, node.nominal_kv, STATION_PERIOD_S)


def _voltage(mrid: str, name: str, index: int, nominal_kv: float, period_s: float) -> Point:
    return Point(
        mrid,
        name,
        "",
        Quantity.VOLTAGE,
        Column.NODE_VOLTAGE,
        index,
        index,
        nominal_kv,
        VOLTAGE_ACCURACY,
        period_s,
    )


def _line_heads(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    """P, Q and I of each line above low voltage, at its ends in a station."""
    ends = (
        ("from", Column.LINE_P_FROM, Column.LINE_Q_FROM, Column.LINE_I_FROM),
        ("to", Column.LINE_P_TO, Column.LINE_Q_TO, Column.LINE_I_TO),
    )
    for index, line in enumerate(case.lines):
        for side, p, q, current in ends:
            node = sites.node_index[line.from_node if side == "from" else line.to_node]
            nominal_kv = case.nodes[node].nominal_kv
            if sites.is_station[node] and nominal_kv > LOW_VOLTAGE_KV:
                yield from _line_end(line, index, node=node, side=side, columns=(p, q, current), nominal_kv=nominal_kv)


def _line_end(
    line: Line, index: int, *, node: int, side: str, columns: tuple[Column, Column, Column], nominal_kv: float
) -> Iterator[Point]:
    rated_a = line.rated_a or ASSUMED_RATED_A
    rated_kva = math.sqrt(3) * nominal_kv * rated_a
    for quantity, column, rating in (
        (Quantity.ACTIVE_POWER, columns[0], rated_kva),
        (Quantity.REACTIVE_POWER, columns[1], rated_kva),
        (Quantity.CURRENT, columns[2], rated_a),
    ):
        yield Point(
            line.mrid, line.name, side, quantity, column, index, node, rating, STATION_ACCURACY, STATION_PERIOD_S
        )


def _transformers(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index, transformer in enumerate(case.transformers):
        high = sites.node_index[transformer.high_node]
        is_secondary = case.nodes[sites.node_index[transformer.low_node]].nominal_kv <= LOW_VOLTAGE_KV
        period = 0.0 if is_secondary else STATION_PERIOD_S
        for side, p, q in (
            ("high", Column.TRANSFORMER_P_HIGH, Column.TRANSFORMER_Q_HIGH),
            ("low", Column.TRANSFORMER_P_LOW, Column.TRANSFORMER_Q_LOW),
        ):
            yield from _transformer_end(transformer, index, node=high, side=side, columns=(p, q), period=period)


def _transformer_end(
    transformer: Transformer, index: int, *, node: int, side: str, columns: tuple[Column, Column], period: float
) -> Iterator[Point]:
    accuracy = STATION_ACCURACY if period else NODE_ACCURACY
    period = period or _node_period(transformer.mrid)
    for quantity, column in zip((Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER), columns, strict=True):
        yield Point(
            transformer.mrid,
            transformer.name,
            side,
            quantity,
            column,
            index,
            node,
            transformer.rated_s_kva,
            accuracy,
            period,
        )


def _secondary_busbars(case: NetworkCase, sites: Sites) -> list[int]:
    """Low-voltage buses of the transformers that feed them."""
    terminals = {node.mrid for node in case.nodes if node.is_terminal}
    bus_of = {switch.to_node: switch.from_node for switch in case.switches if switch.to_node in terminals}
    bus_of |= {switch.from_node: switch.to_node for switch in case.switches if switch.from_node in terminals}
    low = [bus_of.get(transformer.low_node, transformer.low_node) for transformer in case.transformers]
    buses = dict.fromkeys(sites.node_index[mrid] for mrid in low)
    return [index for index in buses if case.nodes[index].nominal_kv <= LOW_VOLTAGE_KV]


def _secondary_voltages(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    for index in _secondary_busbars(case, sites):
        node = case.nodes[index]
        if sites.is_station[index] and node.is_busbar:
            continue  # a station's busbar has its voltage already
        yield _voltage(node.mrid, node.name, index, node.nominal_kv, _node_period(node.mrid))


def _node_period(mrid: str) -> float:
    """Between the shortest and the longest period, the same for all values of one instrument."""
    shortest, longest = NODE_PERIOD_S
    share = (crc32(mrid.encode()) % 11) / 10
    return round(shortest + share * (longest - shortest), 1)


def _plants(case: NetworkCase, sites: Sites, without: Collection[str]) -> Iterator[Point]:
    units: list[Generator | Storage] = [*case.generators, *case.storages]
    for index, element in enumerate(units, start=len(case.loads)):
        smallest = PLANT_KW if isinstance(element, Generator) else BATTERY_KW
        rating = max(abs(element.p_kw), element.rated_s_kva)
        if rating >= smallest and element.mrid not in without:
            node = sites.node_index[element.node]
            period = _node_period(element.mrid)
            for quantity, column in (
                (Quantity.ACTIVE_POWER, Column.ELEMENT_P),
                (Quantity.REACTIVE_POWER, Column.ELEMENT_Q),
            ):
                yield Point(
                    element.mrid, element.name, "", quantity, column, index, node, rating, NODE_ACCURACY, period
                )


def _nodes(case: NetworkCase, sites: Sites, generator: np.random.Generator) -> Iterator[Point]:
    ratings = _node_ratings(case, sites)
    shares = generator.random(len(case.nodes))
    has_stations = any(node.substation or node.nominal_kv >= HIGH_VOLTAGE_KV for node in case.nodes)
    already = set(_secondary_busbars(case, sites))
    already |= {index for index, node in enumerate(case.nodes) if sites.is_station[index] and node.is_busbar}
    for index in sorted(ratings):
        node = case.nodes[index]
        share = METERED_SHARE_LOW_VOLTAGE if node.nominal_kv <= LOW_VOLTAGE_KV else METERED_SHARE
        is_station = bool(sites.is_station[index]) and node.nominal_kv > LOW_VOLTAGE_KV
        if has_stations and not is_station and shares[index] >= share:
            continue
        period = STATION_PERIOD_S if is_station else _node_period(node.mrid)
        accuracy = STATION_ACCURACY if is_station else NODE_ACCURACY
        if index not in already:
            yield _voltage(node.mrid, node.name, index, node.nominal_kv, period)
        for quantity, column in ((Quantity.ACTIVE_POWER, Column.NODE_P), (Quantity.REACTIVE_POWER, Column.NODE_Q)):
            rating = ratings[index]
            yield Point(node.mrid, node.name, "", quantity, column, index, index, rating, accuracy, period)


def _frequency(case: NetworkCase, sites: Sites) -> Iterator[Point]:
    """At the first source; last of all, so that nothing else moves."""
    for source in case.sources[:1]:
        node = sites.node_index[source.node]
        name = case.nodes[node].name
        shape = (NOMINAL_HZ, FREQUENCY_ACCURACY, FREQUENCY_PERIOD_S)
        yield Point(source.node, name, "", Quantity.FREQUENCY, Column.FREQUENCY, 0, node, *shape)


def _node_ratings(case: NetworkCase, sites: Sites) -> dict[int, float]:
    """Full scale of the meter at each node that has a load, a generator or a storage."""
    ratings: dict[int, float] = {}
    elements: list[Load | Generator | Storage] = [*case.loads, *case.generators, *case.storages]
    for element in elements:
        size = math.hypot(element.p_kw, element.q_kvar)
        index = sites.node_index[element.node]
        ratings[index] = ratings.get(index, 0.0) + max(size, getattr(element, "rated_s_kva", 0.0))
    return {index: max(rating, 1.0) for index, rating in ratings.items()}


def _table(case: NetworkCase, points: list[Point], sites: Sites, generator: np.random.Generator) -> PointTable:
    node = np.array([point.node for point in points], dtype=np.int32)
    period = np.array([point.period_s for point in points])
    sigma = np.array([point.rating * point.accuracy for point in points])
    address = sites.common_address[node]
    is_dead, phase = _by_instrument(points, generator)
    return PointTable(
        points=tuple(points),
        mrid=tuple(_mrid(case.source, point) for point in points),
        common_address=address.astype(np.int32),
        ioa=addresses_of(points, address),
        column=np.array([point.column for point in points], dtype=np.int32),
        index=np.array([point.index for point in points], dtype=np.int32),
        sigma=sigma,
        deadband=np.array([_two_digits(DEADBAND_SIGMAS * value) for value in sigma]),
        resolution=np.array([_power_of_ten(RESOLUTION_SIGMAS * value) for value in sigma]),
        period_s=period,
        phase_s=phase * period,
        is_dead=is_dead & (period > 0),
    )


def _by_instrument(points: list[Point], generator: np.random.Generator) -> tuple[BoolArray, np.ndarray]:
    """All values of one instrument (same equipment and side) die together and are read at the same moment."""
    instruments: dict[tuple[str, str], int] = {}
    of_point = [instruments.setdefault((point.equipment_mrid, point.side), len(instruments)) for point in points]
    others = len({(point.equipment_mrid, point.side) for point in points if point.column not in APART})
    apart = generator.spawn(1)[0].random((2, len(instruments) - others))  # what was there before draws as before
    dead = np.concatenate([generator.random(others), apart[0]]) < DEAD_SHARE
    phase = np.concatenate([generator.random(others), apart[1]])
    return dead[of_point], phase[of_point]


def _mrid(source: str, point: Point) -> str:
    return mrid(source, "Point", f"{point.equipment_mrid}/{point.quantity}/{point.side}")


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def _power_of_ten(value: float) -> float:
    return 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
