"""When an event is: what its intervals and its duration come to."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

# The standard's own pattern. A year has 365 days and a month 30 where no calendar says more.
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=\d|T\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)(?P<unit>[DW]))?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
FOREVER_YEARS = 9999  # P9999Y stands for no end
FIRST_REAL_YEAR = 1970  # 0001-01-01 stands for now


@dataclass(frozen=True)
class Span:
    """None: from now on, or without an end."""

    starts_at: datetime | None
    ends_at: datetime | None


def duration_of(text: str | None) -> timedelta | None:
    """None for no duration and for one without an end."""
    found = _DURATION.fullmatch(text or "")
    if found is None:
        return None
    part = {name: float(value) for name, value in found.groupdict().items() if value and name not in ("sign", "unit")}
    if part.get("years", 0) >= FOREVER_YEARS:
        return None
    days = part.get("days", 0) * (7 if found["unit"] == "W" else 1) + 365 * part.get("years", 0)
    try:
        length = timedelta(
            days=days + 30 * part.get("months", 0),
            hours=part.get("hours", 0),
            minutes=part.get("minutes", 0),
            seconds=part.get("seconds", 0),
        )
    except OverflowError:
        return None
    return -length if found["sign"] else length


def instant_of(text: str | None) -> datetime | None:
    """None for no instant, for the standard's word for now, and for what no calendar here can hold."""
    try:
        found = parse_datetime((text or "").upper().replace(" ", "T"))
        aware = found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if aware and aware.year >= FIRST_REAL_YEAR else None
    except (ValueError, OverflowError):
        return None


def _later(start: datetime, length: timedelta) -> datetime | None:
    try:
        return start + length
    except OverflowError:
        return None


def interval_starts(holder: dict[str, Any]) -> list[tuple[datetime, timedelta]]:
    """Begin and length of each interval; one without a begin of its own follows the one before."""
    default = holder.get("intervalPeriod") or {}
    begin, length = instant_of(default.get("start")), duration_of(default.get("duration"))
    found = []
    for interval in holder.get("intervals") or ():
        own = interval.get("intervalPeriod") or {}
        begin = instant_of(own.get("start")) or begin
        lasts = duration_of(own.get("duration")) or length or timedelta(0)
        if begin is None:
            return []
        found.append((begin, lasts))
        begin = _later(begin, lasts)
    return found


def span_of(event: dict[str, Any]) -> Span:
    """From the first interval to the end of the last, or as long as `duration` says."""
    period = event.get("intervalPeriod") or {}
    intervals = interval_starts(event)
    starts_at = min((start for start, _ in intervals), default=instant_of(period.get("start")))
    if starts_at is None:
        return Span(None, None)
    whole = duration_of(event.get("duration")) or (None if intervals else duration_of(period.get("duration")))
    if whole:
        return Span(starts_at, _later(starts_at, whole))
    if not intervals or any(not length for _, length in intervals):
        return Span(starts_at, None)
    ends = [_later(start, length) for start, length in intervals]
    return Span(starts_at, max(end for end in ends if end) if all(ends) else None)
