"""A NetworkCase as unsaved rows. Case and models share units and signs; only identities and order are made here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from apps.assets.adapters.feeders import derive_feeders
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    LoadProfile,
    NetworkModel,
    OperationalLimit,
    PowerTransformer,
    Substation,
    Switch,
)
from gridops.cases import SOURCES, CaseError, NetworkCase, read
from gridops.cases.case import Node, Profile, Transformer
from gridops.cases.layout import buses
from gridops.cases.mrid import mrid
from gridops.cases.phases import P_FIELDS, Q_FIELDS, ZERO_FIELDS
from gridops.cases.store import digest

__all__ = ["SOURCES", "CaseError", "CaseRows", "case_digest", "case_problems", "network_model", "read_case"]

_IDENTITY = {"mrid", "name", "high_node", "low_node", "substation"}
_TRANSFORMER_FIELDS = [field.name for field in fields(Transformer) if field.name not in _IDENTITY]


def read_case(source: str, cache_dir: Path) -> NetworkCase:
    return read(source, cache_dir)


def case_digest(case: NetworkCase) -> str:
    return digest(case)


def case_problems(case: NetworkCase) -> list[dict[str, Any]]:
    return [asdict(problem) for problem in case.problems]


def network_model(case: NetworkCase, *, imported_at: datetime) -> NetworkModel:
    return NetworkModel(
        source=case.source,
        name=case.name,
        licence=case.licence,
        schematic=case.schematic,
        imported_at=imported_at,
        digest=digest(case),
        problems=case_problems(case),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    nodes: list[Node]  # buses first, then terminal nodes
    position: dict[str, int]
    bus_of: dict[str, str]


class CaseRows:
    """Rows of one model, in the order in which they can be stored: each step needs the keys of those before."""

    def __init__(self, case: NetworkCase, model: NetworkModel) -> None:
        self.case, self.model = case, model
        nodes = sorted(case.nodes, key=lambda node: node.is_terminal)
        self.order = _Order(nodes, {node.mrid: i for i, node in enumerate(nodes)}, buses(case))
        self.traced = derive_feeders(case)
        of_node = {node.mrid: int(f) for node, f in zip(case.nodes, self.traced.of_node, strict=True)}
        self.feeder_of_node = [of_node[node.mrid] for node in nodes]

    def substations(self) -> list[Substation]:
        places: dict[str, list[Node]] = defaultdict(list)
        known = {one.name: one.mrid for one in self.case.substations}
        for node in self.order.nodes:
            if node.substation:
                places[node.substation].append(node)
        for transformer in self.case.transformers:
            if transformer.substation and transformer.substation not in places:
                places[transformer.substation].append(self._node(transformer.low_node))
        return [
            Substation(
                model=self.model,
                mrid=known.get(name) or mrid(self.case.source, "Substation", name),
                name=name,
                index=i,
                longitude=float(np.mean([node.longitude for node in members])),
                latitude=float(np.mean([node.latitude for node in members])),
                nominal_kv=max(node.nominal_kv for node in members),
            )
            for i, (name, members) in enumerate(places.items())
        ]

    def limits(self) -> list[OperationalLimit]:
        kinds = sorted({_limit_key(node) for node in self.order.nodes}, reverse=True)
        return [OperationalLimit(model=self.model, nominal_kv=kv, low_pu=low, high_pu=high) for kv, low, high in kinds]

    def profiles(self) -> list[LoadProfile]:
        return [_profile(profile, self.model) for profile in self.case.profiles]

    def feeders(self, substations: Sequence[Substation]) -> list[Feeder]:
        key = _keys(substations)
        customers = self._customers_by_feeder()
        return [
            Feeder(
                model=self.model,
                mrid=mrid(self.case.source, "Feeder", self.case.lines[head.line].mrid),
                name=head.name,
                index=i,
                substation_id=key.get(head.substation),
                nominal_kv=head.nominal_kv,
                customers=customers[i],
            )
            for i, head in enumerate(self.traced.heads)
        ]

    def nodes(
        self, substations: Sequence[Substation], feeders: Sequence[Feeder], limits: Sequence[OperationalLimit]
    ) -> list[ConnectivityNode]:
        key = _keys(substations)
        limit = {(row.nominal_kv, row.low_pu, row.high_pu): row.pk for row in limits}
        return [
            ConnectivityNode(
                model=self.model,
                mrid=node.mrid,
                name=node.name,
                index=i,
                nominal_kv=node.nominal_kv,
                longitude=node.longitude,
                latitude=node.latitude,
                substation_id=key.get(node.substation),
                feeder_id=_pk(feeders, self.feeder_of_node[i]),
                limit_id=limit[_limit_key(node)],
                is_busbar=node.is_busbar,
                is_terminal=node.is_terminal,
                bus_index=self.order.position[self.order.bus_of[node.mrid]],
            )
            for i, node in enumerate(self.order.nodes)
        ]

    def lines(self, feeders: Sequence[Feeder], nodes: dict[str, int]) -> list[ACLineSegment]:
        return [
            ACLineSegment(
                **self._common(i, line),
                from_node_id=nodes[line.from_node],
                to_node_id=nodes[line.to_node],
                feeder_id=_pk(feeders, int(self.traced.of_line[i])),
                **_same(line, "length_km", "r_ohm", "x_ohm", "b_us", "rated_a", "path", *ZERO_FIELDS),
            )
            for i, line in enumerate(self.case.lines)
        ]

    def transformers(self, substations: Sequence[Substation], nodes: dict[str, int]) -> list[PowerTransformer]:
        key = _keys(substations)
        return [
            PowerTransformer(
                **self._common(i, transformer),
                high_node_id=nodes[transformer.high_node],
                low_node_id=nodes[transformer.low_node],
                substation_id=key.get(transformer.substation),
                **_same(transformer, *_TRANSFORMER_FIELDS),
            )
            for i, transformer in enumerate(self.case.transformers)
        ]

    def switches(self, substations: Sequence[Substation], nodes: dict[str, int]) -> list[Switch]:
        key = _keys(substations)
        return [
            Switch(
                **self._common(i, switch),
                kind=switch.kind.value,
                from_node_id=nodes[switch.from_node],
                to_node_id=nodes[switch.to_node],
                normal_closed=switch.closed,
                substation_id=key.get(switch.substation),
            )
            for i, switch in enumerate(self.case.switches)
        ]

    def sources(self, nodes: dict[str, int]) -> list[EnergySource]:
        return [
            EnergySource(**self._at_node(i, source, nodes), **_same(source, "voltage_pu", "angle_deg"))
            for i, source in enumerate(self.case.sources)
        ]

    def consumers(self, nodes: dict[str, int], profiles: dict[str, int]) -> list[EnergyConsumer]:
        return [
            EnergyConsumer(
                **self._at_node(i, load, nodes),
                **_same(load, "p_kw", "q_kvar", "customers", "customers_derived", *P_FIELDS, *Q_FIELDS),
                profile_id=profiles.get(load.profile),
            )
            for i, load in enumerate(self.case.loads)
        ]

    def generators(self, nodes: dict[str, int], profiles: dict[str, int]) -> list[GeneratingUnit]:
        return [
            GeneratingUnit(
                **self._at_node(i, unit, nodes),
                **_same(unit, "p_kw", "q_kvar", "rated_s_kva", *P_FIELDS, *Q_FIELDS),
                kind=unit.kind.value,
                profile_id=profiles.get(unit.profile),
            )
            for i, unit in enumerate(self.case.generators)
        ]

    def batteries(self, nodes: dict[str, int], profiles: dict[str, int]) -> list[BatteryUnit]:
        return [
            BatteryUnit(
                **self._at_node(i, unit, nodes),
                **_same(unit, "p_kw", "q_kvar", "rated_s_kva", "capacity_kwh"),
                profile_id=profiles.get(unit.profile),
            )
            for i, unit in enumerate(self.case.storages)
        ]

    def shunts(self, nodes: dict[str, int]) -> list[LinearShuntCompensator]:
        return [
            LinearShuntCompensator(**self._at_node(i, shunt, nodes), **_same(shunt, "p_kw", "q_kvar"))
            for i, shunt in enumerate(self.case.shunts)
        ]

    def _node(self, identity: str) -> Node:
        return self.order.nodes[self.order.position[identity]]

    def _common(self, index: int, element: Any) -> dict[str, Any]:
        return {"model": self.model, "mrid": element.mrid, "name": element.name, "index": index}

    def _at_node(self, index: int, element: Any, nodes: dict[str, int]) -> dict[str, Any]:
        return {**self._common(index, element), "node_id": nodes[element.node]}

    def _customers_by_feeder(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for load in self.case.loads:
            found[self.feeder_of_node[self.order.position[load.node]]] += load.customers
        return found


def _same(element: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(element, name) for name in names}


def _keys(rows: Iterable[Substation]) -> dict[str, int]:
    return {row.name: row.pk for row in rows}


def _pk(rows: Sequence[Feeder], position: int) -> int | None:
    return rows[position].pk if position >= 0 else None


def _limit_key(node: Node) -> tuple[float, float, float]:
    return node.nominal_kv, node.low_pu, node.high_pu


def _profile(profile: Profile, model: NetworkModel) -> LoadProfile:
    p, q = np.asarray(profile.p, "<f4"), np.asarray(profile.q, "<f4")
    return LoadProfile(
        model=model,
        name=profile.name,
        step_s=profile.step_s,
        start_at=datetime.fromisoformat(profile.start),
        values_p=p.tobytes(),
        values_q=None if np.array_equal(p, q) else q.tobytes(),
        mean_p=float(p.mean(dtype=np.float64)),
        std_p=float(p.std(dtype=np.float64)),
        mean_q=float(q.mean(dtype=np.float64)),
        std_q=float(q.std(dtype=np.float64)),
    )
