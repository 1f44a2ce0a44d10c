"""A seeded medium-voltage network of feeders between two busbars, each with a source, as arrays without a database."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from apps.assets.adapters import AssembledNetwork, Injections, Named, NodeFacts
from apps.assets.choices import SwitchKind
from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint

KV = 20.0


@dataclass
class Yard:
    """Built up by names. Feeder f: busbar, breaker cb-f, nodes f-1 ... f-n with a load-break switch lbs-f-k between."""

    generator: np.random.Generator
    nodes: list[str] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    switches: list[tuple[str, str, str, SwitchKind, bool]] = field(default_factory=list)
    loads: dict[str, tuple[float, int]] = field(default_factory=dict)
    sources: list[tuple[str, float, float]] = field(default_factory=list)

    def node(self, name: str, kw: float = 0.0, customers: int = 0) -> str:
        self.nodes.append(name)
        if kw:
            self.loads[name] = (kw, customers)
        return name

    def line(self, name: str, a: str, b: str) -> None:
        self.lines.append((name, a, b))

    def switch(self, name: str, a: str, b: str, kind: SwitchKind, *, closed: bool = True) -> None:
        self.switches.append((name, a, b, kind, closed))

    def feeder(self, number: int, busbar: str, length: int) -> str:
        before = self.node(f"{number}-head")
        self.switch(f"cb-{number}", busbar, before, SwitchKind.BREAKER)
        for k in range(1, length + 1):
            far = self.node(f"{number}-{k}-in")
            self.line(f"line-{number}-{k}", before, far)
            kw = float(self.generator.uniform(80, 300))
            here = self.node(f"{number}-{k}", kw, int(self.generator.integers(20, 200)))
            self.switch(f"lbs-{number}-{k}", far, here, SwitchKind.LOAD_BREAK_SWITCH)
            before = here
        return before

    def assembled(self) -> AssembledNetwork:
        at = {name: place for place, name in enumerate(self.nodes)}
        ends = [(at[a], at[b]) for _, a, b in self.lines]
        network = Network(
            nominal_kv=np.full(len(self.nodes), KV),
            lines=_lines(ends, self.generator),
            transformers=_no_transformers(),
            switches=Switches(*(np.array([at[s[n]] for s in self.switches], np.int32) for n in (1, 2))),
            shunts=Shunts(np.zeros(0, np.int32), np.zeros(0), np.zeros(0)),
            source_node=np.array([at[name] for name, _, _ in self.sources], np.int32),
            injection_node=np.array([at[name] for name in self.loads], np.int32),
        )
        count = len(self.nodes)
        customers = np.array([self.loads.get(name, (0.0, 0))[1] for name in self.nodes], np.int32)
        return AssembledNetwork(
            model_id=1,
            source="test:yard",
            network=network,
            nodes=_named(self.nodes),
            lines=_named([name for name, _, _ in self.lines]),
            transformers=_named([]),
            switches=_named([one[0] for one in self.switches]),
            sources=_named([name for name, _, _ in self.sources]),
            injections=_named([f"load-{name}" for name in self.loads]),
            node=NodeFacts(
                np.arange(count, dtype=np.int32),
                np.zeros(count, bool),
                customers,
                np.full(count, 0.9),
                np.full(count, 1.1),
            ),
            injection=cast(Injections, None),
            profiles=cast(Any, None),
            normal_closed=np.array([one[4] for one in self.switches]),
            normal_tap=np.zeros(0, np.int32),
            is_regulating=np.zeros(0, bool),
            target_pu=np.zeros(0),
            source_voltage_pu=np.array([pu for _, pu, _ in self.sources]),
            source_angle_deg=np.array([deg for _, _, deg in self.sources]),
            phases=cast(Any, None),
        )

    def point(self, network: AssembledNetwork) -> OperatingPoint:
        p = np.array([-self.loads.get(name, (0.0, 0))[0] for name in self.nodes])
        return OperatingPoint(
            network=network.network,
            topology=resolve(network.network, network.normal_closed),
            node_p_kw=p,
            node_q_kvar=0.3 * p,
            tap_position=np.zeros(0, np.int32),
            source_voltage_pu=network.source_voltage_pu,
            source_angle_deg=network.source_angle_deg,
        )

    def kind_of(self, name: str) -> SwitchKind:
        return next(one[3] for one in self.switches if one[0] == name)

    def set(self, name: str, *, closed: bool) -> None:
        self.switches = [(*one[:4], closed) if one[0] == name else one for one in self.switches]


def yard(seed: int, *, angle_deg: float = 0.0, voltage_pu: float = 1.0) -> Yard:
    """Feeders 0 and 1 at busbar A, 2 and 3 at B; ties 0-1 and 1-2 are open; a stub and a bypass with disconnectors."""
    made = Yard(np.random.default_rng(seed))
    length = int(made.generator.integers(3, 7))
    for busbar, pu, angle in (("A", 1.0, 0.0), ("B", voltage_pu, angle_deg)):
        made.sources.append((made.node(busbar), pu, angle))
    ends = [made.feeder(number, "AABB"[number], length) for number in range(4)]
    for a, b in ((0, 1), (1, 2)):
        near = made.node(f"tie-{a}-{b}-end")
        made.line(f"line-tie-{a}-{b}", ends[a], near)
        made.switch(f"tie-{a}-{b}", near, ends[b], SwitchKind.LOAD_BREAK_SWITCH, closed=False)
        made.switch(f"dis-tie-{a}-{b}", near, ends[b], SwitchKind.DISCONNECTOR, closed=False)
    stub = made.node("stub")
    made.switch("dis-stub", "0-1", stub, SwitchKind.DISCONNECTOR)
    made.switch("dis-bypass", "3-1-in", "3-1", SwitchKind.DISCONNECTOR)
    home = made.node("home", 120.0, 40)
    made.switch("dis-home", "2-1", home, SwitchKind.DISCONNECTOR)
    return made


def _lines(ends: list[tuple[int, int]], generator: np.random.Generator) -> Lines:
    km = generator.uniform(0.3, 1.5, len(ends))
    a, b = np.array(ends, np.int32).T
    return Lines(a, b, 0.2 * km, 0.12 * km, 80.0 * km, np.full(len(ends), 300.0))


def _no_transformers() -> Transformers:
    numbers, places = np.zeros(0), np.zeros(0, np.int32)
    return Transformers(
        *(places, places, *[numbers] * 8, np.zeros(0, bool), places, places, places, numbers)  # in the order of fields
    )


def _named(names: list[str]) -> Named:
    return Named(tuple(names), tuple(names))
