"""Nodes, terminals and switches of a CGMES source, in node-breaker form.

A terminal lies on its ConnectivityNode where the source has them, else on its TopologicalNode. A node that carries
nothing but switches and ends of branches is a terminal node: it is drawn at the bus behind its switches.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from gridops.cases.case import Node, Switch, SwitchKind
from gridops.cases.cgmes.model import Model, mrid_of
from gridops.cases.cgmes.ratio import rest_of_ratio
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.groups import groups
from gridops.cases.limits import DEFAULT_PU, voltage_limits

SWITCHES: Final = {
    "Breaker": SwitchKind.BREAKER,
    "Recloser": SwitchKind.RECLOSER,
    "Disconnector": SwitchKind.DISCONNECTOR,
    "LoadBreakSwitch": SwitchKind.LOAD_BREAK_SWITCH,
    "Fuse": SwitchKind.FUSE,
    "Jumper": SwitchKind.DISCONNECTOR,
    "Switch": SwitchKind.LOAD_BREAK_SWITCH,
    "ProtectedSwitch": SwitchKind.BREAKER,
}
BRANCHES: Final = frozenset({"ACLineSegment", "SeriesCompensator", "EquivalentBranch", "PowerTransformer"})
MARKS: Final = frozenset({"BusbarSection", "Junction", "Connector"})
_HIGHEST_KV: Final = 2000.0
_SAME_VOLTAGE: Final = frozenset(SWITCHES) | BRANCHES - {"PowerTransformer"}


@dataclass(frozen=True, slots=True)
class Terminal:
    thing: Thing
    equipment: str
    number: int
    node: str  # identity of its ConnectivityNode or TopologicalNode; empty where it has none
    connected: bool


@dataclass(slots=True)
class Yard:
    model: Model
    nodes: dict[str, Node] = field(default_factory=dict)  # by the source's identity
    extra: list[Node] = field(default_factory=list)  # behind open ends, star points
    switches: list[Switch] = field(default_factory=list)
    terminals: dict[str, list[Terminal]] = field(default_factory=lambda: defaultdict(list))  # by equipment
    by_id: dict[str, Terminal] = field(default_factory=dict)
    topological: dict[str, str] = field(default_factory=dict)  # TopologicalNode of each node
    states: dict[str, tuple[float, float]] = field(default_factory=dict)  # kV and degrees, by TopologicalNode
    node_breaker: bool = False
    _bus: dict[str, str] = field(default_factory=dict)

    def of(self, equipment: Thing, count: int) -> list[Terminal]:
        """The terminals of an equipment in their order; an error and an empty list where some are missing."""
        found = sorted(self.terminals.get(equipment.id, ()), key=lambda each: (each.number, each.thing.id))
        if len(found) < count:
            text = f"has {len(found)} of {count} terminals; export the equipment file (EQ) again"
            self.model.error("missing-terminal", equipment, text)
            return []
        return found if all(self.node(each) for each in found[:count]) else []

    def node(self, terminal: Terminal) -> Node | None:
        return self.nodes.get(terminal.node)

    def end(self, terminal: Terminal, name: str, *, open_end: bool = False) -> str:
        """Where the end of a branch is connected; an end that is not connected hangs on an open switch."""
        at = self.nodes[terminal.node]
        if terminal.connected and not open_end:
            return at.mrid
        behind = replace(
            at, mrid=mrid_of(terminal.thing, "end"), name=f"{name} at {at.name}", is_busbar=False, is_terminal=True
        )
        self.extra.append(behind)
        label, kind = f"{name} isolator {terminal.number}", SwitchKind.DISCONNECTOR
        identity = mrid_of(terminal.thing, "isolator")
        self.switches.append(
            Switch(identity, label, kind, at.mrid, behind.mrid, closed=False, substation=at.substation)
        )
        self.model.note("open-end", name, f"is not connected at {at.name}; imported with an open switch there")
        return behind.mrid

    def inner(self, mrid: str, name: str, beside: Node) -> Node:
        """A node inside an equipment, like the one beside it."""
        found = replace(beside, mrid=mrid, name=name, is_busbar=False, is_terminal=False)
        self.extra.append(found)
        return found

    def same_bus(self, one: str, other: str) -> bool:
        """Whether closed switches join two nodes."""
        if not self._bus:
            closed = [(each.from_node, each.to_node) for each in self.switches if each.closed]
            self._bus = groups((node.mrid for node in self.nodes.values()), closed)
        ends = [self.nodes.get(each) for each in (one, other)]
        return len({self._bus[node.mrid] if node is not None else "" for node in ends}) == 1

    def solved(self, identity: str) -> tuple[float, float] | None:
        """Voltage (pu) and angle (degrees) of a node in the solved state (SV), where there is one."""
        state, node = self.states.get(self.topological.get(identity, "")), self.nodes[identity]
        return (state[0] / node.nominal_kv, state[1]) if state and state[0] > 0 else None

    def all_nodes(self) -> tuple[Node, ...]:
        return (*self.nodes.values(), *self.extra)


def yard(model: Model) -> Yard:
    """All nodes with equipment, and all switches between them."""
    found = Yard(model)
    _read_terminals(found)
    _read_nodes(found)
    _read_switches(found)
    for state in model.all("SvVoltage"):
        values = model.number(state, "SvVoltage.v", math.nan), model.number(state, "SvVoltage.angle", math.nan)
        if all(map(math.isfinite, values)):
            found.states[state.values.get("SvVoltage.TopologicalNode", "")] = values
    return found


def _read_terminals(found: Yard) -> None:
    model = found.model
    things = model.all("Terminal")
    found.node_breaker = any("Terminal.ConnectivityNode" in thing.values for thing in things)
    point_of = _connectivity_of_topological(model) if found.node_breaker else {}
    for thing in things:
        equipment = model.needed(thing, "Terminal.ConductingEquipment")
        if equipment is None:
            continue
        terminal = Terminal(
            thing=thing,
            equipment=equipment.id,
            number=model.whole(thing, "ACDCTerminal.sequenceNumber", 1),
            node=_node_of(found, thing, equipment, point_of),
            connected=model.flag(thing, "ACDCTerminal.connected", True),
        )
        found.terminals[equipment.id].append(terminal)
        found.by_id[thing.id] = terminal


def _connectivity_of_topological(model: Model) -> dict[str, str]:
    pairs = ((node.values.get("ConnectivityNode.TopologicalNode"), node.id) for node in model.all("ConnectivityNode"))
    return {bus: node for bus, node in pairs if bus}


def _node_of(found: Yard, thing: Thing, equipment: Thing, point_of: dict[str, str]) -> str:
    bus = thing.values.get("Terminal.TopologicalNode", "")
    if found.node_breaker and "Terminal.ConnectivityNode" in thing.values:
        node = found.model.needed(thing, "Terminal.ConnectivityNode")
    elif bus in point_of:
        node = found.model.get(point_of[bus])
    elif bus or found.model.flag(thing, "ACDCTerminal.connected", True):
        node = found.model.needed(thing, "Terminal.TopologicalNode")
    else:
        text = "has a terminal on no node; left out"
        found.model.note("unconnected", equipment.label, text)
        return ""
    if node is None:
        return ""
    found.topological[node.id] = bus or node.values.get("ConnectivityNode.TopologicalNode", "") or node.id
    return node.id


def _read_nodes(found: Yard) -> None:
    model = found.model
    at: dict[str, list[Thing]] = defaultdict(list)
    for terminal in found.by_id.values():
        equipment = model.get(terminal.equipment)
        if terminal.node and equipment is not None:
            at[terminal.node].append(equipment)
    for identity, connected in at.items():
        thing = model.graph.things[identity]
        bars = [each for each in connected if each.kind == "BusbarSection"]
        level = _voltage_level(model, thing, connected)
        kv = _nominal_kv(found, thing, level, connected)
        low, high = _limits(model, level, kv)
        found.nodes[identity] = Node(
            mrid=mrid_of(thing),
            name=_node_name(found, thing, bars, level),
            nominal_kv=kv,
            longitude=math.nan,
            latitude=math.nan,
            substation=_substation(model, level),
            is_busbar=bool(bars) or not found.node_breaker,
            low_pu=low,
            high_pu=high,
        )
    _one_voltage_per_group(found)


def _node_name(found: Yard, thing: Thing, bars: list[Thing], level: Thing | None) -> str:
    """A busbar's node has the busbar's name; a bare number is told apart by its voltage level."""
    if bars and found.node_breaker:
        return bars[0].name
    return f"{level.name} {thing.name}" if level is not None and thing.name.isdigit() else thing.name


def _voltage_level(model: Model, node: Thing, equipment: Iterable[Thing]) -> Thing | None:
    containers = [
        node.values.get(f"{node.kind}.ConnectivityNodeContainer"),
        *(each.values.get("Equipment.EquipmentContainer") for each in equipment),
    ]
    for identity in containers:
        container = model.get(identity)
        if container is not None and container.kind == "Bay":
            container = model.ref(container, "Bay.VoltageLevel")
        if container is not None and container.kind == "VoltageLevel":
            return container
    return None


def _nominal_kv(found: Yard, node: Thing, level: Thing | None, equipment: list[Thing]) -> float:
    model = found.model
    bus = model.get(found.topological.get(node.id))
    asked = [(level, "VoltageLevel.BaseVoltage"), (node, "TopologicalNode.BaseVoltage")]
    asked += [(bus, "TopologicalNode.BaseVoltage")] if bus is not None else []
    asked += [(each, "ConductingEquipment.BaseVoltage") for each in equipment]
    for thing, key in asked:
        if thing is not None and key in thing.values:
            base = model.needed(thing, key)
            return _of_base(model, base)
    model.error("no-voltage", node, "has no BaseVoltage by its voltage level, topological node or equipment; add the "
                "boundary files (EQBD, TPBD), where nodes at a border have theirs")  # fmt: skip
    return 1.0


def _of_base(model: Model, base: Thing | None) -> float:
    if base is None:
        return 1.0
    kv = model.number(base, "BaseVoltage.nominalVoltage", math.nan)
    if 0 < kv < _HIGHEST_KV:
        return kv
    model.error("no-voltage", base, f"in {base.file} has a nominalVoltage of {kv:g} kV; correct it")
    return 1.0


def _substation(model: Model, level: Thing | None) -> str:
    substation = model.ref(level, "VoltageLevel.Substation") if level is not None else None
    return substation.name if substation is not None else ""


def _limits(model: Model, level: Thing | None, kv: float) -> tuple[float, float]:
    if level is None or not kv > 0:
        return DEFAULT_PU
    low, high = (model.number(level, f"VoltageLevel.{word}VoltageLimit", math.nan) / kv for word in ("low", "high"))
    low, high = (DEFAULT_PU[0] if math.isnan(low) else low), (DEFAULT_PU[1] if math.isnan(high) else high)
    return voltage_limits(round(low, 6), round(high, 6))


def _one_voltage_per_group(found: Yard) -> None:
    """Nodes that lines or switches join are at one nominal voltage: the most frequent of theirs."""
    pairs = []
    for equipment, terminals in found.terminals.items():
        thing = found.model.get(equipment)
        if thing is None or thing.kind not in _SAME_VOLTAGE or len(terminals) != 2:
            continue
        ends = terminals[0].node, terminals[1].node
        if all(end in found.nodes for end in ends):
            one, other = (found.nodes[end].nominal_kv for end in ends)
            if rest_of_ratio(found.model, thing, one, other) is None:
                pairs.append(ends)
    group = groups(found.nodes, pairs)
    together: dict[str, list[str]] = defaultdict(list)
    for identity in found.nodes:
        together[group[identity]].append(identity)
    for members in together.values():
        counts = Counter(found.nodes[identity].nominal_kv for identity in members)
        common = counts.most_common(1)[0][0]
        for identity in members:
            node = found.nodes[identity]
            if node.nominal_kv != common and math.isfinite(node.nominal_kv):
                text = f"has a nominal voltage of {node.nominal_kv:g} kV but is joined to {common:g} kV by lines; "
                found.model.warn("two-voltages", node.name, text + f"{common:g} kV is taken as nominal there")
                found.nodes[identity] = replace(node, nominal_kv=common)


def _read_switches(found: Yard) -> None:
    model, off_normal = found.model, 0
    for thing in model.all(*SWITCHES):
        ends = found.of(thing, 2)
        if not ends:
            continue
        normal = model.flag(thing, "Switch.normalOpen", False)
        opened = model.flag(thing, "Switch.open", normal)
        off_normal += opened != normal
        one, other = found.nodes[ends[0].node], found.nodes[ends[1].node]
        if one.mrid == other.mrid:
            model.note("inner-switch", thing.label, "has both ends on the same node; left out")
            continue
        closed = not opened and all(each.connected for each in ends[:2])
        identity, where = mrid_of(thing), one.substation or other.substation
        found.switches.append(Switch(identity, thing.name, SWITCHES[thing.kind], one.mrid, other.mrid, closed, where))
    if off_normal:
        text = (
            f"has {off_normal} switches whose position (SSH) is not the normal one; the SSH position is taken as normal"
        )
        model.note("off-normal", "the source", text)
