"""Areas of which nothing new is heard, told as alarms by the process that puts the areas together."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from apps.alarms import selectors as alarm_selectors
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority

CYCLES = 3


class AreaWatch:
    """Starts from the alarms that stand, so that a new process ends what its predecessor told."""

    def __init__(self) -> None:
        self._told = {source for source, _ in alarm_selectors.standing_sources([Condition.AREA_SILENT])}

    def take(self, estimated_at: Mapping[str, datetime | None], *, as_of: datetime) -> None:
        """estimated_at: by area; None if never. Raises and ends alarms, in the caller's transaction."""
        limit = as_of - timedelta(seconds=CYCLES * settings.SCAN_PERIOD_S)
        silent = {_source(name): name for name, at in estimated_at.items() if at is None or at < limit}
        new = [_fact(source, name, estimated_at[name], as_of) for source, name in silent.items()]
        alarms.raise_alarms(facts=[fact for fact in new if fact.source not in self._told])
        over = sorted(self._told - silent.keys())
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.AREA_SILENT, as_of) for source in over])
        self._told = set(silent)


def _source(name: str) -> str:
    return f"estimate/{name}"


def _fact(source: str, name: str, at: datetime | None, as_of: datetime) -> alarms.AlarmFact:
    since = f"since {at:%H:%M:%S} UTC" if at else "since the start"
    return alarms.AlarmFact(
        source=source,
        condition=Condition.AREA_SILENT,
        priority=Priority.HIGH,
        equipment_name=f"Estimate of area {name}",
        message=f"No estimate of area {name} {since}; what is shown of it is not current",
        at=as_of,
    )
