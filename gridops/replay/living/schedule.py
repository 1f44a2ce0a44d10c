"""The operating cycle by the tape's clock: which entries are due, in the order of their time and of the table."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import crontab

MINUTE = timedelta(minutes=1)


class TapeSchedule:
    """`entries`: as `gridops.cycle.SCHEDULE`; a float is a period in seconds."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]], *, begin: datetime, without: Collection[str]) -> None:
        """without: names of tasks, or of apps with their dot, that are not carried out."""
        self._entries = [
            (str(entry["task"]), entry["schedule"])
            for entry in entries.values()
            if not str(entry["task"]).startswith(tuple(without))
        ]
        self._done_at = {number: begin for number in range(len(self._entries))}
        self._looked_at = begin

    def due(self, now: datetime) -> list[str]:
        """Since the last question. What has come due several times meanwhile is due once: nobody waits for the past."""
        found = sorted((at, number) for number in range(len(self._entries)) if (at := self._due_at(number, now)))
        self._done_at.update({number: now for _, number in found})
        self._looked_at = now
        return [self._entries[number][0] for _, number in found]

    def _due_at(self, number: int, now: datetime) -> datetime | None:
        schedule = self._entries[number][1]
        if isinstance(schedule, crontab):
            return next((at for at in _minutes(self._looked_at, now) if _fits(schedule, at)), None)
        at = self._done_at[number] + timedelta(seconds=float(schedule))
        return at if at <= now else None


def _minutes(after: datetime, until: datetime) -> Iterator[datetime]:
    """Full minutes, the first one excluded and the last one included."""
    at = after.astimezone(UTC).replace(second=0, microsecond=0) + MINUTE
    while at <= until:
        yield at
        at += MINUTE


def _fits(schedule: crontab, at: datetime) -> bool:
    return (
        at.minute in schedule.minute
        and at.hour in schedule.hour
        and at.isoweekday() % 7 in schedule.day_of_week
        and at.day in schedule.day_of_month
        and at.month in schedule.month_of_year
    )
