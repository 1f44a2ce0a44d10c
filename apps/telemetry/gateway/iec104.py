"""IEC 60870-5-104: the master of one gateway, acknowledging to the outstation only what is committed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.telemetry.adapters import Quality
from apps.telemetry.choices import LinkState
from apps.telemetry.gateway import iec104_commands
from apps.telemetry.gateway.config import GatewayConfig, PointAddress
from apps.telemetry.gateway.driver import FieldAnswer, FieldCommand, Intake, LinkFigures, Values
from apps.telemetry.rules.iec104 import parse_address
from apps.telemetry.rules.settings import host_and_port
from gridops.protocols.iec104 import master as iec104
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.points import PointBatch
from gridops.protocols.iec104.procedures import Counting, Schedule
from gridops.protocols.iec104.redundancy import RedundantMaster

_DOUBLE_POINT_TYPES = (3, 4, 31, 17, 38)  # the last two: what a protection relay saw, off or on
_IS_DOUBLE_POINT = np.isin(np.arange(256), _DOUBLE_POINT_TYPES)
# Off, on, and what is neither; the position as apps.state reads it.
_DOUBLE_POINT_VALUE = np.array([2.0, 0.0, 1.0, 3.0])
_DOUBLE_POINT_DOUBT = np.array([Quality.QUESTIONABLE, 0, 0, Quality.INVALID], np.int64)


@dataclass(frozen=True, slots=True)
class AddressMap:
    """From (common address, information object address) to the slot of a point."""

    keys: npt.NDArray[np.int64]  # sorted
    slots: npt.NDArray[np.int64]

    @classmethod
    def of(cls, points: Sequence[PointAddress]) -> "AddressMap":
        keys = np.array([_key(*parse_address(point.address)) for point in points], np.int64)
        order = np.argsort(keys)
        return cls(keys[order], np.array([point.slot for point in points], np.int64)[order])

    @property
    def stations(self) -> list[int]:
        """Common addresses in use."""
        return [int(station) for station in np.unique(self.keys >> 24)]

    def to_values(self, batch: PointBatch) -> tuple[Values, int]:
        """The values of known addresses, and how many addresses were unknown."""
        keys = _key(batch.common_address.astype(np.int64), batch.ioa.astype(np.int64))
        if not len(self.keys):
            return Values.of([], []), len(keys)
        place = self._places(keys)
        known = self.keys[place] == keys
        value, doubt = _positions(batch)
        which = slice(None) if known.all() else known
        quality = (batch.quality.astype(np.int64) | doubt)[which]
        made = Values.of(self.slots[place[which]], value[which], quality=quality, at_us=batch.at_us[which])
        return made, len(known) - len(made)

    def _places(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where each is, if it is at all. Scans come in the order of addresses, in most cases without a gap: looking
        where the one before leads to finds nearly all of them."""
        begins = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 2) != 1)
        first = np.searchsorted(self.keys, keys[begins])
        length = np.diff(begins, append=len(keys))
        place = np.repeat(first - begins, length) + np.arange(len(keys))
        place = np.minimum(place, len(self.keys) - 1)
        astray = self.keys[place] != keys
        place[astray] = np.minimum(np.searchsorted(self.keys, keys[astray]), len(self.keys) - 1)
        return place


def _key(common_address: npt.NDArray[np.int64] | int, ioa: npt.NDArray[np.int64] | int) -> npt.NDArray[np.int64]:
    return np.asarray(np.asarray(common_address, np.int64) << 24 | np.asarray(ioa, np.int64))


def _positions(batch: PointBatch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64] | int]:
    double = _IS_DOUBLE_POINT[batch.type_id]
    if not double.any():
        return batch.value, 0
    code = np.where(double, batch.value, 0).astype(np.int64)
    value = np.where(double, _DOUBLE_POINT_VALUE[code], batch.value)
    return value, np.where(double, _DOUBLE_POINT_DOUBT[code], 0)


_STATE = {
    iec104.LinkState.UP: LinkState.UP,
    iec104.LinkState.STANDBY: LinkState.UP,
    iec104.LinkState.DOWN: LinkState.DOWN,
}
_COUNTING = {"read": Counting.READ, "freeze": Counting.FREEZE, "freeze_and_reset": Counting.FREEZE_AND_RESET}


def _schedule(settings: Mapping[str, Any]) -> Schedule:
    return Schedule(
        interrogation_s=settings["interrogation_s"] or math.inf,
        clock_s=settings["clock_s"] or None,
        counters_s=settings["counters_s"] or None,
        counting=_COUNTING[settings["counters_freeze"]],
    )


class Iec104Driver:
    def __init__(self, config: GatewayConfig, intake: Intake) -> None:
        self._intake = intake
        self._addresses = AddressMap.of(config.points)
        settings = config.settings
        stations = {*self._addresses.stations, *(int(station) for station in settings["stations"])}
        self.master = RedundantMaster(
            [(config.host, config.port), *map(host_and_port, settings["redundant_hosts"])],
            sorted(stations),
            self._take,
            self._link,
            settings=LinkSettings(**{name: settings[name] for name in ("k", "w", "t0", "t1", "t2", "t3")}),
            schedule=_schedule(settings),
            originator=settings["originator"],
            backoff_s=(settings["retry_s"], max(settings["retry_s"], 10.0)),
        )

    async def run(self) -> None:
        await self.master.run()

    async def command(self, command: FieldCommand) -> FieldAnswer:
        return iec104_commands.answer_of(await self.master.command(iec104_commands.wire_command(command)))

    def figures(self) -> Sequence[LinkFigures]:
        return [self._figures(link) for link in self.master.links]

    def _figures(self, link: iec104.Master) -> LinkFigures:
        traffic, is_used = link.traffic, link is self.master.used
        return LinkFigures(
            name=f"{link.host}:{link.port}",
            state=_STATE[link.state],
            is_active=link.state is iec104.LinkState.UP,
            reason=link.reason,
            since_s=link.since_s,
            heard_at_s=traffic.heard_at_s,
            frames_in=traffic.frames_in,
            frames_out=traffic.frames_out,
            values_in=link.points_received,
            refused=link.refused,
            last_refusal=link.last_reason,
            round_trip_ms=None if traffic.round_trip_s is None else 1e3 * traffic.round_trip_s,
            switchovers=self.master.switchovers if is_used else 0,
        )

    async def _take(self, batch: PointBatch) -> None:
        values, unknown = self._addresses.to_values(batch)
        if unknown:
            self._intake.refuse("values from unknown addresses", unknown)
        used = self.master.used
        await self._intake.take(values, is_pressed=used is not None and used.is_pressed)

    async def _link(self, state: iec104.LinkState, reason: str) -> None:
        await self._intake.link(_STATE[state], reason)
