"""Sparkplug B: this host tells its state, asks for births, and takes what edge nodes and devices say."""

import time
from collections.abc import Callable, Sequence

from apps.telemetry.adapters import Quality
from apps.telemetry.choices import LinkState, RequestState
from apps.telemetry.gateway.broker import FIRST_US, LAST_US, BrokerDriver
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import NO_TIME, FieldAnswer, FieldCommand, Intake, Values
from apps.telemetry.gateway.memory import joined
from apps.telemetry.rules.sparkplug import parse_address
from gridops.protocols.mqtt import Message
from gridops.protocols.sparkplug import (
    NAMESPACE,
    Heard,
    Host,
    Said,
    Source,
    parse_topic,
    rebirth_request,
    state_payload,
    state_topic,
)
from gridops.protocols.sparkplug.metrics import Worth
from gridops.protocols.sparkplug.payload import BadPayload, command_payload
from gridops.protocols.sparkplug.topics import command_topic

_WORTH = {
    Worth.GOOD: 0,
    Worth.BAD: int(Quality.INVALID),
    Worth.STALE: int(Quality.QUESTIONABLE | Quality.OLD_DATA),
}
_DOUBT = int(Quality.QUESTIONABLE | Quality.INCONSISTENT)
_WRONG_CLOCK = int(Quality.QUESTIONABLE | Quality.CLOCK)
_NULL = int(Quality.INVALID)


class SparkplugDriver(BrokerDriver):
    # The standard wants it so: what this host misses is kept by the edge nodes, who see its state.
    keeps_session = False

    def __init__(self, config: GatewayConfig, intake: Intake) -> None:
        super().__init__(config, intake)
        self._slots: dict[tuple[Source, str], int] = {}
        self._by_source: dict[Source, list[int]] = {}
        for point in config.points:
            one = parse_address(point.address)
            source = Source(one.group, one.edge, one.device)
            self._slots[source, one.metric] = point.slot
            self._by_source.setdefault(source, []).append(point.slot)
        for source in sorted(self._by_source):
            self.device(str(source))
        self._host = Host()
        self._asked_at: dict[Source, float] = {}
        self._since_ms = 0

    def subscriptions(self) -> list[tuple[str, int]]:
        return [(f"{NAMESPACE}/{group}/#", 1) for group in sorted({source.group for source in self._by_source})]

    def will(self) -> Callable[[], Message] | None:
        host_id = self.config.settings["host_id"]
        if not host_id:
            return None

        def made() -> Message:
            self._since_ms = time.time_ns() // 1_000_000
            payload = state_payload(is_online=False, at_ms=self._since_ms)
            return Message(state_topic(host_id), payload, qos=1, is_retained=True)

        return made

    def connected(self) -> None:
        """Births may have been missed: everybody is asked for one, after they know that this host is there."""
        self._host = Host()
        self._asked_at.clear()
        host_id = self.config.settings["host_id"]
        if host_id and self.session is not None:
            payload = state_payload(is_online=True, at_ms=self._since_ms)
            self.session.publish(state_topic(host_id), payload, qos=1, retain=True)
        for node in sorted({source.node for source in self._by_source}):
            self._ask_birth(node)

    async def command(self, command: FieldCommand) -> FieldAnswer:
        """The standard knows no answer to a command: the device tells by its next value."""
        one = parse_address(command.address)
        source = Source(one.group, one.edge, one.device)
        datatype = self._host.datatype(source, one.metric)
        if self.session is None or datatype is None:
            return FieldAnswer(RequestState.NOT_SENT, f"{source} is not alive, or was not born with {one.metric}.")
        try:
            payload = command_payload(one.metric, command.value, datatype, time.time_ns() // 1_000_000)
        except BadPayload as error:
            return FieldAnswer(RequestState.NOT_SENT, f"It cannot be written: {error}.")
        if not self.session.publish(command_topic(one.group, one.edge, one.device), payload):
            return FieldAnswer(RequestState.NOT_SENT, "The broker is away.")
        return FieldAnswer(RequestState.ACCEPTED, "Published; only its value will tell.")

    def disconnected(self) -> Values:
        for device in self.devices.values():
            device.became(LinkState.UNKNOWN, "the broker is away")
        return self.last.lost(slot for slots in self._by_source.values() for slot in slots)

    def read(self, messages: Sequence[Message]) -> Values:
        told = []
        for message in messages:
            topic = parse_topic(message.topic)
            if topic is not None:
                told.append(self._after(self._host.hear(topic, message.payload)))
        return joined([one for one in told if len(one)])

    def _after(self, heard: Heard) -> Values:
        for reason in heard.refused:
            self.intake.refuse(reason[:200])
        if heard.ask_birth is not None:
            self._ask_birth(heard.ask_birth)
        lost = [slot for source in heard.dead for slot in self._by_source.get(source, ())]
        for source in heard.dead:
            self._became(source, LinkState.DOWN, "dead")
        for source in heard.born:
            self._became(source, LinkState.UP, "born")
        said = self._values(heard.said)
        self.last.keep(said)
        return joined([one for one in (self.last.lost(lost), said) if len(one)])

    def _became(self, source: Source, state: LinkState, reason: str) -> None:
        if source in self._by_source or source.device == "":
            self.device(str(source)).became(state, reason)

    def _values(self, said: Sequence[Said]) -> Values:
        """Metrics that no point names are none of ours: a birth tells all that a node has."""
        rows = []
        for one in said:
            slot = self._slots.get((one.source, one.name))
            if slot is not None:
                rows.append((slot, *_row(one)))
                self._heard(one.source)
        if not rows:
            return joined([])
        slots, value, quality, at_us, is_backfill = zip(*rows, strict=True)
        return Values.of(slots, value, quality=quality, at_us=at_us, is_backfill=is_backfill)

    def _heard(self, source: Source) -> None:
        device = self.device(str(source))
        device.heard_at_s = time.time()
        device.values_in += 1

    def _ask_birth(self, node: Source) -> None:
        now = time.monotonic()
        if self.session is None or now - self._asked_at.get(node, -1e9) < self.config.settings["rebirth_s"]:
            return
        self._asked_at[node] = now
        self.session.publish(command_topic(node.group, node.edge), rebirth_request(time.time_ns() // 1_000_000))


def _row(one: Said) -> tuple[float, int, int, bool]:
    metric = one.metric
    quality = _NULL if metric.value is None else _WORTH[metric.worth]
    if one.is_doubtful and metric.value is not None:
        quality |= _DOUBT if quality != _NULL else 0
    at_us = NO_TIME if metric.at_ms is None else metric.at_ms * 1000
    if at_us != NO_TIME and not FIRST_US <= at_us <= LAST_US:
        at_us, quality = NO_TIME, quality | (_WRONG_CLOCK if quality != _NULL else int(Quality.CLOCK))
    return (float("nan") if metric.value is None else metric.value), quality, at_us, metric.is_historical
