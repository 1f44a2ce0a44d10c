"""What VENs told, interval by interval."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.openadr.models import Report, Ven
from apps.openadr.rules.times import interval_starts


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. A number where it is one, else a word such as an operating state; `unit` as the VEN gave it."""

    ven_id: int
    resource_name: str
    event_id: int
    payload_type: str
    starts_at: datetime
    duration_s: float
    value: float | str
    unit: str
    report_id: int


def readings(event_ids: Collection[int], *, since_id: int = 0) -> list[Reading]:
    """In the order of the reports, so that of two for one interval the later is the VEN's last word.

    Reports of clients that have no VEN object, and intervals without a begin, tell of nobody and no time: left out.
    """
    reports = Report.objects.standing().filter(event_id__in=event_ids, id__gt=since_id).order_by("id")
    found = list(reports.only("id", "event_id", "client_id", "body"))
    vens = Ven.objects.filter(client_id__in={report.client_id for report in found}).order_by("id")
    ven_of = dict(vens.values_list("client_id", "id"))
    return [
        reading for report in found if report.client_id in ven_of for reading in _of(report, ven_of[report.client_id])
    ]


def _of(report: Report, ven_id: int) -> Iterator[Reading]:
    units = {each["payloadType"]: each.get("units") or "" for each in report.body.get("payloadDescriptors") or ()}
    for resource in report.body["resources"]:
        times = interval_starts(resource)
        for interval, (starts_at, length) in zip(resource["intervals"] if times else (), times, strict=True):
            for payload in interval["payloads"]:
                for value in map(_value, payload["values"]):
                    if value is not None:
                        yield Reading(
                            ven_id=ven_id,
                            resource_name=resource["resourceName"],
                            event_id=report.event_id,
                            payload_type=payload["type"],
                            starts_at=starts_at,
                            duration_s=length.total_seconds(),
                            value=value,
                            unit=units.get(payload["type"], ""),
                            report_id=report.pk,
                        )


def _value(value: Any) -> float | str | None:
    """None: a point or a truth value, which no reading is."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(value) else None
