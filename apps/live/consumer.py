"""The only WebSocket consumer. It gives and never takes: there is no command that changes anything."""

import time
from functools import partial
from typing import Any

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY

from apps.accounts.models import User
from apps.live import messages
from apps.live.client import CLOSED, SIGNED_OUT, TOO_FAST, TOO_MANY, Client, Identity
from apps.live.hub import Hub, hub
from apps.live.registry import Topic, topics
from apps.live.threads import in_thread
from apps.live.wire import wire_of

MESSAGE_BYTES = 64 * 1024
MESSAGES_A_SECOND = 20
NAMES = 50


class BadMessage(ValueError):
    """What was sent cannot be understood; the text says what can be."""


def _identity(scope: dict[str, Any]) -> Identity | None:
    user, session = scope.get("user"), scope.get("session")
    if not isinstance(user, User) or not user.is_active:
        return None
    return Identity(
        user_id=user.pk,
        session_key=session.session_key if session is not None else None,
        session_hash=session.get(HASH_SESSION_KEY, "") if session is not None else user.get_session_auth_hash(),
        permissions=user.permissions,
    )


def _names(text: str) -> list[str]:
    try:
        message = orjson.loads(text)
    except ValueError:
        raise BadMessage('This is not JSON; send {"subscribe": ["alarms"]}.') from None
    if not isinstance(message, dict) or set(message) != {"subscribe"}:
        raise BadMessage('The only message understood is {"subscribe": ["alarms"]}; acts go by HTTP.')
    names = message["subscribe"]
    if not isinstance(names, list) or len(names) > NAMES or not all(isinstance(name, str) for name in names):
        raise BadMessage(f"'subscribe' takes a list of at most {NAMES} topic names.")
    return names


class LiveConsumer(AsyncWebsocketConsumer):
    client: Client | None = None
    hub: Hub

    async def connect(self) -> None:
        await self.accept()  # refused before this, a browser would not learn the code
        identity = await in_thread(partial(_identity, self.scope))
        self.hub = hub()
        if identity is None:
            await self._refuse(SIGNED_OUT)
        elif not self.hub.has_room_for(identity.user_id):
            await self._refuse(TOO_MANY)
        else:
            self.client = Client(identity=identity, send=self._write, close=self.close, wire=wire_of(self.scope))
            self._allowance, self._counted_at = float(MESSAGES_A_SECOND), time.monotonic()
            await self.hub.join(self.client)

    async def _refuse(self, code: int) -> None:
        CLOSED.labels(str(code)).inc()
        await self.close(code)

    async def _write(self, message: str | bytes) -> None:
        # As the consumer's own `send` would put it, without its detours: without a wire this runs once a frame.
        await self.base_send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.client is None:
            return
        if not self._has_allowance():
            await self.client.end(TOO_FAST)
            return
        try:
            if text_data is None or len(text_data) > MESSAGE_BYTES:
                raise BadMessage(f"Send text of at most {MESSAGE_BYTES} bytes.")
            names = dict.fromkeys(_names(text_data))
            await self.hub.subscribe(self.client, filter(None, [self._allowed(self.client, name) for name in names]))
        except BadMessage as error:
            self.client.offer("error message", messages.error(code="bad_message", message=str(error)))

    def _has_allowance(self) -> bool:
        now = time.monotonic()
        refill = (now - self._counted_at) * MESSAGES_A_SECOND
        self._allowance = min(MESSAGES_A_SECOND, self._allowance + refill) - 1
        self._counted_at = now
        return self._allowance >= 0

    def _allowed(self, client: Client, name: str) -> Topic | None:
        topic = topics().get(name)
        if topic is None:
            known = ", ".join(sorted(topics())) or "none"
            text = f"There is no topic {name[:40]!r}; there are: {known}."
            client.offer("error topic", messages.error(code="unknown_topic", message=text))
        elif topic.permission not in client.identity.permissions:
            text = f"The topic {name!r} needs the permission '{topic.permission.value}'."
            client.offer(f"error {name}", messages.error(code="forbidden", message=text))
        else:
            return topic
        return None

    async def disconnect(self, code: int) -> None:
        if self.client is not None:
            leaving, self.client = self.client, None
            await self.hub.leave(leaving)
