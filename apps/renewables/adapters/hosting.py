"""From options and states to the engine's hosting capacity, and back to named rows."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.renewables.choices import HostingReactive
from apps.renewables.models import HostingNode
from apps.state.adapters.security import branch_named, node_named
from gridops.engine.hosting.nodes import NodeHosting, NoState, host_nodes
from gridops.engine.hosting.risk import NO_FEEDER, Growth, Risk, Sites, hosting_risk, penetration_at
from gridops.engine.security.hosting import Addition
from gridops.engine.security.hosting_limits import HostingLimit
from gridops.engine.security.screening import Limits
from gridops.engine.security.volt_var import CATEGORY_B, VoltVar
from gridops.engine.security.zones import OperatingPoint

NoBase = NoState
FEEDS_IN = 1.0
TOLERANCE_KW, RELATIVE = 0.5, 0.01
LEVELS, SPREAD = 20, 0.7
RISKS = (0.05, 0.5)
PERCENT = 100.0
_SENTENCES = {
    HostingLimit.VOLTAGE_LOW: "the voltage at {name} falls below its limit",
    HostingLimit.VOLTAGE_HIGH: "the voltage at {name} rises above its limit",
    HostingLimit.RISE: "the plant alone raises the voltage at {name} by more than it may",
    HostingLimit.OVERLOAD: "{name} is loaded beyond what is allowed",
}
_OTHERS = {
    HostingLimit.NONE: "Nothing breaks up to the most that was tried.",
    HostingLimit.NO_SOLUTION: "Beyond it no power flow has a solution.",
    HostingLimit.DEAD: "It has no supply.",
}

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Feeders:
    """Of each display node its feeder, by position in the names; NO_FEEDER where it is on none."""

    of_node: npt.NDArray[np.int32]
    mrid: Sequence[str]
    name: Sequence[str]


def hosted(
    points: Sequence[OperatingPoint], network: AssembledNetwork, options: Mapping[str, Any], progress: Progress
) -> list[NodeHosting]:
    """Per display node. Raises NoBase."""
    nodes = np.arange(network.n_display_nodes, dtype=np.int32)
    ratio, curve = _reactive(options)
    addition = Addition(FEEDS_IN, ratio, options["most_kw"], TOLERANCE_KW, RELATIVE, curve)
    return host_nodes(points, _limits(network, options), nodes, addition, progress=progress)


def risked(
    points: Sequence[OperatingPoint],
    network: AssembledNetwork,
    feeders: Feeders,
    options: Mapping[str, Any],
    *,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    sites = _sites(network, feeders)
    ratio, curve = _reactive(options)
    most = options["penetration_percent"] / PERCENT
    levels = most * (np.arange(1, LEVELS + 1) / LEVELS) ** 2  # closer where little has come
    growth = Growth(options["deployments"], levels, options["plant_kw"], SPREAD, ratio, curve)
    generator = np.random.default_rng(seed)
    found = hosting_risk(points, _limits(network, options), sites, growth, generator=generator, progress=progress)
    return _risk_document(found, sites, feeders)


def _limits(network: AssembledNetwork, options: Mapping[str, Any]) -> Limits:
    node, rise = network.node, options["rise_percent"]
    return Limits(
        node.low_pu,
        node.high_pu,
        node.customers.astype(np.float64),
        loading=options["loading_percent"] / PERCENT,
        rise_pu=rise / PERCENT if rise else np.inf,
    )


def _reactive(options: Mapping[str, Any]) -> tuple[float, VoltVar | None]:
    """kvar for a kW that is fed in, or the curve that says it."""
    how = HostingReactive(options["reactive"])
    if how == HostingReactive.VOLT_VAR:
        return 0.0, CATEGORY_B
    tangent = math.tan(math.acos(options["cos_phi"]))
    return (tangent if how == HostingReactive.DELIVERS else -tangent), None


def _sites(network: AssembledNetwork, feeders: Feeders) -> Sites:
    """Where somebody draws power a plant may come, the likelier the more is drawn there."""
    is_load = network.injection.kind == CONSUMER
    bus = network.node.bus[network.network.injection_node[is_load]]
    drawn = np.asarray(np.bincount(bus, -network.injection.p_kw[is_load], network.n_display_nodes), np.float64)
    own = feeders.of_node
    node = np.flatnonzero((drawn > 0) & (own >= 0)).astype(np.int32)
    reference = np.bincount(own[node], drawn[node], len(feeders.mrid))
    return Sites(node, own[node], drawn[node], _of_all(network, own), np.asarray(reference, np.float64))


def _of_all(network: AssembledNetwork, own: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Terminals belong to the feeder of their bus."""
    return np.where(network.node.bus < len(own), own[np.minimum(network.node.bus, len(own) - 1)], NO_FEEDER)


def _risk_document(found: Risk, sites: Sites, feeders: Feeders) -> dict[str, Any]:
    rows = [
        {
            "mrid": feeders.mrid[number],
            "name": feeders.name[number],
            "reference_kw": round(float(reference), 1),
            "share": _rounded(found.feeder[number]),
            **_at_risks(found.penetration, found.feeder[number], float(reference)),
        }
        for number, reference in enumerate(sites.reference_kw.tolist())
        if reference > 0
    ]
    return {
        "penetration": _rounded(found.penetration),
        "added_kw": _rounded(found.added_kw),
        "network": _rounded(found.network),
        "by_voltage": _rounded(found.by_voltage),
        "by_loading": _rounded(found.by_loading),
        "reference_kw": round(float(sites.reference_kw.sum()), 1),
        **_at_risks(found.penetration, found.network, float(sites.reference_kw.sum())),
        "feeders": rows,
    }


def _at_risks(penetration: npt.NDArray[np.float64], share: npt.NDArray[np.float64], reference: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for risk in RISKS:
        found = penetration_at(risk, penetration, share)
        name = f"p{round(PERCENT * risk)}"
        told[name] = _number(found)
        told[f"{name}_kw"] = _number(found * reference)
    return told


def rows_of(found: Sequence[NodeHosting], network: AssembledNetwork, feeders: Feeders) -> list[HostingNode]:
    return [_row(one, network, feeders) for one in found]


def _row(told: NodeHosting, network: AssembledNetwork, feeders: Feeders) -> HostingNode:
    found, feeder = told.found, int(feeders.of_node[told.found.node])
    element = _element(network, found.limit, found.element)
    scale = 1.0 if found.limit in {HostingLimit.VOLTAGE_LOW, HostingLimit.VOLTAGE_HIGH} else PERCENT
    named = node_named(network, found.node)
    return HostingNode(
        mrid=named["mrid"],
        name=named["name"],
        feeder_mrid=feeders.mrid[feeder] if feeder >= 0 else None,
        feeder_name=feeders.name[feeder] if feeder >= 0 else "",
        nominal_kv=float(network.network.nominal_kv[found.node]),
        capacity_kw=found.capacity_kw,
        limit=found.limit.value,
        element_mrid=element.get("mrid", ""),
        element_name=element.get("name", ""),
        value=_number(scale * found.value),
        allowed=_number(scale * found.allowed),
        unit="" if not element else "pu" if scale < PERCENT else "%",
        hour=told.hour,
        course={
            "kw": _rounded(told.course_kw),
            "own_pu": _rounded(told.own_pu),
            "value": _rounded(scale * told.limit_value),
        },
    )


def _element(network: AssembledNetwork, limit: HostingLimit, element: int) -> dict[str, str]:
    if limit == HostingLimit.OVERLOAD:
        return branch_named(network, element)
    return node_named(network, element) if limit in _SENTENCES else {}


def sentence(limit: str, element_name: str) -> str:
    """What breaks beyond the capacity, in words."""
    which = HostingLimit(limit)
    return f"Beyond it {_SENTENCES[which].format(name=element_name)}." if which in _SENTENCES else _OTHERS[which]


def _rounded(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [_number(round(value, 5)) for value in values.tolist()]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
