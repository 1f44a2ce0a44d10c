"""Where the field's weather is handed over: folders of files, each there as a whole or not at all."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gridops.simulator.posted import is_told, write_whole
from gridops.simulator.weather_service import PAST_HOURS, WeatherService, stamp

log = logging.getLogger("gridops.simulator.weather")

HOUR = timedelta(hours=1)
FIRST_HOURS = 7 * 24  # after a start, so that a pause of some days leaves no hole in what was measured
ARCHIVE_DAYS, HOURLY_DAYS = 200, 3
GATE_HOUR = 6
DELAY = timedelta(minutes=5)  # from the issue until it could be known
FORECASTS, OBSERVATIONS = "forecasts", "observations"
ARCHIVED_FORECASTS, ARCHIVED_OBSERVATIONS = "archive-forecasts", "archive-observations"
MARK = ".archive-of"


class WeatherPost:
    """Puts what the service says into the folders, each file whole or not at all."""

    def __init__(self, service: WeatherService, folder: Path, identity: str) -> None:
        """identity: of the field whose past an archive tells."""
        self.service = service
        self.folder = folder
        self.identity = identity
        self._last: datetime | None = None

    def step(self, now: datetime) -> None:
        """An issue and an observation at every full hour, and at once where there was none yet."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self._last == hour:
            return
        self.write(FORECASTS, hour, self.service.forecast(hour))
        self.write(OBSERVATIONS, hour, self.service.observation(hour, PAST_HOURS if self._last else FIRST_HOURS))
        self._last = hour
        log.info("weather of %s issued", stamp(hour))

    def archive(self, now: datetime) -> bool:
        """The past as it was forecast and measured, once for each field: for those who must learn from it."""
        mark = self.folder / MARK
        if is_told(mark, self.identity):
            return False
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self.write(ARCHIVED_FORECASTS, hour, [_known(self.service.forecast(one)) for one in archived_issues(hour)])
        days = [hour - timedelta(days=n) for n in range(ARCHIVE_DAYS + 1, 0, -1)]
        self.write(ARCHIVED_OBSERVATIONS, hour, [_known(self.service.observation(one, 25)) for one in days])
        write_whole(mark, self.identity)
        return True

    def write(self, kind: str, hour: datetime, content: object) -> None:
        folder = self.folder / kind
        write_whole(folder / f"{kind}_{hour:%Y%m%dT%H%MZ}.json", json.dumps(content, separators=(",", ":")))


def archived_issues(now: datetime) -> list[datetime]:
    """One a day, known at the gate, and of the last days every hour; the present hour's comes as an ordinary issue."""
    today = now.replace(hour=GATE_HOUR - 1)
    gates = {today - timedelta(days=n) for n in range(ARCHIVE_DAYS + 1)}
    hourly = {now - n * HOUR for n in range(1, 24 * HOURLY_DAYS + 1)}
    return sorted(one for one in gates | hourly if one < now)


def _known(document: dict[str, Any]) -> dict[str, Any]:
    issued_at = datetime.fromisoformat(document["issued_at"])
    return {**document, "available_at": stamp(issued_at + DELAY)}
