"""Topics of Sparkplug B: spBv1.0/group/TYPE/edge[/device]; and the state of a primary host."""

from dataclasses import dataclass
from enum import StrEnum

import orjson

NAMESPACE = "spBv1.0"


class Kind(StrEnum):
    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    NDATA = "NDATA"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    DDATA = "DDATA"


OF_DEVICES = frozenset({Kind.DBIRTH, Kind.DDEATH, Kind.DDATA})
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Topic:
    kind: Kind
    group: str
    edge: str
    device: str = ""


def parse_topic(text: str) -> Topic | None:
    """None: not a message of an edge node, such as a command or the state of a host."""
    parts = text.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or not all(parts):
        return None
    kind = _KINDS.get(parts[2])
    if kind is None or (kind in OF_DEVICES) != (len(parts) == 5):
        return None
    return Topic(kind, parts[1], parts[3], parts[4] if len(parts) == 5 else "")


def command_topic(group: str, edge: str, device: str = "") -> str:
    return f"{NAMESPACE}/{group}/DCMD/{edge}/{device}" if device else f"{NAMESPACE}/{group}/NCMD/{edge}"


def state_topic(host_id: str) -> str:
    return f"{NAMESPACE}/STATE/{host_id}"


def state_payload(*, is_online: bool, at_ms: int) -> bytes:
    """The time is that of the connection, the same in the birth and in the will: so a late will is recognised."""
    return orjson.dumps({"online": is_online, "timestamp": at_ms})
