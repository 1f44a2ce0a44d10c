"""Questions a master has put to an outstation and the answers that belong to them; no I/O."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from gridops.protocols.iec104.asdu import Asdu
from gridops.protocols.iec104.types import BROADCAST, IOA_SIZE, LAYOUTS, Cause, TypeId

_MAX_OPEN = 256
_SELECT = 0x80  # in the last octet of every command before its time
_ANSWERS = frozenset((Cause.ACTIVATION_CON, Cause.DEACTIVATION_CON, Cause.ACTIVATION_TERM, *range(44, 48)))
Key = tuple[int, int, int]


class Busy(Exception):
    """Something is already under way with this object, or too much with all of them."""


class Exchange:
    """One question. As a context manager it is forgotten at the end, and never sent if it had not been yet."""

    def __init__(self, owner: "Exchanges", key: Key, question: Asdu) -> None:
        loop = asyncio.get_running_loop()
        self.sent = False
        self.question = question
        self._owner, self.key = owner, key
        self._stations: set[int] = set()  # those that confirmed and have not come to their end: a broadcast has many
        self._confirmation: asyncio.Future[Asdu | None] = loop.create_future()
        self._termination: asyncio.Future[Asdu | None] = loop.create_future()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._owner.forget(self)

    async def confirmation(self, timeout_s: float) -> Asdu | None:
        """The positive or negative answer; None if it did not come or the link was lost."""
        return await _within(self._confirmation, timeout_s)

    async def termination(self, timeout_s: float) -> Asdu | None:
        """The report of completion; None if it did not come or the link was lost."""
        return await _within(self._termination, timeout_s)

    def answer(self, asdu: Asdu | None) -> None:
        """Take an answer, or None for the loss of the link."""
        if asdu is None:
            _settle(self._confirmation, None)
            _settle(self._termination, None)
        elif asdu.cause == Cause.ACTIVATION_TERM:
            self._terminate(asdu)
        else:
            self._stations.add(asdu.common_address)
            _settle(self._confirmation, asdu)

    def _terminate(self, asdu: Asdu) -> None:
        self._stations.discard(asdu.common_address)
        if not self._stations:
            _settle(self._termination, asdu)


class Exchanges:
    """All open questions of a master; at most one about an object, so that no answer can be taken for another's."""

    def __init__(self) -> None:
        self._open: dict[Key, Exchange] = {}
        self._outbox: deque[Exchange] = deque()

    def post(self, question: Asdu) -> Exchange:
        """Queue a question. Raises Busy."""
        key = (question.type_id, question.common_address, question.ioa)
        if key in self._open or len(self._open) >= _MAX_OPEN:
            raise Busy(f"{key[1]}/{key[2]} is busy with an earlier question of type {key[0]}")
        exchange = self._open[key] = Exchange(self, key, question)
        self._outbox.append(exchange)
        return exchange

    def next(self) -> bytes | None:
        """The next question to send; from now on it counts as sent."""
        if not self._outbox:
            return None
        exchange = self._outbox.popleft()
        exchange.sent = True
        return exchange.question.encode()

    def forget(self, exchange: Exchange) -> None:
        """Nobody waits any longer."""
        self._open.pop(exchange.key, None)
        if not exchange.sent:
            self._outbox.remove(exchange)

    def answer(self, asdu: Asdu) -> str | None:
        """Hand an answer to its question; the reason if there is none that it fits."""
        if asdu.cause not in _ANSWERS:
            return f"type {asdu.type_id} with cause {asdu.cause}"
        exchange = self._find(asdu)
        if exchange is None or not exchange.sent or not _fits(asdu, exchange.question):
            return f"an answer of type {asdu.type_id} to something not asked"
        exchange.answer(asdu)
        return None

    def abandon(self) -> None:
        """The link is lost: no answer will come."""
        for exchange in self._open.values():
            exchange.answer(None)

    def _find(self, asdu: Asdu) -> Exchange | None:
        own = self._open.get((asdu.type_id, asdu.common_address, asdu.ioa))
        return own or self._open.get((asdu.type_id, BROADCAST, asdu.ioa))


def _content(asdu: Asdu) -> bytes:
    """What an answer must repeat: of commands the element without its time; of counters what was asked for."""
    if asdu.type_id == TypeId.C_CI_NA:
        return asdu.body[IOA_SIZE:]
    layout = LAYOUTS.get(asdu.type_id)
    return asdu.body[IOA_SIZE : IOA_SIZE + layout.value_size] if layout else b""


def _fits(asdu: Asdu, question: Asdu) -> bool:
    got, asked = _content(asdu), _content(question)
    if (
        asdu.cause == Cause.ACTIVATION_TERM and asdu.type_id in LAYOUTS
    ):  # some devices end an execution with the octets of its selection
        return got[:-1] == asked[:-1] and got[-1] & ~_SELECT == asked[-1] & ~_SELECT
    return got == asked


def _settle(future: asyncio.Future[Asdu | None], asdu: Asdu | None) -> None:
    if not future.done():
        future.set_result(asdu)


async def _within(future: asyncio.Future[Asdu | None], timeout_s: float) -> Asdu | None:
    await asyncio.wait([future], timeout=timeout_s)
    return future.result() if future.done() else None
