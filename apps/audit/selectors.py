from collections.abc import Iterator
from dataclasses import dataclass

from apps.audit import chain
from apps.audit.models import AuditEvent


@dataclass(frozen=True)
class Verdict:
    """`fault` is empty when every row is as it was written; else it names the first that is not."""

    rows: int
    head: str
    fault: str = ""
    saw_anchor: bool = False


def row_of(event: AuditEvent) -> chain.Row:
    return chain.Row(
        id=event.id,
        at=event.at,
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        actor_role=event.actor_role,
        action=event.action,
        target=event.target,
        detail=event.detail,
        source_ip=event.source_ip,
    )


def _fault(event: AuditEvent, *, expected_id: int, previous: str) -> str:
    if event.id != expected_id:
        return f"row {expected_id} is missing: after it comes row {event.id}"
    if event.previous_hash != previous:
        return f"row {event.id} does not continue the row before it"
    if event.hash != chain.link(previous, row_of(event)):
        return f"row {event.id} was altered ({event})"
    return ""


def _in_order() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("id").iterator(chunk_size=5000)


def verify_chain(*, anchor: str = "") -> Verdict:
    """`anchor`: a head hash that was kept outside; rows cut off at the end show only by its absence."""
    rows, head, saw_anchor = 0, chain.GENESIS, not anchor
    for event in _in_order():
        if fault := _fault(event, expected_id=rows + 1, previous=head):
            return Verdict(rows, head, fault, saw_anchor)
        rows, head = rows + 1, event.hash
        saw_anchor = saw_anchor or head == anchor
    return Verdict(rows, head, "", saw_anchor)
