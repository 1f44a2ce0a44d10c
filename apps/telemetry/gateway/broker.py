"""What every gateway behind an MQTT broker does: one session, bursts stored, then acknowledged."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from django.conf import settings as site
from django.db import InterfaceError, OperationalError

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import NO_COMMANDS, FieldAnswer, FieldCommand, Intake, LinkFigures, Values
from apps.telemetry.gateway.memory import LastValues
from apps.telemetry.gateway.store import WiringMoved
from gridops.protocols.mqtt import Broker, Message, Session, State, Tls

log = logging.getLogger(__name__)
_AGAIN_S = 1.0
_TRIES = 3
# The database or the way to it, its locks, its disk; or the wiring, then this driver ends.
_PASSING = (OperationalError, InterfaceError, OSError, WiringMoved)
_STATE = {State.UP: LinkState.UP, State.DOWN: LinkState.DOWN}
# From 2000 to 2100: a time that is none of these is a fault of the sender, and no table holds it.
FIRST_US, LAST_US = 946_684_800_000_000, 4_102_444_800_000_000


class SecretMissing(Exception):
    """The environment of the gateways lacks the password that the settings name."""


def broker_of(config: GatewayConfig, *, keeps_session: bool) -> Broker:
    """Raises SecretMissing."""
    settings = config.settings
    return Broker(
        config.host,
        config.port,
        client_id=settings["client_id"] or f"gridops-{config.name}",
        is_version_5=settings["version"] == "5",
        username=settings["username"],
        password=_password(settings["password_env"]),
        tls=Tls(settings["ca_file"], settings["cert_file"], settings["key_file"]) if settings["tls"] else None,
        keepalive_s=settings["keepalive_s"],
        keeps_session=keeps_session,
        session_s=settings.get("session_s", 0),
        retry_s=settings["retry_s"],
    )


def _password(name: str) -> str:
    if name and name not in site.FIELD_SECRETS:
        raise SecretMissing(
            f"the environment variable {name} is not set where the gateways run; set it and restart them"
        )
    password: str = site.FIELD_SECRETS[name] if name else ""
    return password


class BrokerDriver(ABC):
    """A protocol says what it subscribes to and makes values of messages (`read`)."""

    keeps_session = True

    def __init__(self, config: GatewayConfig, intake: Intake) -> None:
        self.config, self.intake = config, intake
        self.last = LastValues(config.points)
        self.devices: dict[str, Device] = {}
        self._states: asyncio.Queue[tuple[State, str]] = asyncio.Queue()
        self.session: Session | None = None
        self._state, self._reason, self._since_s = LinkState.UNKNOWN, "", time.time()
        self._values_in = 0

    @abstractmethod
    def subscriptions(self) -> list[tuple[str, int]]:
        """Topics and their QoS."""

    @abstractmethod
    def read(self, messages: Sequence[Message]) -> Values:
        """The values of the points that messages tell of."""

    def connected(self) -> None:  # noqa: B027 - most have nothing to do
        """After every connection."""

    def disconnected(self) -> Values:
        """What is to be told of points when the broker is lost; most are judged by their silence."""
        return self.last.lost([])

    def will(self) -> Callable[[], Message] | None:
        return None

    async def run(self) -> None:
        try:
            broker = broker_of(self.config, keeps_session=self.keeps_session)
        except SecretMissing as error:
            await self.intake.link(LinkState.DOWN, str(error))
            await asyncio.Event().wait()
            return
        self.session = Session(broker, self.subscriptions(), self._note, will=self.will())
        async with asyncio.TaskGroup() as group:
            group.create_task(self.session.run())
            group.create_task(self._tell_states())
            group.create_task(self._consume(self.session))

    def _note(self, state: State, reason: str) -> None:
        if _STATE[state] is not self._state:
            self._since_s = time.time()
        self._state, self._reason = _STATE[state], reason
        if state is State.UP:
            self.connected()
        self._states.put_nowait((state, reason))

    async def _tell_states(self) -> None:
        while True:
            state, reason = await self._states.get()
            await self.intake.link(_STATE[state], reason)
            if state is State.DOWN and len(values := self.disconnected()):
                await self._store(values)

    async def _consume(self, session: Session) -> None:
        dropped = 0
        while True:
            messages = await session.burst()
            values = self.read(messages)
            if len(values):
                await self._store(values)
            self._values_in += len(values)
            session.acknowledge(messages)
            if session.traffic.dropped > dropped:
                self.intake.refuse(
                    "messages that came faster than they could be stored", session.traffic.dropped - dropped
                )
                dropped = session.traffic.dropped

    async def _store(self, values: Values, *, tries: int = _TRIES) -> None:
        """Until it is stored: the broker sends again only after a new connection, and not what came with QoS 0.

        What can never be stored must not hold up the rest: it is found by halving, counted and told.
        """
        error = await self._tried(values, tries)
        if error is None:
            return
        if len(values) == 1:
            self.intake.refuse(f"a value that cannot be stored: {type(error).__name__}: {error}"[:200])
            return
        half = len(values) // 2
        for rows in (slice(half), slice(half, None)):
            await self._store(values.part(rows), tries=1)

    async def _tried(self, values: Values, tries: int) -> Exception | None:
        """What kept them from being stored, if it is not that something is away: that may last as long as it likes."""
        while True:
            try:
                await self.intake.take(values)
            except _PASSING:
                log.exception("gateway %s: values could not be stored; tried again", self.config.name)
            except Exception as error:
                tries -= 1
                if tries == 0:
                    return error
                log.exception("gateway %s: values could not be stored; tried again", self.config.name)
            else:
                return None
            await asyncio.sleep(_AGAIN_S)

    async def command(self, command: FieldCommand) -> FieldAnswer:
        """What has no agreed form is not sent."""
        return NO_COMMANDS

    def device(self, name: str) -> "Device":
        return self.devices.setdefault(name, Device(name))

    def figures(self) -> Sequence[LinkFigures]:
        traffic = None if self.session is None else self.session.traffic
        broker = LinkFigures(
            name=f"{self.config.host}:{self.config.port}",
            state=self._state,
            reason=self._reason,
            since_s=self._since_s,
            heard_at_s=None if traffic is None else traffic.heard_at_s,
            frames_in=0 if traffic is None else traffic.messages_in,
            frames_out=0 if traffic is None else traffic.messages_out,
            values_in=self._values_in,
        )
        return [broker, *(one.figures() for one in self.devices.values())]


class Device:
    """A sender behind the broker that says whether it is there. Its messages are counted with those of the broker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state, self.reason, self.since_s = LinkState.UNKNOWN, "not heard yet", time.time()
        self.heard_at_s: float | None = None
        self.values_in = 0

    def became(self, state: LinkState, reason: str) -> None:
        if state is not self.state:
            self.state, self.since_s = state, time.time()
        self.reason = reason

    def figures(self) -> LinkFigures:
        return LinkFigures(
            name=self.name,
            state=self.state,
            reason=self.reason,
            since_s=self.since_s,
            heard_at_s=self.heard_at_s,
            values_in=self.values_in,
        )
