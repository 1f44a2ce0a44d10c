"""OpenADR 3.1 as a home reads and writes it: what an event asks at an instant, and what a report says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SIMPLE, RELATIVE, PERCENT = "SIMPLE", "DISPATCH_SETPOINT_RELATIVE", "PERCENT"
USAGE, BASELINE, STATE = "USAGE", "BASELINE", "OPERATING_STATE"
LEAST_PRIORITY = 2**31
WHOLE_HOME: Final = "AGGREGATED_REPORT"
_DURATION: Final = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS: Final = {
    "years": 365 * 86_400, "months": 30 * 86_400, "weeks": 7 * 86_400, "days": 86_400, "hours": 3600, "minutes": 60,
    "seconds": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """From begin to end, unix seconds of the wall clock: a level, and where told a share of the rated power."""

    begin_s: float
    end_s: float
    level: int
    percent: float | None

    @property
    def is_asking(self) -> bool:
        return self.level > 0 or self.percent is not None


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    program_id: str
    priority: int
    parts: tuple[Asked, ...]
    wants: frozenset[str]  # payloads of the reports that it asks for

    @property
    def begin_s(self) -> float:
        return self.parts[0].begin_s

    @property
    def end_s(self) -> float:
        return self.parts[-1].end_s

    def at(self, wall_s: float) -> Asked | None:
        return next((part for part in self.parts if part.begin_s <= wall_s < part.end_s), None)


def read_event(document: Mapping[str, Any], now_s: float) -> Event | None:
    """Nothing where the event says nothing that a home could follow."""
    period = document.get("intervalPeriod") or {}
    begin = _instant(period.get("start"), now_s)
    each = period.get("duration")
    parts = []
    for interval in document.get("intervals") or ():
        own = interval.get("intervalPeriod") or {}
        start = _instant(own["start"], now_s) if own.get("start") else begin
        begin = start + seconds(own.get("duration") or each or "")
        parts.append(_asked(interval.get("payloads") or (), start, begin))
    if not any(part.is_asking for part in parts):
        return None
    wants = frozenset(str(one.get("payloadType")) for one in document.get("reportDescriptors") or ())
    priority = document.get("priority")
    return Event(
        id=str(document["id"]),
        program_id=str(document["programID"]),
        priority=LEAST_PRIORITY if priority is None else int(priority),
        parts=tuple(parts),
        wants=wants,
    )


def seconds(duration: str) -> float:
    """Of an ISO 8601 duration; what is none counts nothing."""
    found = _DURATION.fullmatch(duration)
    return sum(float(value) * _SECONDS[name] for name, value in found.groupdict().items() if value) if found else 0.0


def report(
    event: Event, ven_name: str, *, number: int, begin_s: float, length_s: float, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Of the whole home: rows are payload type to value, an interval each."""
    kept = [{kind: value for kind, value in row.items() if kind in event.wants} for row in rows]
    descriptors = [
        {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": kind, "units": "KWH", "readingType": reading}
        for kind, reading in ((USAGE, "DIRECT_READ"), (BASELINE, "ESTIMATED"))
        if kind in event.wants
    ]
    return {
        "eventID": event.id,
        "clientName": ven_name,
        "reportName": f"{ven_name} {event.id} {number}",
        "payloadDescriptors": descriptors or None,
        "resources": [
            {
                "resourceName": WHOLE_HOME,
                "intervalPeriod": {"start": written(begin_s), "duration": f"PT{round(length_s)}S"},
                "intervals": [
                    {"id": place, "payloads": [{"type": kind, "values": [value]} for kind, value in row.items()]}
                    for place, row in enumerate(kept)
                ],
            }
        ],
    }


def written(unix_s: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(unix_s))).strftime("%Y-%m-%dT%H:%M:%SZ")


def _asked(payloads: Iterable[Mapping[str, Any]], begin_s: float, end_s: float) -> Asked:
    values = {one["type"]: one["values"][0] for one in payloads if one.get("values")}
    percent = values.get(RELATIVE)
    return Asked(begin_s, end_s, int(values.get(SIMPLE, 0)), None if percent is None else float(percent))


def _instant(text: object, now_s: float) -> float:
    """The standard's 0001-01-01 means at once."""
    if not text or str(text).startswith("0001-"):
        return now_s
    return datetime.fromisoformat(str(text)).timestamp()
