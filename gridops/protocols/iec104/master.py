"""The controlling end of IEC 104: keeps one outstation connected, interrogated and in time, and commands it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from gridops.protocols.iec104.asdu import Asdu
from gridops.protocols.iec104.channel import READ_SIZE, Channel, Refusals, Traffic
from gridops.protocols.iec104.commands import Command, CommandOutcome
from gridops.protocols.iec104.errors import ProtocolError
from gridops.protocols.iec104.exchange import Busy, Exchange, Exchanges
from gridops.protocols.iec104.intake import Ahead
from gridops.protocols.iec104.link import Link, LinkSettings, Transfer
from gridops.protocols.iec104.operating import Operation
from gridops.protocols.iec104.points import PointBatch, joined
from gridops.protocols.iec104.procedures import Procedures, Schedule
from gridops.protocols.iec104.types import Cause, TypeId

log = logging.getLogger(__name__)
_BACKOFF_S = (0.5, 10.0)
_PROBE_S = 10.0  # a busy link is tested too, for its round trip

OnBatch = Callable[[PointBatch], Awaitable[None]]


class LinkState(Enum):
    """Of the link to one outstation."""

    DOWN = "down"
    STANDBY = "standby"  # connected, the data transfer is not started
    UP = "up"  # connected, and the data transfer is started


OnLink = Callable[[LinkState, str], Awaitable[None]]


class _NotStored(Exception):
    """The owner could not store a batch."""


class Master:
    """One outstation's master.

    What `on_batch` gets is acknowledged to the outstation only after it has returned: commit in it. If it raises, the
    link is dropped without an acknowledgement and the outstation sends again. One read burst is one batch.
    `on_link` hears of every change of state and of every new reason of being down.
    With `standby` it connects and is tested, and only `start` makes it take data.
    `common_addresses`: stations to interrogate; 65535 alone means all of them. Periods in seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        common_addresses: Sequence[int],
        on_batch: OnBatch,
        on_link: OnLink,
        *,
        settings: LinkSettings | None = None,
        schedule: Schedule | None = None,
        backoff_s: tuple[float, float] = _BACKOFF_S,
        command_timeout_s: float = 10.0,
        termination_timeout_s: float = 2.0,
        originator: int = 0,
        standby: bool = False,
    ) -> None:
        self.host, self.port = host, port
        self.common_addresses = tuple(common_addresses)
        self.settings = settings or LinkSettings()
        self.state = LinkState.DOWN
        self.refusals = Refusals(f"master of {host}:{port}")
        self.points_received = 0
        self.interrogations = 0  # that came to their end, since the start
        self._schedule = schedule or Schedule()
        self._on_batch, self._on_link = on_batch, on_link
        self._backoff_s = backoff_s
        self._operation = Operation(self._post, command_timeout_s, termination_timeout_s, originator)
        self._reason: str | None = None
        self._is_wanted = not standby
        self._probed_at = 0.0
        self.traffic = Traffic()
        self.since_s: float | None = None  # Unix seconds of the last change of state
        self._useful = False  # this connection has brought something
        self._exchanges = Exchanges()
        self._channel: Channel | None = None
        self._procedures: Procedures | None = None

    @property
    def refused(self) -> int:
        """Frames and ASDUs that were refused since the start."""
        return self.refusals.count

    @property
    def last_reason(self) -> str:
        """Why the last one was refused."""
        return self.refusals.last_reason

    async def run(self) -> None:
        """Connect, and connect again after every loss, until cancelled."""
        delay = self._backoff_s[0]
        while True:
            self._useful = False
            try:
                reason = await self._connect()
            except Exception as error:
                log.exception("%s: connection given up", self.refusals.name)
                reason = f"failure on this side: {type(error).__name__}"
            await self._report(LinkState.DOWN, reason)
            delay = self._backoff_s[0] if self._useful else delay
            await asyncio.sleep(delay)
            delay = min(2 * delay, self._backoff_s[1])

    @property
    def is_pressed(self) -> bool:
        """So many frames wait to be stored that the outstation may send no more before they are acknowledged."""
        return self._channel is not None and self._channel.link.unreleased >= self.settings.w

    @property
    def reason(self) -> str:
        """Why the state is what it is."""
        return self._reason or ""

    def start(self) -> None:
        """Take data on this link, now or as soon as it is connected."""
        self._is_wanted = True
        channel = self._channel
        if channel is not None and channel.link.transfer is Transfer.STOPPED:
            channel.write(channel.link.start(channel.now))

    def stand_by(self) -> None:
        """From the next connection on, take no data until `start`."""
        self._is_wanted = False

    async def command(self, command: Command) -> CommandOutcome:
        """Send a command once, after selecting the object if `command.select`; never again, whatever happens."""
        return await self._operation.carry_out(command)

    def _post(self, question: Asdu) -> Exchange:
        if self._channel is None or self._channel.link.transfer is not Transfer.STARTED:
            raise Busy("the link is down")
        exchange = self._exchanges.post(question)
        self._channel.pump()
        return exchange

    async def _connect(self) -> str:
        try:
            async with asyncio.timeout(self.settings.t0):
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=READ_SIZE)
        except TimeoutError:
            return f"no connection within t0 = {self.settings.t0:g} s"
        except OSError as error:
            return f"no connection: {error}"
        now = asyncio.get_running_loop().time()
        link = Link(self.settings, controlling=True, now=now)
        channel = self._channel = Channel(reader, writer, link, self._exchanges.next, self.traffic)
        try:
            return await self._converse(channel)
        finally:
            self._channel = None
            self._exchanges.abandon()
            await channel.close()

    async def _converse(self, channel: Channel) -> str:
        self._probed_at = channel.now
        if self._is_wanted:
            self.start()
        else:
            await self._report(LinkState.STANDBY, "connected, in standby")
        self._procedures = Procedures(self.common_addresses, self._schedule, self._post, self._interrogated)
        ahead = Ahead(channel)
        procedures: asyncio.Task[None] | None = None
        try:
            while procedures is None or not procedures.done():
                await self._burst(channel, ahead)
                if procedures is None and self.state is LinkState.UP:
                    procedures = asyncio.create_task(self._procedures.run())
            return f"the procedures ended: {procedures.exception()}"
        except ProtocolError as error:
            self._refused(error.reason)
            return error.reason
        except OSError as error:
            return f"connection lost: {error}"
        except _NotStored as error:
            return str(error)
        finally:
            await _stop(procedures)

    async def _burst(self, channel: Channel, ahead: Ahead) -> None:
        bursts = await ahead.next()
        begun = channel.now
        for burst in bursts:
            burst.pass_through(channel)
            for reason in burst.refusals:
                self._refused(reason)
        if channel.link.transfer is Transfer.STARTED and self.state is not LinkState.UP:
            await self._report(LinkState.UP, "data transfer started")
        failed = channel.error  # of what was read so far; what is read meanwhile is of the next burst
        reading = asyncio.create_task(ahead.read())
        try:
            await self._deliver(joined([burst.batch for burst in bursts]))
        finally:
            await _stop(reading)
            for burst in bursts:
                for asdu in burst.others:
                    self._answer(asdu)
        channel.link.excuse(channel.now - begun)
        channel.link.release()
        channel.write(channel.link.acknowledge() + self._probe(channel))
        channel.pump()
        await channel.drain()
        if failed is not None:
            raise failed

    def _probe(self, channel: Channel) -> bytes:
        if self.state is not LinkState.UP or channel.now - self._probed_at < _PROBE_S:
            return b""
        self._probed_at = channel.now
        return channel.link.test(channel.now)

    async def _deliver(self, batch: PointBatch) -> None:
        if not len(batch):
            return
        try:
            await self._on_batch(batch if self._procedures is None else self._procedures.dated(batch))
        except Exception as error:
            log.exception("%s: a batch of %d points was not stored", self.refusals.name, len(batch))
            raise _NotStored(f"a batch was not stored: {type(error).__name__}") from error
        self.points_received += len(batch)
        self._useful = True

    def _answer(self, asdu: Asdu) -> None:
        if asdu.type_id == TypeId.M_EI_NA and asdu.cause == Cause.INITIALISED:
            if self._procedures is not None:
                self._procedures.restart(asdu.common_address)
            return
        reason = self._exchanges.answer(asdu)
        if reason is not None:
            self._refused(reason)

    def _interrogated(self, common_address: int) -> None:
        self.interrogations += 1
        self._useful = True
        log.info("station %d interrogated", common_address)

    def _refused(self, reason: str) -> None:
        self.refusals.note(reason, asyncio.get_running_loop().time())

    async def _report(self, state: LinkState, reason: str) -> None:
        if (state, reason) == (self.state, self._reason):
            return
        if state is not self.state or self.since_s is None:
            self.since_s = time.time()
        self.state, self._reason = state, reason
        log.info("%s: %s (%s)", self.refusals.name, state.value, reason)
        try:
            await self._on_link(state, reason)
        except Exception:
            log.exception("%s: nobody could be told that the link is %s", self.refusals.name, state.value)


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])  # unlike awaiting it, this does not swallow a cancellation of our own
