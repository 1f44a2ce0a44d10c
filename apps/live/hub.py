"""One hub a process: hears Valkey once, looks at Postgres once, and tells every socket of the process.

Valkey makes it fast, Postgres makes it true: with Valkey gone every listener is still current within two seconds.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone
from prometheus_client import Gauge

from apps.accounts.selectors import open_sessions, standing_of
from apps.live import messages, services, valkey
from apps.live.choices import TopicKind
from apps.live.client import SIGNED_OUT, STALLED, Client
from apps.live.loops import cancel, for_ever, wait_for
from apps.live.newest import Newest
from apps.live.registry import Topic, topics
from apps.live.snapshots import Snapshots
from apps.live.subscriber import Subscriber
from apps.live.threads import in_thread
from apps.live.watch import JournalWatch
from apps.live.wire import framed

logger = logging.getLogger(__name__)

LOOK_S = 1.0  # at Postgres, when nobody hints
SILENT_S, SILENT_WITHOUT_VALKEY_S = 5.0, 2.0  # a topic unheard for so long is read from Postgres
RECHECK_S = 15.0
FIRST_LOOK_S = 3.0

SOCKETS = Gauge("gridops_live_sockets", "Open live sockets of this process")


class Hub:
    def __init__(self) -> None:
        self.epoch: str | None = None
        self.clients: set[Client] = set()
        self._journal = JournalWatch()
        self._subscriber = Subscriber(address=valkey.url(), on_message=self._heard, on_change=self._push_changed)
        self._newest = Newest(self._subscriber)
        self._heads: dict[str, str] = {}
        self._database_is_up = False
        self._beaten_at = 0.0
        self._looked = asyncio.Event()
        self._wake = asyncio.Event()
        self._snapshots = Snapshots(self._newest)
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Lock()  # who comes while the last one leaves waits for the end, then begins anew

    # Sockets come and go

    def has_room_for(self, user_id: int) -> bool:
        open_now = sum(client.identity.user_id == user_id for client in self.clients)
        return open_now < int(settings.LIVE_SOCKETS_PER_USER)

    async def join(self, client: Client) -> None:
        self.clients.add(client)
        SOCKETS.inc()
        async with self._turn:
            if not self._tasks:
                self._start()
        client.start()
        await wait_for(self._looked, FIRST_LOOK_S)
        client.offer("hello", messages.hello(epoch=self.epoch, at=timezone.now()))

    async def leave(self, client: Client) -> None:
        if client in self.clients:
            self.clients.discard(client)
            SOCKETS.dec()
        await client.stop()
        async with self._turn:
            if not self.clients:
                await self._stop()

    async def subscribe(self, client: Client, wanted: Iterable[Topic]) -> None:
        chosen = list(wanted)
        # Hints first, so that nothing falls between; of values the newest is shown in the step that begins to tell.
        client.topics.update(topic.name for topic in chosen if topic.kind is TopicKind.JOURNAL)
        await asyncio.gather(*(self._snapshots.show(client, topic) for topic in chosen))

    def status(self) -> dict[str, Any]:
        return {
            "clients": len(self.clients),
            "database": self._database_word(),
            "push": self._push_word(),
            "beat_age_s": round(time.monotonic() - self._beaten_at, 1) if self._beaten_at else None,
        }

    def _start(self) -> None:
        loops = (
            self._subscriber.run(),
            for_ever(self._look, LOOK_S, self._wake),
            for_ever(self._refresh, LOOK_S),
            for_ever(self._beat, messages.BEAT_S),
            for_ever(self._end_stalled, LOOK_S),
            for_ever(self._recheck, RECHECK_S),
        )
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def _stop(self) -> None:
        ending, self._tasks = self._tasks, []
        await cancel(ending)
        await self._snapshots.stop()
        await self._journal.close()
        self._looked.clear()
        self._newest.forget()

    # What Valkey says

    def _heard(self, channel: str, body: bytes) -> None:
        if channel == valkey.HINTS:
            self._wake.set()
        elif (topic := topics().get(channel)) is not None and self._newest.take(topic, body):
            self._tell_value(topic, body)

    def _push_changed(self, is_up: bool) -> None:
        self._newest.expect_silence()
        self._wake.set()
        if self._looked.is_set():
            self._send_beat()

    def _tell_value(self, topic: Topic, payload: bytes) -> None:
        binary = topic.kind is TopicKind.BINARY
        message = payload if binary else messages.data(topic=topic.name, payload=payload)
        self._tell(topic.name, f"data {topic.name}", message)

    def _tell(self, name: str, slot: str, message: str | bytes) -> None:
        frame = framed(message)
        for client in self.clients:
            if name in client.topics:
                client.offer(slot, message, frame)

    # What Postgres says

    async def _look(self) -> None:
        journals = [name for name, topic in topics().items() if topic.kind is TopicKind.JOURNAL]
        try:
            is_fresh = self._journal.is_fresh
            heads = await self._journal.heads(journals)
            if is_fresh:
                await self._learn_epoch()
        except (psycopg.Error, DatabaseError, OSError) as error:
            await self._journal.close()
            self._database_changed(False, str(error))
        else:
            self._tell_heads(heads)
            self._database_changed(True)
        self._looked.set()

    async def _learn_epoch(self) -> None:
        epoch = await self._journal.epoch() or await in_thread(services.open_epoch)
        if self.epoch not in {None, epoch}:
            self._newest.forget()
            for client in self.clients:
                client.owed |= client.topics
        if self.epoch != epoch:
            self.epoch = epoch
            self._tell_all("hello", messages.hello(epoch=epoch, at=timezone.now()))

    def _tell_all(self, slot: str, message: str) -> None:
        for client in self.clients:
            client.offer(slot, message)

    def _database_changed(self, is_up: bool, reason: str = "") -> None:
        if is_up == self._database_is_up:
            return
        self._database_is_up = is_up
        if not is_up:
            logger.warning("The live hub cannot read Postgres (%s); it tries again every second.", reason)
        self._newest.expect_silence()
        self._send_beat()

    def _tell_heads(self, heads: dict[str, str]) -> None:
        before, self._heads = self._heads, heads
        for stream, position in heads.items():
            if before.get(stream, position) != position:
                self._tell(stream, f"hint {stream}", messages.hint(topic=stream, position=position))

    async def _refresh(self) -> None:
        """What hints alone would not bring: values of silent topics, snapshots still owed."""
        for name, topic in topics().items():
            if any(name in client.topics for client in self.clients):
                await self._refresh_topic(topic)

    async def _refresh_topic(self, topic: Topic) -> None:
        limit_s = SILENT_S if self._subscriber.is_up else SILENT_WITHOUT_VALKEY_S
        if topic.kind is not TopicKind.JOURNAL and self._newest.is_quiet(topic.name, limit_s):
            await self._read_value(topic)
        for client in [client for client in self.clients if topic.name in client.owed]:
            await self._snapshots.show(client, topic)

    async def _read_value(self, topic: Topic) -> None:
        try:
            is_news = await self._newest.read(topic)
        except Exception as error:  # noqa: BLE001  the snapshot is the topic owner's code: its failure is not ours
            logger.warning("The newest value of %s cannot be read: %s", topic.name, error)
            return
        if is_news and (payload := self._newest.get(topic.name)) is not None:
            self._tell_value(topic, payload)

    # Heartbeat

    async def _beat(self) -> None:
        if self._looked.is_set():
            self._send_beat()

    def _send_beat(self) -> None:
        self._beaten_at = time.monotonic()
        made: dict[frozenset[str], tuple[str, bytes]] = {}
        for client in self.clients:
            names = frozenset(client.topics)
            if names not in made:
                beat = self._beat_for(names)
                made[names] = beat, framed(beat)
            client.offer("beat", *made[names])

    def _beat_for(self, names: Iterable[str]) -> str:
        known = {name: topics()[name] for name in names}
        frames = [name for name, topic in known.items() if topic.kind is TopicKind.BINARY]
        heads = self._heads if self._database_is_up else {}  # an old position would say 'nothing happened'
        return messages.beat(
            at=timezone.now(),
            epoch=self.epoch,
            positions={name: heads[name] for name in known if name in heads},
            as_of={name: self._newest.as_of(name) for name in frames},
            database=self._database_word(),
            push=self._push_word(),
        )

    def _database_word(self) -> str:
        return "reachable" if self._database_is_up else "unreachable"

    def _push_word(self) -> str:
        return "valkey" if self._subscriber.is_up else "polling"

    async def _end_stalled(self) -> None:
        for client in [client for client in self.clients if client.is_stalled]:
            await client.end(STALLED)

    # Rights are checked again and again, because a socket outlives the request that opened it

    async def _recheck(self) -> None:
        identities = {client: client.identity for client in self.clients}
        try:
            standing = await in_thread(partial(standing_of, user_ids={who.user_id for who in identities.values()}))
            sessions = await in_thread(partial(open_sessions, keys={who.session_key for who in identities.values()}))
        except (DatabaseError, OSError) as error:
            logger.warning("The rights of live sockets cannot be checked (%s); they stay as they are.", error)
            return
        for client, who in identities.items():
            is_open = who.session_key is None or who.session_key in sessions
            if not is_open or standing.get(who.user_id) != (who.permissions, who.session_hash):
                await client.end(SIGNED_OUT)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def status() -> list[dict[str, Any]]:
    """Of every hub of this process; a hub without sockets rests and is left out."""
    return [known.status() for known in list(_hubs.values()) if known.clients]
