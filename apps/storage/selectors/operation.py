"""What a plant's charge has done and is planned to do, by quarter hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.choices import STEP, Horizon
from apps.storage.models import ChargeDay, StoragePlant
from apps.storage.selectors.schedules import newest_planned

DAY = timedelta(days=1)
QUARTERS = 96
RECENT_DAYS = 28  # that stand for how a plant is run
PAST_DAYS = 365  # that stand for how it was run since it went into service


@dataclass(frozen=True, slots=True)
class Operation:
    """T quarter hours. Gaps of the charge are bridged straight; a temperature that is not known is nan."""

    soc: FloatArray  # (T + 1,) at the edges
    temperature_c: FloatArray  # (T,)
    begins_at: datetime
    executed: int  # steps; the others are planned
    planned: int
    known_share: float  # of what was executed


def past_course(plant: StoragePlant, first: date, end: date) -> tuple[FloatArray, FloatArray]:
    """Charge and temperature at the begin of every quarter hour, and at the end of the last one where that is known."""
    kept = {row.day: row for row in ChargeDay.objects.filter(plant=plant, day__gte=first, day__lte=end)}
    blank = np.full(QUARTERS, np.nan)
    days = [kept.get(first + n * DAY) for n in range((end - first).days + 1)]
    soc, temperature = (
        np.concatenate([unpacked(getattr(row, name)) if row else blank for row in days])[
            : QUARTERS * (len(days) - 1) + 1
        ]
        for name in ("soc", "temperature_c")
    )
    return soc, temperature


def recent_operation(plant: StoragePlant, *, as_of: datetime) -> Operation | None:
    """The last weeks as they were, then what is planned. None where nothing is known of a whole day."""
    begin = _midnight(as_of) - RECENT_DAYS * DAY
    rows = [newest_planned(plant, horizon, as_of=as_of) for horizon in (Horizon.DAY_AHEAD, Horizon.INTRADAY)]
    ahead = [row for row in rows if row is not None and row.ends_at > as_of]
    now = (as_of - begin) // STEP
    soc = np.full(max([now, *((row.ends_at - begin) // STEP for row in ahead)]) + 1, np.nan)
    for row in ahead:  # the rolling plan is the newer word
        place = (row.starts_at - begin) // STEP
        edges = np.r_[np.nan if row.start_soc is None else row.start_soc, unpacked(row.soc)]
        soc[max(place, 0) : place + len(edges)] = edges[max(-place, 0) :]
    past, temperature = past_course(plant, begin.date(), as_of.astimezone(UTC).date() + DAY)
    soc[:now] = past[:now]
    soc[now] = past[now] if np.isfinite(past[now]) else soc[now]
    warmth = np.full(len(soc) - 1, np.nan)
    warmth[:now] = temperature[:now]
    return _operation(soc, warmth, begin, now)


def past_operation(plant: StoragePlant, *, as_of: datetime) -> Operation | None:
    """What is kept of the last year. None where it holds no whole day."""
    end = _midnight(as_of)
    begin = end - PAST_DAYS * DAY
    soc, temperature = past_course(plant, begin.date(), end.date())
    return _operation(soc, temperature[:-1], begin, len(soc) - 1)


def first_day(plant: StoragePlant) -> date | None:
    return ChargeDay.objects.filter(plant=plant).order_by("day").values_list("day", flat=True).first()


def _operation(soc: FloatArray, temperature: FloatArray, begin: datetime, now: int) -> Operation | None:
    known = np.flatnonzero(np.isfinite(soc))
    if not len(known) or known[-1] - known[0] < QUARTERS:
        return None
    first, last = int(known[0]), int(known[-1])
    edges = np.arange(first, last + 1)
    executed = max(min(now, last) - first, 0)
    return Operation(
        soc=np.clip(np.interp(edges, known, soc[known]), 0.0, 1.0),
        temperature_c=temperature[first:last],
        begins_at=begin + first * STEP,
        executed=executed,
        planned=last - first - executed,
        known_share=float(np.isfinite(soc[first : first + executed]).mean()) if executed else 0.0,
    )


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
