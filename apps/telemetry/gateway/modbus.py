"""Modbus TCP and SunSpec: every unit behind one connection is read in turn, round by round."""

import asyncio
import logging
import time
from collections.abc import Sequence

from apps.telemetry.choices import LinkState, RequestState
from apps.telemetry.gateway.config import GatewayConfig, PointAddress
from apps.telemetry.gateway.driver import FieldAnswer, FieldCommand, Intake, LinkFigures, Values
from apps.telemetry.gateway.memory import LastValues, joined
from apps.telemetry.gateway.modbus_unit import Unit, UnitSilent
from apps.telemetry.gateway.sunspec_setting import CannotSet, Heart, Setter, Write
from apps.telemetry.rules.modbus import parse_address
from gridops.protocols.modbus import Client, LinkLost, NoAnswer, Refused
from gridops.protocols.modbus.client import Traffic

log = logging.getLogger(__name__)
_LONGEST_RETRY_S = 10.0


class ModbusDriver:
    def __init__(self, config: GatewayConfig, intake: Intake, client: Client | None = None) -> None:
        """client: where the registers are reached in another way than by TCP."""
        self._config, self._intake = config, intake
        self._settings = settings = config.settings
        self._client = client or Client(
            config.host,
            config.port,
            timeout_s=settings["timeout_s"],
            retries=settings["retries"],
            pause_s=settings["pause_ms"] / 1e3,
        )
        self._last = LastValues(config.points)
        self._units = [Unit(number, points, settings, self._last) for number, points in _by_unit(config.points)]
        self._is_up: bool | None = None
        self._setter = Setter(self._client, settings, Traffic())
        self._heart = Heart(self._setter, settings["heartbeats"])

    async def run(self) -> None:
        retry_s = self._settings["retry_s"]
        try:
            while True:
                try:
                    await self._client.connect()
                    retry_s = self._settings["retry_s"]
                    await self._poll()
                except LinkLost as error:
                    await self._lost(f"{self._config.host}:{self._config.port}: {error}")
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, max(_LONGEST_RETRY_S, self._settings["retry_s"]))
        finally:
            self._client.close()

    async def _poll(self) -> None:
        for unit in self._units:
            unit.forget()
        self._setter.forget()
        due_at = time.monotonic()
        while True:
            await self.round()
            due_at = max(due_at + self._settings["poll_s"], time.monotonic())
            await asyncio.sleep(due_at - time.monotonic())

    async def round(self) -> None:
        """Every unit once."""
        told: list[Values] = []
        for unit in self._units:
            try:
                told.append(await unit.read(self._client, self._intake.refuse))
            except UnitSilent:
                told.append(self._last.lost(unit.slots))
        await self._tell_link(any(unit.state is LinkState.UP for unit in self._units))
        values = joined(told)
        if len(values):
            is_stored = await self._store(values)
            self._last.keep(values)
            if is_stored:  # a room that sees nothing must not keep set-points alive
                await self._heart.beat(self._intake.refuse)

    async def _store(self, values: Values) -> bool:
        """The next round brings newer values anyway: what could not be stored is gone, and is counted."""
        try:
            await self._intake.take(values)
        except Exception:
            log.exception("gateway %s: a round of reading could not be stored", self._config.name)
            self._intake.refuse("values that could not be stored", len(values))
            return False
        return True

    async def _tell_link(self, is_up: bool) -> None:
        if is_up is self._is_up:
            return
        self._is_up = is_up
        reason = "connected" if is_up else "connected, but no unit answers"
        await self._intake.link(LinkState.UP if is_up else LinkState.DOWN, reason)

    async def _lost(self, reason: str) -> None:
        for unit in self._units:
            unit.became(LinkState.DOWN, reason)
        if self._is_up is not False:
            self._is_up = False
            await self._intake.link(LinkState.DOWN, reason)
        lost = self._last.lost(slot for unit in self._units for slot in unit.slots)
        if len(lost):
            await self._store(lost)

    async def command(self, command: FieldCommand) -> FieldAnswer:
        """Of an answer that does not come nobody knows what it would have said."""
        if not self._client.is_connected:
            return FieldAnswer(RequestState.NOT_SENT, "The link is down.")
        try:
            write = await self._setter.write_for(parse_address(command.address), command.value)
        except (Refused, NoAnswer, LinkLost, *CannotSet) as error:
            return FieldAnswer(RequestState.NOT_SENT, f"It cannot be written: {error}.")
        return await self._sent(write)

    async def _sent(self, write: Write) -> FieldAnswer:
        try:
            await self._setter.send(write)
        except ValueError as error:
            return FieldAnswer(RequestState.NOT_SENT, f"It cannot be written: {error}.")
        except Refused as error:
            return FieldAnswer(RequestState.REFUSED, f"The unit refused it: {error}.")
        except (NoAnswer, LinkLost) as error:
            return FieldAnswer(RequestState.UNKNOWN, f"Sent, but {error}: the device may have acted.")
        return FieldAnswer(RequestState.ACCEPTED, "The unit has taken it.")

    def figures(self) -> Sequence[LinkFigures]:
        return [unit.figures() for unit in self._units]


def _by_unit(points: Sequence[PointAddress]) -> list[tuple[int, list[PointAddress]]]:
    found: dict[int, list[PointAddress]] = {}
    for point in points:
        found.setdefault(int(point.address.removeprefix("sunspec:").split("/")[0]), []).append(point)
    return sorted(found.items())
