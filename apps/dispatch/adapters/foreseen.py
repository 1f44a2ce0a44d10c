"""Statements of the look ahead gathered as troubles of now are: by feeder, and a transformer by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.scene import PERCENT
from apps.dispatch.adapters.troubles import Group
from apps.dispatch.choices.proposal import Breach

_BREACH = {
    "overload": Breach.OVERLOAD,
    "voltage-low": Breach.VOLTAGE_LOW,
    "voltage-high": Breach.VOLTAGE_HIGH,
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    breach: Breach
    source: str
    place: str
    elements: tuple[str, ...]  # mRIDs, the likeliest first
    element_name: str
    value: float  # that one future in twenty reaches
    limit: float
    unit: str
    customers: int
    probability: float  # of the likeliest element
    begins_at: datetime
    ends_at: datetime


def foreseen(
    network: AssembledNetwork,
    groups: Sequence[Group],
    group_of_node: npt.NDArray[np.intp],
    statements: Iterable[Mapping[str, Any]],
) -> list[Foreseen]:
    """The likeliest first. What the network has no longer, and the network as a whole, is left out."""
    found: dict[tuple[Breach, str], list[Mapping[str, Any]]] = defaultdict(list)
    place: dict[str, str] = {}
    for told in statements:
        breach, at = _BREACH.get(told["breach"]), _place(network, groups, group_of_node, told["equipment_mrid"])
        if breach is not None and at is not None:
            found[breach, at[0]].append(told)
            place[at[0]] = at[1]
    troubles = [_gathered(network, *key, place[key[1]], rows) for key, rows in found.items()]
    return sorted(troubles, key=lambda one: (-one.probability, one.begins_at, one.source))


def _place(
    network: AssembledNetwork, groups: Sequence[Group], group_of_node: npt.NDArray[np.intp], mrid: str
) -> tuple[str, str] | None:
    """Source and place, as troubles of now have them."""
    if (unit := network.transformers.position.get(mrid)) is not None:
        return mrid, network.transformers.name[unit]
    if (line := network.lines.position.get(mrid)) is not None:
        node = int(network.node.bus[network.network.lines.to_node[line]])
    elif (found := network.nodes.position.get(mrid)) is not None and found < network.n_display_nodes:
        node = int(found)
    else:
        return None
    group = groups[int(group_of_node[node])]
    return group.source, group.path or group.name


def _gathered(
    network: AssembledNetwork, breach: Breach, source: str, place: str, rows: Sequence[Mapping[str, Any]]
) -> Foreseen:
    order = sorted(rows, key=lambda told: -told["probability"])
    likeliest, mrids = order[0], tuple(dict.fromkeys(told["equipment_mrid"] for told in order))
    limit = PERCENT if breach == Breach.OVERLOAD else _limit(network, breach, likeliest["equipment_mrid"])
    reaches = likeliest["reaches"]
    return Foreseen(
        breach=breach,
        source=source,
        place=place,
        elements=mrids,
        element_name=likeliest["equipment_name"],
        value=limit if reaches is None else float(reaches),
        limit=limit,
        unit=likeliest["unit"],
        customers=0 if breach == Breach.OVERLOAD else _customers(network, mrids),
        probability=float(likeliest["probability"]),
        begins_at=datetime.fromisoformat(likeliest["begins_at"]),
        ends_at=datetime.fromisoformat(likeliest["ends_at"]),
    )


def _limit(network: AssembledNetwork, breach: Breach, mrid: str) -> float:
    side = network.node.low_pu if breach == Breach.VOLTAGE_LOW else network.node.high_pu
    return float(side[network.nodes.position[mrid]])


def _customers(network: AssembledNetwork, mrids: Iterable[str]) -> int:
    at = [network.nodes.position[mrid] for mrid in mrids]
    return int(network.node.customers[at].sum())
