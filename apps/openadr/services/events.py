from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.openadr.models import LOWEST_PRIORITY, Event, Program
from apps.openadr.rules.callers import OURSELVES, Caller
from apps.openadr.rules.refusals import Conflicting, Unknown
from apps.openadr.rules.times import span_of
from apps.openadr.selectors import visible
from apps.openadr.selectors.documents import stamp
from apps.openadr.services.objects import Draft, Kind, checked, create, remove, searchable, targets_in

LONGEST_TITLE = 200


@dataclass(frozen=True)
class IntervalDraft:
    duration: timedelta
    payloads: Sequence[Mapping[str, Any]]


def program_named(object_id: str, caller: Caller) -> Program:
    """The program that a body names: one that is not there is a conflict, not a missing address."""
    try:
        return visible.one(Program, object_id, caller)
    except Unknown as error:
        raise Conflicting(f"programID: {error}") from error


def _draft(document: dict[str, Any], caller: Caller, row: Event | None) -> Draft:
    body = checked("eventRequest", document)
    span = span_of(body)
    priority = body.get("priority")
    columns = {
        "program": program_named(body["programID"], caller),
        "event_name": searchable(body.get("eventName") or "")[:LONGEST_TITLE],
        "priority": LOWEST_PRIORITY if priority is None else min(int(priority), LOWEST_PRIORITY),
        "targets": targets_in(body),
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
    }
    return Draft({key: value for key, value in body.items() if key != "targets"}, columns)


EVENT = Kind(model=Event, draft=_draft, concerns=lambda row: {"program_id": row.program_id}, taken="")


def iso_duration(length: timedelta) -> str:
    return f"PT{length.total_seconds():g}S"


def _document(
    *,
    program: Program,
    event_name: str,
    targets: Sequence[str],
    starts_at: datetime,
    intervals: Sequence[IntervalDraft],
    priority: int | None,
    report_descriptors: Sequence[Mapping[str, Any]],
    payload_descriptors: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    whole = sum((interval.duration for interval in intervals), timedelta(0))
    starts = [starts_at + sum((i.duration for i in intervals[:n]), timedelta(0)) for n in range(len(intervals))]
    return {
        "programID": str(program.public_id),
        "eventName": event_name,
        "priority": priority,
        "targets": list(targets),
        "reportDescriptors": list(report_descriptors) or None,
        "payloadDescriptors": list(payload_descriptors) or None,
        "intervalPeriod": {"start": stamp(starts_at), "duration": iso_duration(whole)},
        "intervals": [
            {
                "id": number,
                "intervalPeriod": {"start": stamp(start), "duration": iso_duration(interval.duration)},
                "payloads": [dict(payload) for payload in interval.payloads],
            }
            for number, (start, interval) in enumerate(zip(starts, intervals, strict=True))
        ],
    }


def publish_event(
    *,
    program: Program,
    event_name: str,
    targets: Sequence[str],
    starts_at: datetime,
    intervals: Sequence[IntervalDraft],
    priority: int | None = None,
    report_descriptors: Sequence[Mapping[str, Any]] = (),
    payload_descriptors: Sequence[Mapping[str, Any]] = (),
    as_of: datetime,
) -> Event:
    document = _document(
        program=program,
        event_name=event_name,
        targets=targets,
        starts_at=starts_at,
        intervals=intervals,
        priority=priority,
        report_descriptors=report_descriptors,
        payload_descriptors=payload_descriptors,
    )
    event: Event = create(EVENT, document=document, caller=OURSELVES, as_of=as_of, is_own=True)
    return event


def withdraw_event(*, event: Event, reason: str, as_of: datetime) -> Event:
    """A VEN that sees it no more goes back to normal."""
    withdrawn: Event = remove(EVENT, event, caller=OURSELVES, as_of=as_of, reason=reason)
    return withdrawn
