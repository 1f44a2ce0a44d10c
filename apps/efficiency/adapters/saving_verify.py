"""From two files to a verified saving."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.efficiency.adapters.saving_documents import by_day, savings_document
from apps.efficiency.adapters.saving_files import Measured, measured, parse_span, read_meter, read_weather
from apps.markets.adapters.parsed import FileRefused
from gridops.engine.efficiency.savings import Savings, Span, verify_daily, verify_hourly

DAILY, HOURLY = "daily", "hourly"


@dataclass(frozen=True, slots=True)
class Verified:
    savings: Savings
    document: dict[str, Any]


def zone_of(name: str) -> ZoneInfo:
    """Raises FileRefused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FileRefused(f"--zone: {name[:40]!r} is no time zone; write one like Europe/Berlin or UTC") from None


def verify_files(
    *, meter: Path, weather: Path, baseline: str, reporting: str, zone: str, method: str, with_days: bool
) -> Verified:
    """Raises FileRefused."""
    clock = zone_of(zone)
    spans = parse_span(baseline, "--baseline"), parse_span(reporting, "--reporting")
    data = measured(
        read_meter(_content(meter), meter.name, clock),
        read_weather(_content(weather), weather.name, clock),
        spans,
        clock,
    )
    found = verify_measured(data, *spans, method=method)
    document = savings_document(found, *spans) | {"zone": zone}
    document["notes"] += data.notes
    if with_days:
        document["by_day"] = by_day(found)
    return Verified(found, document)


def verify_measured(data: Measured, baseline: Span, reporting: Span, *, method: str) -> Savings:
    """Raises FileRefused where no model can be learnt or nothing can be compared."""
    if method == HOURLY:
        if data.hours is None:
            raise FileRefused("--method hourly: the meter tells days; give hours, or verify with --method daily")
        found = verify_hourly(data.hours, baseline, reporting)
    else:
        found = verify_daily(data.days, baseline, reporting)
    if isinstance(found, str):
        raise FileRefused(found)
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path}: {error.strerror}; give the path of a file that can be read") from None
