"""The stored network as the engine's arrays.

Signs change here: a consumer's or a shunt's stored power is consumption, the engine's is injection into the network.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from apps.assets.adapters.columns import Columns, Named, Positions, of_model
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    GeneratingUnit,
    LinearShuntCompensator,
    LoadProfile,
    NetworkModel,
    OperationalLimit,
    PowerTransformer,
    Switch,
)
from gridops.cases.phases import P_FIELDS, Q_FIELDS, ZERO_FIELDS
from gridops.engine.network.model import (
    BoolArray,
    FloatArray,
    IntArray,
    Lines,
    Network,
    Shunts,
    Switches,
    Transformers,
)

CONSUMER: Final = 0
GENERATOR: Final = 1
BATTERY: Final = 2

# (class, code, sign that makes the stored power an injection into the network)
_INJECTIONS: Final = ((EnergyConsumer, CONSUMER, -1.0), (GeneratingUnit, GENERATOR, 1.0), (BatteryUnit, BATTERY, 1.0))


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Per node."""

    bus: IntArray  # the node itself, or for a terminal node the bus it is drawn at; buses come first
    is_terminal: BoolArray
    customers: IntArray
    low_pu: FloatArray
    high_pu: FloatArray


@dataclass(frozen=True, slots=True)
class Injections:
    """Per injection: consumers, then generators, then batteries. Powers are into the network, at profile factor 1."""

    kind: IntArray  # CONSUMER, GENERATOR or BATTERY
    p_kw: FloatArray
    q_kvar: FloatArray
    rated_s_kva: FloatArray  # 0 for consumers
    profile: IntArray  # position in `profiles`, -1 for none (the factor is then 1)


@dataclass(frozen=True, slots=True)
class Phases:
    """What is known of the three phases; nan where the source does not say."""

    p_kw: FloatArray  # injections x 3, into the network, at profile factor 1
    q_kvar: FloatArray
    line_r0_ohm: FloatArray  # per line
    line_x0_ohm: FloatArray
    line_b0_us: FloatArray

    @property
    def are_known(self) -> bool:
        """Some load or generator says what its phases carry, and every line has its zero sequence."""
        return bool(np.isfinite(self.p_kw).any() and np.isfinite(self.line_r0_ohm).all())


@dataclass(frozen=True, slots=True)
class ProfileStatistics:
    """Per profile: mean and standard deviation of its factors over the year."""

    name: tuple[str, ...]
    mean_p: FloatArray
    std_p: FloatArray
    mean_q: FloatArray
    std_q: FloatArray


@dataclass(frozen=True, slots=True)
class AssembledNetwork:
    """Everything that a computation on one version of the network needs, by position."""

    model_id: int
    source: str
    network: Network
    nodes: Named
    lines: Named
    transformers: Named
    switches: Named
    sources: Named
    injections: Named
    node: NodeFacts
    injection: Injections
    profiles: ProfileStatistics
    normal_closed: BoolArray  # per switch
    normal_tap: IntArray  # per transformer
    is_regulating: BoolArray
    target_pu: FloatArray
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray
    phases: Phases

    def node_at(self, mrid: str) -> int | None:
        """The node of that mRID, or that of a switch or of anything at one node."""
        if (node := self.nodes.position.get(mrid)) is not None:
            return int(node)
        if (switch := self.switches.position.get(mrid)) is not None:
            return int(self.network.switches.from_node[switch])
        injection = self.injections.position.get(mrid)
        return None if injection is None else int(self.network.injection_node[injection])

    @property
    def n_display_nodes(self) -> int:
        """Nodes of the geometry and of live frames: the buses, which come first."""
        return len(self.node.is_terminal) - int(self.node.is_terminal.sum())


@dataclass(frozen=True, slots=True)
class ProfileValues:
    """Factors of all profiles of one model, in the order of `ProfileStatistics`."""

    name: tuple[str, ...]
    step_s: int
    start_at: datetime
    p: FloatArray = field(repr=False)  # float32, profiles x steps
    q: FloatArray = field(repr=False)


def network_arrays(model: NetworkModel) -> AssembledNetwork:
    """The arrays of one version, in a dozen queries."""
    nodes = of_model(ConnectivityNode, model.pk, "pk", "nominal_kv", "limit_id", "bus_index", "is_terminal")
    at = Positions(nodes.keys("pk"))
    lines, transformers = _lines(model.pk), _transformers(model.pk)
    switches = of_model(Switch, model.pk, "from_node_id", "to_node_id", "normal_closed")
    sources = of_model(EnergySource, model.pk, "node_id", "voltage_pu", "angle_deg")
    profile_keys, statistics = _profiles(model.pk)
    named, injection_node, injection, customers = _injections(model.pk, at, Positions(profile_keys), len(nodes.named))
    low, high = _limits(model.pk, nodes)
    return AssembledNetwork(
        model_id=model.pk,
        source=model.source,
        network=Network(
            nominal_kv=nodes.numbers("nominal_kv"),
            lines=_line_arrays(lines, at),
            transformers=_transformer_arrays(transformers, at),
            switches=Switches(at(switches.keys("from_node_id")), at(switches.keys("to_node_id"))),
            shunts=_shunts(model.pk, at),
            source_node=at(sources.keys("node_id")),
            injection_node=injection_node,
        ),
        nodes=nodes.named,
        lines=lines.named,
        transformers=transformers.named,
        switches=switches.named,
        sources=sources.named,
        injections=named,
        node=NodeFacts(nodes.integers("bus_index"), nodes.flags("is_terminal"), customers, low, high),
        injection=injection,
        profiles=statistics,
        normal_closed=switches.flags("normal_closed"),
        normal_tap=transformers.integers("tap_position"),
        is_regulating=transformers.flags("is_regulating"),
        target_pu=transformers.numbers("target_pu"),
        source_voltage_pu=sources.numbers("voltage_pu"),
        source_angle_deg=sources.numbers("angle_deg"),
        phases=_phases(model.pk, lines, batteries=int((injection.kind == BATTERY).sum())),
    )


def profile_values(model: NetworkModel) -> ProfileValues | None:
    """A year of factors (tens of megabytes for a city); None where the source has no profiles.

    One step and one start serve all: a source whose profiles differ in them is refused.
    """
    rows = list(
        LoadProfile.objects.filter(model=model)
        .order_by("name")
        .values_list("name", "step_s", "start_at", "values_p", "values_q")
    )
    if not rows:
        return None
    p = [np.frombuffer(row[3], "<f4") for row in rows]
    q = [active if row[4] is None else np.frombuffer(row[4], "<f4") for row, active in zip(rows, p, strict=True)]
    return ProfileValues(tuple(row[0] for row in rows), rows[0][1], rows[0][2], np.stack(p), np.stack(q))


def _lines(model_id: int) -> Columns:
    names = ("from_node_id", "to_node_id", "r_ohm", "x_ohm", "b_us", "rated_a", *ZERO_FIELDS)
    return of_model(ACLineSegment, model_id, *names)


def _line_arrays(lines: Columns, at: Positions) -> Lines:
    return Lines(
        from_node=at(lines.keys("from_node_id")),
        to_node=at(lines.keys("to_node_id")),
        r_ohm=lines.numbers("r_ohm"),
        x_ohm=lines.numbers("x_ohm"),
        b_us=lines.numbers("b_us"),
        rated_a=lines.numbers("rated_a"),
    )


def _transformers(model_id: int) -> Columns:
    names = [field.attname for field in PowerTransformer._meta.concrete_fields]
    return of_model(PowerTransformer, model_id, *(name for name in names if name not in {"mrid", "name"}))


def _transformer_arrays(rows: Columns, at: Positions) -> Transformers:
    return Transformers(
        high_node=at(rows.keys("high_node_id")),
        low_node=at(rows.keys("low_node_id")),
        rated_s_kva=rows.numbers("rated_s_kva"),
        high_kv=rows.numbers("high_kv"),
        low_kv=rows.numbers("low_kv"),
        short_circuit_voltage_percent=rows.numbers("short_circuit_voltage_percent"),
        copper_loss_kw=rows.numbers("copper_loss_kw"),
        iron_loss_kw=rows.numbers("iron_loss_kw"),
        no_load_current_percent=rows.numbers("no_load_current_percent"),
        phase_shift_deg=rows.numbers("phase_shift_deg"),
        tap_on_high_side=rows.flags("tap_on_high_side"),
        tap_neutral=rows.integers("tap_neutral"),
        tap_min=rows.integers("tap_min"),
        tap_max=rows.integers("tap_max"),
        tap_step_percent=rows.numbers("tap_step_percent"),
    )


def _shunts(model_id: int, at: Positions) -> Shunts:
    rows = of_model(LinearShuntCompensator, model_id, "node_id", "p_kw", "q_kvar")
    return Shunts(node=at(rows.keys("node_id")), p_kw=-rows.numbers("p_kw"), q_kvar=-rows.numbers("q_kvar"))


def _profiles(model_id: int) -> tuple[np.ndarray, ProfileStatistics]:
    names = ("pk", "name", "mean_p", "std_p", "mean_q", "std_q")
    found = list(LoadProfile.objects.filter(model_id=model_id).order_by("name").values_list(*names))
    numbers = np.array([row[2:] for row in found], dtype=np.float64).reshape(-1, 4)
    keys = np.array([row[0] for row in found], dtype=np.int64)
    return keys, ProfileStatistics(tuple(row[1] for row in found), *numbers.T)


def _injections(
    model_id: int, at: Positions, profile_at: Positions, n_nodes: int
) -> tuple[Named, IntArray, Injections, IntArray]:
    tables = [of_model(kind, model_id, *_injection_columns(kind)) for kind, _, _ in _INJECTIONS]
    signs = [sign for _, _, sign in _INJECTIONS]
    sizes = [len(table.texts("mrid")) for table in tables]
    nodes = [at(table.keys("node_id")) for table in tables]
    customers = np.bincount(nodes[CONSUMER], tables[CONSUMER].integers("customers"), n_nodes).astype(np.int32)
    rated = [np.zeros(sizes[CONSUMER]), *(table.numbers("rated_s_kva") for table in tables[1:])]
    injections = Injections(
        kind=np.repeat([code for _, code, _ in _INJECTIONS], sizes).astype(np.int32),
        p_kw=np.concatenate([sign * table.numbers("p_kw") for sign, table in zip(signs, tables, strict=True)]),
        q_kvar=np.concatenate([sign * table.numbers("q_kvar") for sign, table in zip(signs, tables, strict=True)]),
        rated_s_kva=np.concatenate(rated),
        profile=np.concatenate([profile_at(table.keys("profile_id")) for table in tables]),
    )
    mrids = sum((table.texts("mrid") for table in tables), ())
    names = sum((table.texts("name") for table in tables), ())
    return Named(mrids, names), np.concatenate(nodes), injections, customers


def _phases(model_id: int, lines: Columns, *, batteries: int) -> Phases:
    unknown = np.full((batteries, len(P_FIELDS)), np.nan)
    p, q = [], []
    for kind, _, sign in _INJECTIONS[:BATTERY]:
        table = of_model(kind, model_id, *P_FIELDS, *Q_FIELDS)
        p.append(sign * np.stack([table.numbers(name) for name in P_FIELDS], axis=1))
        q.append(sign * np.stack([table.numbers(name) for name in Q_FIELDS], axis=1))
    zero = (lines.numbers(name) for name in ZERO_FIELDS)
    return Phases(np.concatenate([*p, unknown]), np.concatenate([*q, unknown]), *zero)


def _injection_columns(kind: type) -> list[str]:
    own = "customers" if kind is EnergyConsumer else "rated_s_kva"
    return ["node_id", "p_kw", "q_kvar", "profile_id", own]


def _limits(model_id: int, nodes: Columns) -> tuple[FloatArray, FloatArray]:
    found = list(OperationalLimit.objects.filter(model_id=model_id).values_list("pk", "low_pu", "high_pu"))
    at = Positions(np.array([row[0] for row in found], dtype=np.int64))(nodes.keys("limit_id"))
    numbers = np.array([row[1:] for row in found], dtype=np.float64).reshape(-1, 2)
    return numbers[at, 0], numbers[at, 1]
