"""The meters' past: what the homes drew while nobody asked them for anything, handed over once by days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.simulator.points import FloatArray
from gridops.simulator.posted import is_told, write_whole
from gridops.simulator.profiles import Profiles
from gridops.simulator.vens.fleet import Fleet
from gridops.simulator.vens.meters import QUARTER_S, UNTIL, mark_told, write_days, write_quarters
from gridops.simulator.vens.surroundings import STEP_S
from gridops.simulator.weather_service import by_calendar

PAST_DAYS = 45
MARK = ".archive-of"
STEPS = QUARTER_S // STEP_S


def tell_past(case: NetworkCase, fleet: Fleet, folder: Path, *, identity: str, clock: ZoneInfo, now: datetime) -> int:
    """Up to the last full quarter of an hour; after a pause only what is missing. How many days were told, the present
    one included."""
    first = now.astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=PAST_DAYS)
    begin_s = first.timestamp()
    if is_told(folder / MARK, identity) and (folder / UNTIL).is_file():
        begin_s = max(begin_s, float((folder / UNTIL).read_text()))
    end_s, now_s, meters = now.timestamp() // QUARTER_S * QUARTER_S, now.timestamp(), fleet.town.meter
    whole, told = {}, 0
    for day, quarters in past_days(case, fleet, begin_s, end_s, clock=clock):
        begins, ends = (_midnight_s(one, clock) for one in (day, day + timedelta(days=1)))
        if quarters[0][0] == begins and quarters[-1][0] + QUARTER_S == ends:
            whole[day] = np.stack([kwh for _, kwh in quarters])
        else:
            told += write_quarters(folder, meters, quarters, now_s=now_s)
    write_days(folder, meters, whole, now_s=now_s)
    write_whole(folder / MARK, identity)
    mark_told(folder, end_s)
    return told + len(whole)


def past_days(
    case: NetworkCase, fleet: Fleet, begin_s: float, end_s: float, *, clock: ZoneInfo
) -> Iterator[tuple[date, list[tuple[int, FloatArray]]]]:
    """By local days: begin of each quarter of an hour, wall time, and kWh by home."""
    told = by_calendar(Profiles(case).year)
    while begin_s < end_s:
        day = datetime.fromtimestamp(begin_s, clock).date()
        until = min(_midnight_s(day + timedelta(days=1), clock), end_s)
        profile_s = float(told(np.array([begin_s]))[0])
        if abs(profile_s - fleet.unix_s) > STEP_S / 2:
            fleet.begin_at(profile_s)
        yield day, [(int(at), _quarter(fleet)) for at in np.arange(begin_s, until, QUARTER_S)]
        begin_s = until


def _midnight_s(day: date, clock: ZoneInfo) -> float:
    return datetime.combine(day, time(), clock).timestamp()


def _quarter(fleet: Fleet) -> FloatArray:
    kw: FloatArray = sum((fleet.go_on() for _ in range(STEPS)), np.zeros(len(fleet.town)))
    return kw / STEPS * QUARTER_S / 3600
