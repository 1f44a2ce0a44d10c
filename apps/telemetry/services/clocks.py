"""Is the clock of a source right? Judged by its time tags on arrival, told as one alarm a gateway.

Ahead: a tag lies more than a minute after its arrival. The alarm ends when the points that said so tell a right time,
or have said nothing for a quarter of an hour. Behind: the newest tag of all that claims to be live stays more than ten
minutes before its arrival for half a minute and does not catch up; a device that sends what it kept during an outage
does catch up, and what a protocol marks as history is not asked at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.telemetry.adapters import IntArray, SampleBatch
from apps.telemetry.models import Gateway

_S = 1_000_000
AHEAD_US, BEHIND_US = 60 * _S, 600 * _S
_PATIENCE_US, _CAUGHT_UP_US, _FORGOTTEN_US = 30 * _S, 5 * _S, 900 * _S


@dataclass(frozen=True, slots=True)
class _Behind:
    since_us: int
    lag_us: int


@dataclass(frozen=True)
class _Watch:
    """What this process knows of one gateway. `is_told`: the alarm stands; None: not asked yet."""

    name: str
    ahead_us: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))  # by slot: last wrong, 0: right
    behind: _Behind | None = None
    is_told: bool | None = None


_watches: dict[int, _Watch] = {}


def watch_clock(
    *,
    gateway_id: int,
    batch: SampleBatch,
    is_history: npt.NDArray[np.bool_],
    received_at: datetime,
    is_pushed: bool = False,
) -> None:
    """Part of the transaction that stores the batch. Pushed samples may be as old as they like, and several processes
    take them: only what lies ahead counts, and whether the alarm stands is looked up."""
    if not len(batch):
        return
    known = _watches.get(gateway_id) or _Watch(Gateway.objects.values_list("name", flat=True).get(pk=gateway_id))
    received_us = int(received_at.timestamp() * 1e6)
    watch = _with_ahead(known, batch, received_us)
    if not is_pushed:
        watch = _with_behind(watch, batch.at_us[~is_history], received_us)
    is_told = None if is_pushed else known.is_told
    watch = replace(watch, is_told=_tell(watch, batch, is_told, received_us))
    transaction.on_commit(lambda: _watches.__setitem__(gateway_id, watch))


def _with_ahead(watch: _Watch, batch: SampleBatch, received_us: int) -> _Watch:
    is_ahead = batch.at_us > received_us + AHEAD_US
    if not is_ahead.any() and not watch.ahead_us.any():
        return watch
    ahead_us = np.zeros(max(len(watch.ahead_us), int(batch.slot.max()) + 1), np.int64)
    ahead_us[: len(watch.ahead_us)] = watch.ahead_us
    ahead_us[ahead_us < received_us - _FORGOTTEN_US] = 0
    ahead_us[batch.slot] = 0
    ahead_us[batch.slot[is_ahead]] = received_us
    return replace(watch, ahead_us=ahead_us)


def _with_behind(watch: _Watch, at_us: IntArray, received_us: int) -> _Watch:
    if not len(at_us):
        return watch
    lag_us = received_us - int(at_us.max())
    if lag_us <= BEHIND_US:
        return watch if watch.behind is None else replace(watch, behind=None)
    if watch.behind is None or lag_us < watch.behind.lag_us - _CAUGHT_UP_US:
        return replace(watch, behind=_Behind(received_us, lag_us))
    return watch


def _faults(watch: _Watch, batch: SampleBatch, received_us: int) -> Iterator[tuple[float, str]]:
    """By how many seconds it is off, and in words."""
    if watch.ahead_us.any():
        offset_s = (int(batch.at_us.max()) - received_us) / _S
        yield offset_s, f"Time tags of gateway {watch.name} lie ahead of the time of their arrival"
    if watch.behind is not None and received_us - watch.behind.since_us > _PATIENCE_US:
        sentence = f"Live values of gateway {watch.name} bear time tags that lie long before their arrival"
        yield -watch.behind.lag_us / _S, sentence


def _tell(watch: _Watch, batch: SampleBatch, is_told: bool | None, received_us: int) -> bool:
    fault = next(_faults(watch, batch, received_us), None)
    if is_told is (fault is not None):
        return is_told
    source = f"clock/{watch.name}"
    stands = (source, Condition.CLOCK_WRONG) in standing_sources([Condition.CLOCK_WRONG])
    at = datetime.fromtimestamp(received_us / _S, UTC)
    if fault is not None and not stands:
        alarms.raise_alarms(facts=[_fact(source, watch.name, *fault, at=at)])
    elif fault is None and stands:
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.CLOCK_WRONG, at)])
    return fault is not None


def _fact(source: str, name: str, offset_s: float, message: str, *, at: datetime) -> alarms.AlarmFact:
    return alarms.AlarmFact(
        source=source,
        condition=Condition.CLOCK_WRONG,
        priority=Priority.MEDIUM,
        equipment_name=f"Gateway {name}",
        message=message,
        value=round(offset_s, 1),
        unit="s",
        at=at,
    )
