"""A session with a broker: connects again by itself, hands over messages in bursts, acknowledges when told to.

Paho works in a thread of its own; all that is public here belongs to the event loop.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gridops.protocols.mqtt.broker import Broker, Message

MOST_WAITING = 50_000
_CONNECT_S = 10.0
_LOOK_S = 0.005


class State(Enum):
    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class Traffic:
    messages_in: int = 0
    messages_out: int = 0
    heard_at_s: float | None = None
    dropped: int = 0


class Session:
    """`will` is published by the broker when we are lost, and by us when we leave."""

    def __init__(
        self,
        broker: Broker,
        subscriptions: Sequence[tuple[str, int]],
        on_state: Callable[[State, str], None],
        *,
        will: Callable[[], Message] | None = None,
    ) -> None:
        self._broker, self._subscriptions, self._on_state = broker, list(subscriptions), on_state
        self._make_will, self._will = will, None if will is None else will()
        self.traffic = Traffic()
        self._client: Client | None = None
        self._connection = 0
        self._waiting: deque[Message] = deque()
        self._arrived, self._ended = asyncio.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_up = False
        self._why = ""

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        retry_s = self._broker.retry_s
        while True:
            try:
                was_up = await self._one_connection()
            except (OSError, ValueError) as error:
                was_up, self._why = False, f"{type(error).__name__}: {error}"
            self._is_up = False
            self._on_state(State.DOWN, f"{self._broker.host}:{self._broker.port}: {self._why}")
            retry_s = self._broker.retry_s if was_up else min(2 * retry_s, self._broker.longest_retry_s)
            await asyncio.sleep(retry_s)

    async def burst(self) -> list[Message]:
        """Everything that has arrived; waits for the first."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Those of an earlier connection come again by themselves, and are acknowledged then."""
        client = self._client
        if client is None:
            return
        for message in messages:
            if message.qos and message.connection == self._connection:
                client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """False: lost, there is no connection just now."""
        if self._client is None or not self._is_up:
            return False
        self._client.publish(topic, payload, qos=qos, retain=retain)
        self.traffic.messages_out += 1
        return True

    async def deliver(self, messages: Sequence[Message], *, patience_s: float) -> bool:
        """True: the broker has acknowledged all of them. False: it is not known of every one, send them again."""
        client, connection = self._client, self._connection
        if client is None or not self._is_up:
            return False
        told = [client.publish(one.topic, one.payload, qos=1, retain=one.is_retained) for one in messages]
        self.traffic.messages_out += len(told)
        end = time.monotonic() + patience_s
        for one in told:
            while one.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and not one.is_published():
                if connection != self._connection or not self._is_up or time.monotonic() > end:
                    return False
                await asyncio.sleep(_LOOK_S)
        return all(one.rc == MQTTErrorCode.MQTT_ERR_SUCCESS for one in told)

    async def _one_connection(self) -> bool:
        """Says whether it was ever up. Raises OSError or ValueError if it cannot be begun."""
        self._connection += 1
        self._ended.clear()
        self._why = "no connection"
        client = self._client = self._prepared()
        was_up = False
        try:
            await asyncio.to_thread(self._connect, client)
            client.loop_start()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CONNECT_S):
                    await self._ended.wait()
            if self._is_up:
                was_up = True
                await self._ended.wait()
        finally:
            self._client = None
            self._leave(client)
            await asyncio.to_thread(client.loop_stop)
        return was_up

    def _leave(self, client: Client) -> None:
        if self._will is not None and self._is_up:
            client.publish(self._will.topic, self._will.payload, qos=self._will.qos, retain=self._will.is_retained)
        self._is_up = False
        client.disconnect()

    def _connect(self, client: Client) -> None:
        broker = self._broker
        if not broker.is_version_5:
            client.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own lack
        properties.SessionExpiryInterval = broker.session_s if broker.keeps_session else 0
        properties.ReceiveMaximum = 65_535
        client.connect(
            broker.host,
            broker.port,
            keepalive=broker.keepalive_s,
            clean_start=not broker.keeps_session,
            properties=properties,
        )

    def _prepared(self) -> Client:
        client, number = self._broker.client(), self._connection
        if self._make_will is not None:
            will = self._will = self._make_will()
            client.will_set(will.topic, will.payload, qos=will.qos, retain=will.is_retained)
        client.connect_timeout = _CONNECT_S

        def told(work: Callable[..., None], *arguments: Any) -> None:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(work, number, *arguments)

        def connected(_: Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
            if reason.is_failure:
                told(self._end, f"refused: {reason}")
            elif self._subscriptions:
                client.subscribe(self._subscriptions)
            else:
                told(self._begin, "connected")

        def subscribed(_: Client, __: Any, ___: int, reasons: list[Any], ____: Any) -> None:
            bad = [topic for (topic, _), reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure]
            told(self._begin, f"connected, but not allowed to hear {', '.join(bad[:3])}" if bad else "connected")

        client.on_connect = connected
        client.on_subscribe = subscribed
        client.on_disconnect = lambda _, __, ___, reason, ____: told(self._end, f"{reason}")
        client.on_message = lambda _, __, message: told(self._message, message)
        return client

    def _begin(self, connection: int, reason: str) -> None:
        if connection == self._connection and self._client is not None:
            self._is_up = True
            self._on_state(State.UP, f"{self._broker.host}:{self._broker.port}: {reason}")

    def _end(self, connection: int, reason: str) -> None:
        if connection == self._connection and not self._ended.is_set():
            self._why = reason
            self._ended.set()

    def _message(self, connection: int, message: MQTTMessage) -> None:
        self.traffic.messages_in += 1
        self.traffic.heard_at_s = time.time()
        if message.qos == 0 and len(self._waiting) >= MOST_WAITING:
            self.traffic.dropped += 1
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        one = Message(topic, bytes(message.payload), message.qos, bool(message.retain), message.mid, connection)
        self._waiting.append(one)
        self._arrived.set()
