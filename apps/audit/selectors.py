from collections.abc import Iterator
from dataclasses import dataclass, fields

from apps.audit import chain
from apps.audit.models import AuditEvent


@dataclass(frozen=True)
class Verdict:
    """`fault` is empty when every row is as it was written; else it names the first that is not."""

    rows: int
    head: str
    fault: str = ""
    saw_anchor: bool = False


FIELDS = [field.name for field in fields(chain.Row)]


def _fault(row: chain.Row, kept: tuple[str, str], *, expected_id: int, previous: str) -> str:
    said_previous, said_hash = kept
    if row.id != expected_id:
        return f"row {expected_id} is missing: after it comes row {row.id}"
    if said_previous != previous:
        return f"row {row.id} does not continue the row before it"
    if said_hash != chain.link(previous, row):
        who = row.actor_name or "the system"
        return f"row {row.id} was altered (it now says: {row.at:%Y-%m-%d %H:%M:%S} {who} {row.action} {row.target})"
    return ""


def _in_order() -> Iterator[tuple[chain.Row, tuple[str, str]]]:
    rows = AuditEvent.objects.order_by("id").values_list(*FIELDS, "previous_hash", "hash")
    for values in rows.iterator(chunk_size=5000):
        yield chain.Row(*values[:-2]), values[-2:]


def verify_chain(*, anchor: str = "") -> Verdict:
    """`anchor`: a head hash that was kept outside; rows cut off at the end show only by its absence."""
    rows, head, saw_anchor = 0, chain.GENESIS, not anchor
    for row, kept in _in_order():
        if fault := _fault(row, kept, expected_id=rows + 1, previous=head):
            return Verdict(rows, head, fault, saw_anchor)
        rows, head = rows + 1, kept[1]
        saw_anchor = saw_anchor or head == anchor
    return Verdict(rows, head, "", saw_anchor)
