"""The database's side of a gateway's process: everything here blocks and runs in its one thread."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.utils import timezone

from apps.telemetry.adapters import SampleBatch
from apps.telemetry.gateway.config import GatewayConfig, read_config
from apps.telemetry.gateway.driver import Values
from apps.telemetry.models import LatestBlock
from apps.telemetry.services import backfill
from apps.telemetry.services.clocks import watch_clock
from apps.telemetry.services.ingest import PointsMoved, ingest
from apps.telemetry.services.link_alarms import tell_links
from apps.telemetry.services.links import LinkReport, write_figures

# Older than this on arrival is history: it must not delay what is current.
LATE_US = 30_000_000
# So few go straight into the history; a meter that always lags a little is no backfill.
FEW = 20


class WiringMoved(Exception):
    """Addresses or settings are others by now; the values are to be read anew with those."""


class Store:
    def __init__(self, gateway_id: int) -> None:
        self._gateway_id = gateway_id
        self._map = read_config(gateway_id)

    @property
    def config(self) -> GatewayConfig:
        return self._map.config

    def put(self, values: Values, config: GatewayConfig) -> bool:
        """Committed when it returns; says whether anything of it was current.

        Raises WiringMoved if `config`, by which the values were read, is no longer the one in force.
        """
        if self._map.config is not config:
            raise WiringMoved(f"The points or settings of gateway {config.name} have changed.")
        try:
            with transaction.atomic():
                return self._put(values, timezone.now())
        except PointsMoved:
            self._take_map()
            return self.put(values, config)  # what moved need not be what a driver knows
        except Exception:
            connection.close()
            raise

    def _put(self, values: Values, now: datetime) -> bool:
        samples = samples_of(values, self._map.scale, received_us=int(now.timestamp() * 1e6))
        old = values.is_backfill | (samples.at_us < int(now.timestamp() * 1e6) - LATE_US)
        if np.count_nonzero(old) <= FEW:
            old = np.zeros(len(values), bool)
        live = samples if not old.any() else samples.take(~old)
        ingest(gateway_id=self._gateway_id, batch=live, received_at=now, config_version=self._map.version)
        watch_clock(gateway_id=self._gateway_id, batch=samples, is_history=values.is_backfill, received_at=now)
        if old.any():
            backfill.keep(
                gateway_id=self._gateway_id, batch=samples.take(old), point_id=self._map.point_id, received_at=now
            )
        return len(live) > 0

    def newest_config(self) -> GatewayConfig:
        """The same object as long as nothing has changed that a driver must know."""
        version = LatestBlock.objects.values_list("config_version", flat=True).get(pk=self._gateway_id)
        if version != self._map.version:
            self._take_map()
        return self._map.config

    def bring_in_a_chunk(self) -> int:
        return backfill.bring_in(gateway_id=self._gateway_id)

    def waiting(self) -> int:
        return backfill.waiting(gateway_id=self._gateway_id)

    def write_figures(self, reports: Sequence[LinkReport]) -> None:
        now = timezone.now()
        write_figures(gateway_id=self._gateway_id, reports=reports, at=now)
        tell_links(gateway=self.config.name, reports=reports, at=now)

    def _take_map(self) -> None:
        before, self._map = self._map, read_config(self._gateway_id)
        if before.config == self._map.config:
            self._map = replace(self._map, config=before.config)


def samples_of(values: Values, scale: npt.NDArray[np.float64], *, received_us: int) -> SampleBatch:
    """Scaled, and what has no time gets that of its arrival."""
    return SampleBatch(
        slot=values.slot,
        at_us=np.where(values.at_us < 0, received_us, values.at_us),
        value=values.value * scale[values.slot],
        quality=values.quality,
    )
