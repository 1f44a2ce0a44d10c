"""The IEC 60870-5-104 link of one gateway, from socket to committed sample.

A batch is acknowledged to the outstation only after its transaction has committed: what is lost is sent again.
"""

import asyncio
import logging
import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from apps.telemetry.adapters import Quality, SampleBatch
from apps.telemetry.choices import LinkState, Quantity
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.links import report_link
from gridops.protocols.iec104 import master as iec104
from gridops.protocols.iec104.link import LinkSettings
from gridops.protocols.iec104.points import PointBatch

log = logging.getLogger(__name__)

# A field that has stopped is noticed within ten seconds: test frames after 4 s of silence, answered within 5 s.
_PROMPT = LinkSettings(t1=5.0, t2=2.0, t3=4.0)

_GATHER_S = 0.05

_DOUBLE_POINT_TYPES = (3, 4, 31)
# Off, on, and what is neither; the position as apps.state reads it.
_DOUBLE_POINT_VALUE = np.array([2.0, 0.0, 1.0, 3.0])
_DOUBLE_POINT_DOUBT = np.array([Quality.QUESTIONABLE, 0, 0, Quality.INVALID], np.int64)


@dataclass(frozen=True, slots=True)
class AddressMap:
    """From (common address, information object address) to the slot of a point."""

    keys: npt.NDArray[np.int64]  # sorted
    slots: npt.NDArray[np.int64]
    scale: npt.NDArray[np.float64]

    @classmethod
    def of(cls, gateway_id: int) -> "AddressMap":
        rows = MeasurementPoint.objects.filter(gateway_id=gateway_id)
        columns = list(rows.values_list("common_address", "ioa", "slot", "scale", "quantity"))
        keys = np.array([_key(row[0], row[1]) for row in columns], np.int64)
        order = np.argsort(keys)
        scale = np.array([1.0 if row[4] == Quantity.SWITCH_STATE else row[3] for row in columns])
        return cls(keys[order], np.array([row[2] for row in columns], np.int64)[order], scale[order])

    def to_samples(self, batch: PointBatch, *, received_us: int) -> tuple[SampleBatch, int]:
        """The samples of known addresses, and how many addresses were unknown. Untagged values get the present time."""
        keys = _key(batch.common_address.astype(np.int64), batch.ioa.astype(np.int64))
        place = np.searchsorted(self.keys, keys)
        place = np.minimum(place, max(len(self.keys) - 1, 0))
        known = self.keys[place] == keys if len(self.keys) else np.zeros(len(keys), bool)
        value, doubt = _positions(batch)
        samples = SampleBatch(
            slot=self.slots[place[known]],
            at_us=np.where(batch.at_us < 0, received_us, batch.at_us)[known],
            value=(value * self.scale[place])[known] if len(self.keys) else value[known],
            quality=(batch.quality.astype(np.int64) | doubt)[known],
        )
        return samples, int((~known).sum())


def _key(common_address: npt.NDArray[np.int64] | int, ioa: npt.NDArray[np.int64] | int) -> npt.NDArray[np.int64]:
    return np.asarray(np.asarray(common_address, np.int64) << 24 | np.asarray(ioa, np.int64))


def _positions(batch: PointBatch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    double = np.isin(batch.type_id, _DOUBLE_POINT_TYPES)
    code = np.where(double, batch.value, 0).astype(np.int64)
    value = np.where(double, _DOUBLE_POINT_VALUE[code], batch.value)
    return value, np.where(double, _DOUBLE_POINT_DOUBT[code], 0)


class GatewayProcess:
    """Runs until cancelled. Postgres may go and come back: the link is dropped unacknowledged and taken up again."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._config_version = -1
        self._heard_at = 0.0
        self._take_point_map()

    async def run(self) -> None:
        while True:
            await self._until_silent()
            log.warning("gateway %s: connected but silent; the link is taken up anew", self._gateway.name)

    async def _until_silent(self) -> None:
        """A started link can fall silent for good, as when another master takes it over and leaves."""
        self._heard_at = time.monotonic()
        link = asyncio.create_task(self._new_master().run())
        try:
            limit_s = self._gateway.silence_limit_s
            while not link.done() and (rest_s := limit_s - time.monotonic() + self._heard_at) > 0:
                await asyncio.wait([link], timeout=min(rest_s, limit_s))
        finally:
            link.cancel()
            await asyncio.gather(link, return_exceptions=True)

    def _new_master(self) -> iec104.Master:
        return iec104.Master(
            host=self._gateway.host,
            port=self._gateway.port,
            common_addresses=self._stations,
            on_batch=self._take,
            on_link=self._link,
            settings=_PROMPT,
        )

    def _take_point_map(self) -> None:
        """The point map as it is now; a new import is noticed with the next values."""
        version = LatestBlock.objects.values_list("config_version", flat=True).get(pk=self._gateway.pk)
        if version == self._config_version:
            return
        self._config_version, self._addresses = version, AddressMap.of(self._gateway.pk)
        self._gateway.refresh_from_db()
        stations = self._gateway.points.values_list("common_address", flat=True).distinct()
        self._stations = tuple(sorted(stations))

    async def _take(self, batch: PointBatch) -> None:
        # A scan comes in many small bursts; storing them together costs a fraction, and a moment of age.
        self._heard_at = math.inf  # a database that takes its time is no silence of the field
        try:
            rest = asyncio.create_task(asyncio.sleep(_GATHER_S))
            await sync_to_async(self._store, thread_sensitive=True)(batch)
            await rest
        finally:
            self._heard_at = time.monotonic()

    def _store(self, batch: PointBatch) -> None:
        now = timezone.now()
        try:
            self._take_point_map()
            samples, unknown = self._addresses.to_samples(batch, received_us=int(now.timestamp() * 1e6))
            if unknown:
                log.warning("gateway %s: %d values from unknown addresses", self._gateway.name, unknown)
            ingest(gateway_id=self._gateway.pk, batch=samples, received_at=now)
        except Exception:
            connection.close()
            raise

    async def _link(self, state: iec104.LinkState, reason: str) -> None:
        is_up = state == iec104.LinkState.UP
        log.info("gateway %s: link %s %s", self._gateway.name, state, reason)
        try:
            await sync_to_async(report_link, thread_sensitive=True)(
                gateway_id=self._gateway.pk,
                state=LinkState.UP if is_up else LinkState.DOWN,
                reason=reason,
                at=timezone.now(),
            )
        except Exception:
            # The link itself matters more than telling of it; silence is noticed by check_links anyway.
            log.exception("gateway %s: the link state could not be stored", self._gateway.name)
            await sync_to_async(connection.close, thread_sensitive=True)()


def run(name: str) -> None:
    gateway = Gateway.objects.get(name=name)
    asyncio.run(GatewayProcess(gateway).run())
