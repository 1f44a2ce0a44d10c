"""Which nodes are told of together, and where an element is, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from apps.assets.models import ACLineSegment, ConnectivityNode, IdentifiedObject, PowerTransformer


@dataclass(frozen=True, slots=True)
class Group:
    """A feeder, else a substation, else the rest of the network."""

    source: str  # key of its alarms
    name: str
    path: str  # of what is in it: station / feeder


@dataclass(frozen=True, slots=True)
class Places:
    groups: Sequence[Group]
    group_of_node: npt.NDArray[np.intp]  # per display node
    line_path: Sequence[str]
    transformer_path: Sequence[str]


def places(model_id: int) -> Places:
    rows = _ordered(ConnectivityNode, model_id).filter(is_terminal=False)
    columns = rows.values_list(
        "feeder__mrid", "feeder__name", "feeder__substation__name", "substation__mrid", "substation__name"
    )
    found = [_group(*row) for row in columns]
    groups = list(dict.fromkeys(found))
    number = {group: n for n, group in enumerate(groups)}
    lines = _ordered(ACLineSegment, model_id).values_list("feeder__substation__name", "feeder__name")
    transformers = _ordered(PowerTransformer, model_id).values_list("substation__name", flat=True)
    return Places(
        groups=groups,
        group_of_node=np.array([number[group] for group in found], np.intp),
        line_path=[_path(*steps) for steps in lines],
        transformer_path=[name or "" for name in transformers],
    )


def _ordered(kind: type[IdentifiedObject], model_id: int) -> QuerySet[Any]:
    return kind._default_manager.filter(model_id=model_id).order_by("index")


def _group(
    feeder_mrid: object, feeder: str | None, feeds: str | None, substation_mrid: object, substation: str | None
) -> Group:
    if feeder_mrid is not None:
        return Group(str(feeder_mrid), f"feeder {feeder}", _path(feeds, feeder))
    if substation_mrid is not None:
        return Group(str(substation_mrid), f"substation {substation}", _path(substation))
    return Group("network", "the transmission level", "")


def _path(*steps: str | None) -> str:
    return " / ".join(filter(None, steps))
