"""N-1, hosting capacity and short circuit of a study: the live state's own functions, on the study's state."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from apps.state.adapters.security import Screening, branch_named, fault_levels, node_named
from apps.studies.adapters.studied import Studied
from gridops.engine.security.hosting import Addition, Hosting, HostingBase, hosting_capacity
from gridops.engine.security.hosting_limits import HostingLimit
from gridops.engine.security.screening import Limits

_SENTENCES = {
    HostingLimit.VOLTAGE_LOW: "the voltage at {name} falls below its limit",
    HostingLimit.VOLTAGE_HIGH: "the voltage at {name} rises above its limit",
    HostingLimit.OVERLOAD: "{name} is loaded beyond its rating",
}


def screened(studied: Studied, *, least_kv: float, most: int) -> dict[str, Any]:
    found = Screening(studied.network).run(studied.point, least_kv=least_kv, most=most)
    return {"outages": found.outages, "insecure": found.insecure, "contingencies": found.contingencies}


class NoBase(ValueError):
    """The study's own state has no solution."""


def hosted(
    studied: Studied, nodes: Sequence[int], addition: Addition, *, progress: Callable[[float], None]
) -> list[dict[str, Any]]:
    """Per node, the greatest capacity first."""
    node = studied.network.node
    limits = Limits(node.low_pu, node.high_pu, node.customers.astype(np.float64))
    base = HostingBase(studied.point, limits)
    if base.reason:
        raise NoBase(base.reason)
    found = hosting_capacity(base, nodes, addition, progress=progress)
    return [_told(studied, hosting) for hosting in sorted(found, key=lambda one: (-one.capacity_kw, one.node))]


def _told(studied: Studied, hosting: Hosting) -> dict[str, Any]:
    element = _element(studied, hosting)
    scale = 100.0 if hosting.limit == HostingLimit.OVERLOAD else 1.0
    return {
        **node_named(studied.network, hosting.node),
        "nominal_kv": float(studied.network.network.nominal_kv[hosting.node]),
        "capacity_kw": hosting.capacity_kw,
        "limit": hosting.limit.value,
        "element": element,
        "value": _number(scale * hosting.value),
        "allowed": _number(scale * hosting.allowed),
        "unit": "%" if hosting.limit == HostingLimit.OVERLOAD else "pu",
        "sentence": _sentence(hosting, element),
    }


def _element(studied: Studied, hosting: Hosting) -> dict[str, str] | None:
    if hosting.limit == HostingLimit.OVERLOAD:
        return branch_named(studied.network, hosting.element)
    if hosting.limit in {HostingLimit.VOLTAGE_LOW, HostingLimit.VOLTAGE_HIGH}:
        return node_named(studied.network, hosting.element)
    return None


def _sentence(hosting: Hosting, element: dict[str, str] | None) -> str:
    if element is not None:
        return f"Beyond it {_SENTENCES[hosting.limit].format(name=element['name'])}."
    return {
        HostingLimit.NONE: "Nothing breaks up to the most that was tried.",
        HostingLimit.NO_SOLUTION: "Beyond it no power flow has a solution.",
        HostingLimit.DEAD: "It has no supply.",
    }[hosting.limit]


def fault_documents(studied: Studied, node: int, *, source_mva: float, source_rx: float) -> list[dict[str, Any]]:
    closed = studied.point.topology.switch_closed
    (levels,) = fault_levels(studied.network, closed, [node], source_mva=source_mva, source_rx=source_rx)
    return [asdict(level) for level in levels]


def addition(direction: float, q_per_kw: float, *, most_kw: float) -> Addition:
    """To a thousandth of the most that is tried, and never coarser than 1 kW for what is small."""
    return Addition(direction, q_per_kw, most_kw, max(0.1, min(1.0, most_kw / 1000)))


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
