"""The shift log: what people did, from the audit, and what they wrote down, in one order of time.

Acts are not copied: the audit has each exactly once and cannot be changed.
"""

from datetime import datetime
from typing import Any

from apps.audit.models import AuditEvent
from apps.logbook.models import Note

MOST = 500
# What the system notes for itself, or what is no act of the shift.
_NOT_OF_THE_SHIFT = ("note.", "hand-over.", "study.")


def note_document(note: Note) -> dict[str, Any]:
    return {
        "kind": "note",
        "id": note.pk,
        "at": note.at.isoformat(),
        "who": note.author.get_username(),
        "text": note.text,
        "equipment_mrid": str(note.equipment_mrid) if note.equipment_mrid else None,
        "equipment_name": note.equipment_name,
        "is_open": note.is_open and not hasattr(note, "closing") and not hasattr(note, "correction"),
        "corrects": note.corrects_id,
        "closes": note.closes_id,
        "is_corrected": hasattr(note, "correction"),
    }


def _act_document(event: AuditEvent) -> dict[str, Any]:
    return {
        "kind": "act",
        "id": event.pk,
        "at": event.at.isoformat(),
        "who": event.actor_name or "GridOps",
        "text": event.action,
        "target": event.target,
        "detail": event.detail,
    }


def shift_log(*, start: datetime, end: datetime, text: str = "", most: int = MOST) -> list[dict[str, Any]]:
    """Newest first, at most `most` of either kind."""
    notes = Note.objects.filter(at__gte=start, at__lt=end).select_related("author", "correction", "closing")
    acts = AuditEvent.objects.filter(at__gte=start, at__lt=end).exclude(actor_name="")
    for prefix in _NOT_OF_THE_SHIFT:
        acts = acts.exclude(action__startswith=prefix)
    if text:
        notes = notes.filter(text__icontains=text)
        acts = acts.filter(target__icontains=text) | acts.filter(action__icontains=text)
    found = [note_document(note) for note in notes.order_by("-at", "-id")[:most]]
    found += [_act_document(event) for event in acts.order_by("-id")[:most]]
    return sorted(found, key=lambda entry: entry["at"], reverse=True)[:most]


def notes_to_follow_up() -> list[dict[str, Any]]:
    rows = Note.objects.to_follow_up().select_related("author").order_by("at")
    return [note_document(note) for note in rows]
