"""This file is read before Django is set up, so its fixtures import what needs models themselves."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from tests.apps.live.sockets import Connect, Field, Socket, ValkeyServer, signed_in

if TYPE_CHECKING:
    from apps.accounts.models import User


@pytest.fixture
def valkey(settings: Any) -> Iterator[ValkeyServer]:
    with tempfile.TemporaryDirectory(prefix="gof") as folder:
        server = ValkeyServer(Path(folder))
        server.start()
        settings.LIVE_REDIS_URL = server.url
        yield server
        server.stop()


@pytest.fixture
def field_state(monkeypatch: pytest.MonkeyPatch) -> Field:
    from apps.accounts.choices import Permission
    from apps.live import messages, registry
    from apps.live.choices import TopicKind
    from apps.live.registry import Topic

    state = Field()
    topics = [
        Topic("alarms", Permission.VIEW_ALARMS, TopicKind.JOURNAL, state.read_alarms),
        Topic("system", Permission.VIEW_GRID, TopicKind.TEXT, lambda: state.system),
        Topic("grid", Permission.VIEW_GRID, TopicKind.BINARY, lambda: state.frame),
    ]
    monkeypatch.setattr(messages, "BEAT_S", 0.5)
    monkeypatch.setattr(registry, "_topics", {topic.name: topic for topic in topics})
    return state


@pytest.fixture
def operator(transactional_db: None) -> "User":
    from apps.accounts.choices import Role
    from apps.accounts.models import User

    return User.objects.create_user("olga", password="a long password", role=Role.OPERATOR)


@pytest.fixture
async def connect(transactional_db: None) -> AsyncIterator[Connect]:
    from channels.routing import URLRouter

    from apps.live.session import signed_in as session_of
    from apps.live.urls import websocket_urlpatterns

    application = session_of(URLRouter(websocket_urlpatterns))
    sockets: list[Socket] = []

    async def open_socket(user: "User | None") -> Socket:
        socket = Socket(application, await sync_to_async(signed_in)(user) if user else None)
        await socket.connect()
        sockets.append(socket)
        return socket

    yield open_socket
    for socket in sockets:
        await socket.leave()
