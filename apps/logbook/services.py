import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from apps.accounts.models import User
from apps.alarms import selectors as alarms
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.live import services as live
from apps.logbook.choices import STREAM, Stage
from apps.logbook.models import HandOver, Note
from apps.logbook.rules import Verdict, all_reviewed, may_close, may_correct, may_take_over, may_withdraw
from apps.logbook.selectors.hand_over_page import page, urgent
from apps.logbook.selectors.shift_log import note_document


class Refused(Exception):
    """The act does not fit what is there; the message says why and what to do."""


@transaction.atomic
def write_note(
    *, text: str, by: User, as_of: datetime, equipment_mrid: UUID | None = None, is_open: bool = False
) -> Note:
    return _stored(Note(at=as_of, author=by, text=text, is_open=is_open, **_equipment(equipment_mrid)), "note.written")


@transaction.atomic
def correct_note(*, note_id: int, text: str, by: User, as_of: datetime) -> Note:
    wrong = _locked(note_id)
    _require(may_correct(wrong, by=by))
    right = Note(at=as_of, author=by, text=text, is_open=wrong.is_open, corrects=wrong)
    right.equipment_mrid, right.equipment_name = wrong.equipment_mrid, wrong.equipment_name
    return _stored(right, "note.corrected")


@transaction.atomic
def close_note(*, note_id: int, text: str, by: User, as_of: datetime) -> Note:
    opened = _locked(note_id)
    _require(may_close(opened))
    return _stored(Note(at=as_of, author=by, text=text, closes=opened), "note.closed")


@transaction.atomic
def hand_over(*, by: User, remarks: str, reviewed: Collection[str], as_of: datetime) -> HandOver:
    """Signed by who leaves. The page is taken anew at this instant: it is what holds now, not what was on a screen."""
    if HandOver.objects.select_for_update().filter(stage=Stage.SIGNED_OUT).exists():
        raise Refused("A hand-over waits for the relief already; let it be signed or withdraw it.")
    content = page(as_of=as_of)
    _require(all_reviewed(urgent(content["alarms"]), reviewed))
    # jsonb keeps neither the order of keys nor every number's form: the digest is of what will be read back.
    signed = HandOver(outgoing=by, outgoing_at=as_of, remarks=remarks, page=content, digest="")
    signed.save()
    signed.refresh_from_db()
    signed.digest = digest(signed)
    signed.save(update_fields=["digest"])
    _record(signed, "hand-over.signed-out", by=by, as_of=as_of)
    return signed


@transaction.atomic
def take_over(*, hand_over_id: int, seen_digest: str, by: User, reviewed: Collection[str], as_of: datetime) -> HandOver:
    waiting = HandOver.objects.select_for_update().get(pk=hand_over_id)
    _require(may_take_over(waiting, by=by))
    if not seen_digest == waiting.digest == digest(waiting):
        raise Refused("The page is not the one that was signed; load it again and look at it before you sign.")
    _require(all_reviewed(urgent(alarms.shown()), reviewed))
    waiting.incoming, waiting.incoming_at, waiting.stage = by, as_of, Stage.COMPLETE
    waiting.reviewed = sorted(reviewed)
    waiting.save(update_fields=["incoming", "incoming_at", "stage", "reviewed"])
    _record(waiting, "hand-over.taken-over", by=by, as_of=as_of)
    return waiting


@transaction.atomic
def withdraw(*, hand_over_id: int, by: User, as_of: datetime) -> HandOver:
    waiting = HandOver.objects.select_for_update().get(pk=hand_over_id)
    _require(may_withdraw(waiting, by=by))
    waiting.stage = Stage.WITHDRAWN
    waiting.save(update_fields=["stage"])
    _record(waiting, "hand-over.withdrawn", by=by, as_of=as_of)
    return waiting


def digest(signed: HandOver) -> str:
    content = {"outgoing": signed.outgoing_id, "at": signed.outgoing_at, "remarks": signed.remarks, "page": signed.page}
    canonical = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _require(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise Refused(verdict.reason)


def _locked(note_id: int) -> Note:
    return Note.objects.select_for_update().get(pk=note_id)


def _equipment(mrid: UUID | None) -> dict[str, Any]:
    if mrid is None:
        return {}
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise Refused("No equipment of the live network has this mRID; choose it from the search.")
    return {"equipment_mrid": mrid, "equipment_name": found.name}


def _stored(note: Note, action: str) -> Note:
    note.save()
    audit.record(actor=note.author, action=action, target=f"note/{note.pk}", detail={"text": note.text}, at=note.at)
    live.record(stream=STREAM, kind=action, subject=str(note.pk), payload=note_document(note))
    return note


def _record(signed: HandOver, action: str, *, by: User, as_of: datetime) -> None:
    detail = {"digest": signed.digest, "outgoing": signed.outgoing.get_username(), "reviewed": signed.reviewed}
    audit.record(actor=by, action=action, target=f"hand-over/{signed.pk}", detail=detail, at=as_of)
    live.record(stream=STREAM, kind=action, subject=str(signed.pk), payload={"id": signed.pk, "stage": signed.stage})
