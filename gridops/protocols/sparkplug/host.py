"""What a host application knows of edge nodes and devices, and what it makes of their messages. No I/O, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gridops.protocols.sparkplug.metrics import Metric, metric_of
from gridops.protocols.sparkplug.payload import BadPayload, decode
from gridops.protocols.sparkplug.topics import Kind, Topic

_BDSEQ = b"bdSeq"
_SEQUENCES = 256


class Source(NamedTuple):
    """An edge node, or one of its devices."""

    group: str
    edge: str
    device: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, self))

    @property
    def node(self) -> "Source":
        return Source(self.group, self.edge)


class Said(NamedTuple):
    source: Source
    name: str
    metric: Metric
    # A message before it is missing, perhaps a birth that gave its alias to another metric.
    is_doubtful: bool


@dataclass(slots=True)
class Heard:
    """What follows from one message."""

    said: list[Said] = field(default_factory=list)
    born: list[Source] = field(default_factory=list)
    dead: list[Source] = field(default_factory=list)
    ask_birth: Source | None = None
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Node:
    is_born: bool = False
    is_doubtful: bool = False
    bdseq: int | None = None
    next_seq: int | None = None
    devices: set[str] = field(default_factory=set)
    by_alias: dict[tuple[str, int], bytes] = field(default_factory=dict)
    datatypes: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def forget_device(self, device: str) -> None:
        self.devices.discard(device)
        self.by_alias = {key: name for key, name in self.by_alias.items() if key[0] != device}
        self.datatypes = {key: kind for key, kind in self.datatypes.items() if key[0] != device}


class Host:
    def __init__(self) -> None:
        self._nodes: dict[Source, _Node] = {}

    def datatype(self, source: Source, metric: str) -> int | None:
        """With which the metric was born; None while its node or device is not alive."""
        node = self._nodes.get(source.node)
        if node is None or not node.is_born or (source.device and source.device not in node.devices):
            return None
        return node.datatypes.get((source.device, metric.encode()))

    def hear(self, topic: Topic, octets: bytes) -> Heard:
        heard = Heard()
        source = Source(topic.group, topic.edge, topic.device)
        try:
            payload = decode(octets)
        except BadPayload as error:
            heard.refused.append(f"{source}: {error}")
            return heard
        node = self._nodes.setdefault(source.node, _Node())
        if topic.kind is Kind.NDEATH:
            self._node_death(node, source, payload, heard)
        elif topic.kind is Kind.NBIRTH:
            self._node_birth(source, payload, heard)
        elif not node.is_born:
            heard.ask_birth = source.node
            heard.refused.append(f"{source}: {topic.kind} before a birth")
        else:
            self._of_born(node, topic.kind, source, payload, heard)
        return heard

    def _node_birth(self, source: Source, payload: Any, heard: Heard) -> None:
        before = self._nodes[source]
        node = self._nodes[source] = _Node(is_born=True, bdseq=_bdseq(payload))
        node.next_seq = (payload.seq + 1) % _SEQUENCES if payload.HasField("seq") else None
        heard.born.append(source)
        # Its devices are gone until they are born again.
        heard.dead += [Source(source.group, source.edge, device) for device in sorted(before.devices)]
        heard.said += self._birth_metrics(node, source, payload)

    def _node_death(self, node: _Node, source: Source, payload: Any, heard: Heard) -> None:
        bdseq = _bdseq(payload)
        if node.is_born and None not in (bdseq, node.bdseq) and bdseq != node.bdseq:
            heard.refused.append(f"{source}: death of an earlier session")
            return
        heard.dead += [source, *(Source(source.group, source.edge, device) for device in sorted(node.devices))]
        self._nodes[source] = _Node()

    def _of_born(self, node: _Node, kind: Kind, source: Source, payload: Any, heard: Heard) -> None:
        self._count(node, source, payload, heard)
        if kind is Kind.DBIRTH:
            node.forget_device(source.device)
            node.devices.add(source.device)
            heard.born.append(source)
            heard.said += self._birth_metrics(node, source, payload)
        elif kind is Kind.DDEATH:
            node.forget_device(source.device)
            heard.dead.append(source)
        elif kind is Kind.DDATA and source.device not in node.devices:
            heard.ask_birth = source.node
            heard.refused.append(f"{source}: data before the birth of the device")
        else:
            heard.said += self._data_metrics(node, source, payload, heard)

    @staticmethod
    def _count(node: _Node, source: Source, payload: Any, heard: Heard) -> None:
        if not payload.HasField("seq"):
            return
        if node.next_seq is not None and payload.seq != node.next_seq:
            node.is_doubtful = True
            heard.refused.append(f"{source}: message {payload.seq} came where {node.next_seq} was due")
        if node.is_doubtful:
            heard.ask_birth = source.node
        node.next_seq = (payload.seq + 1) % _SEQUENCES

    @staticmethod
    def _birth_metrics(node: _Node, source: Source, payload: Any) -> Iterator[Said]:
        payload_ms = payload.timestamp if payload.HasField("timestamp") else None
        for raw in payload.metrics:
            if not raw.HasField("name"):
                continue
            if raw.HasField("alias"):
                node.by_alias[source.device, raw.alias] = raw.name
            node.datatypes[source.device, raw.name] = raw.datatype
            metric = metric_of(raw, raw.datatype, payload_ms)
            if payload_ms is not None and not metric.is_historical:
                # A birth says what is so now; the time of a metric in it may be that of its last change.
                metric = replace(metric, at_ms=payload_ms)
            yield Said(source, _text(raw.name), metric, node.is_doubtful)

    @staticmethod
    def _data_metrics(node: _Node, source: Source, payload: Any, heard: Heard) -> Iterator[Said]:
        payload_ms = payload.timestamp if payload.HasField("timestamp") else None
        device = source.device
        for raw in payload.metrics:
            name = raw.name if raw.HasField("name") else node.by_alias.get((device, raw.alias))
            if name is None:
                heard.refused.append(f"{source}: alias {raw.alias} was never born")
                heard.ask_birth = source.node
                continue
            datatype = raw.datatype if raw.HasField("datatype") else node.datatypes.get((device, name), 0)
            is_doubtful = node.is_doubtful and not raw.HasField("name")
            yield Said(source, _text(name), metric_of(raw, datatype, payload_ms), is_doubtful)


def _bdseq(payload: Any) -> int | None:
    for raw in payload.metrics:
        if raw.name == _BDSEQ:
            return int(raw.long_value if raw.HasField("long_value") else raw.int_value)
    return None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
