"""Where the field stands in the year of profiles, while the wall clock runs."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ProfileClock:
    """Profile time runs `speed` times as fast as wall time; time tags are always wall time."""

    started_at: datetime
    profile_start: datetime
    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.speed < 0:
            raise ValueError("The speed of the profile clock cannot be negative.")
        if self.started_at.tzinfo is None or self.profile_start.tzinfo is None:
            raise ValueError("The profile clock needs times with a time zone.")

    def at(self, wall: datetime) -> datetime:
        elapsed = (wall - self.started_at).total_seconds()
        return self.profile_start + timedelta(seconds=elapsed * self.speed)


def parse_time(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def room_time_zone() -> ZoneInfo:
    """Of the room that the field belongs to."""
    return ZoneInfo(os.environ.get("GRIDOPS_TIME_ZONE", "").strip() or "Europe/Berlin")
