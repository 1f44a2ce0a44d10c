"""MQTT with JSON: messages of the topics that points name, and the status of the devices that send them."""

import time
from collections.abc import Sequence

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.broker import BrokerDriver
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import Intake, Values
from apps.telemetry.gateway.json_values import BadMessage, JsonReader, Row
from apps.telemetry.gateway.memory import joined
from apps.telemetry.rules.mqtt import topic_filter_parts
from gridops.protocols.mqtt import Message


class MqttDriver(BrokerDriver):
    def __init__(self, config: GatewayConfig, intake: Intake) -> None:
        super().__init__(config, intake)
        self._reader = JsonReader(config.points, config.settings)
        self._status_filters = {text: topic_filter_parts(text) for text in config.settings["status_topics"]}
        self._up_words = {word.lower() for word in config.settings["up_words"]}

    def subscriptions(self) -> list[tuple[str, int]]:
        qos = self.config.settings["qos"]
        return [(topic, qos) for topic in (*self._reader.topics, *self._status_filters)]

    def read(self, messages: Sequence[Message]) -> Values:
        told: list[Values] = []
        rows: list[Row] = []
        for message in messages:
            device = self._device_of(message.topic)
            if device is not None:
                # What came before belongs before it.
                told += [self._kept(rows), self._status(device, message.payload)]
                rows = []
            elif self._reader.is_known(message.topic):
                rows += self._rows(message)
            else:
                self.intake.refuse(f"topic {message.topic[:80]!r} is that of no point")
        return joined([one for one in (*told, self._kept(rows)) if len(one)])

    def _kept(self, rows: Sequence[Row]) -> Values:
        values = _values(rows)
        self.last.keep(values)
        return values

    def _rows(self, message: Message) -> list[Row]:
        try:
            rows, faults = self._reader.read(message.topic, message.payload)
        except BadMessage as error:
            self.intake.refuse(f"{message.topic}: {error}")
            return []
        for fault in faults:
            self.intake.refuse(f"{message.topic}: {fault}")
        return rows

    def _device_of(self, topic: str) -> str | None:
        """`plant/m1` of plant/m1/status."""
        parts = topic.split("/")
        for wanted in self._status_filters.values():
            if len(parts) == len(wanted) and all(w in ("+", part) for w, part in zip(wanted, parts, strict=True)):
                return "/".join(parts[: wanted.index("+") + 1])
        return None

    def _status(self, name: str, payload: bytes) -> Values:
        word = payload[:100].decode("utf-8", "replace").strip().strip('"')
        device = self.device(name)
        device.heard_at_s = time.time()
        if word.lower() in self._up_words:
            device.became(LinkState.UP, f"says {word!r}")
            return joined([])
        device.became(LinkState.DOWN, f"says {word!r}")
        return self.last.lost(self._reader.slots_of(name))


def _values(rows: Sequence[Row]) -> Values:
    return Values.of(
        [row.slot for row in rows],
        [row.value for row in rows],
        quality=[row.quality for row in rows],
        at_us=[row.at_us for row in rows],
    )
