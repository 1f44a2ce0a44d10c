from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.studies.adapters.changes import checked
from apps.studies.choices import ChangeKind, StudyStatus
from apps.studies.models import Study, StudyChange
from apps.studies.rules import Refused, must_be_open, must_have_room
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import Start, live_start, past_start


def create_study(*, name: str, note: str, at: datetime | None, by: User, as_of: datetime) -> Study:
    """Of the state of now, or of the newest scan at or before `at`. Estimated first: no transaction waits for it."""
    start = live_start(as_of=as_of) if at is None else past_start(instant=at, as_of=as_of)
    return _stored(start, name=name, note=note, by=by, as_of=as_of)


@transaction.atomic
def _stored(start: Start, *, name: str, note: str, by: User, as_of: datetime) -> Study:
    study = Study.objects.create(
        name=name,
        note=note,
        author=by,
        created_at=as_of,
        base_kind=start.kind,
        base_as_of=start.as_of,
        base_solution=start.solution,
        network_model=start.model,
        base=start.base.packed(),
        base_digest=start.base.digest(),
    )
    detail = {"base": start.kind.value, "as_of": start.as_of.isoformat(), "digest": study.base_digest}
    _record(study, "study.created", by, as_of, detail)
    return study


@transaction.atomic
def copy_study(*, study_id: int, name: str, by: User, as_of: datetime) -> Study:
    """The same base and changes under another name, to try a variant."""
    original = Study.objects.get(pk=study_id)
    copy = Study.objects.get(pk=study_id)
    copy.pk, copy._state.adding = None, True
    copy.name, copy.author, copy.created_at = name, by, as_of
    copy.status, copy.copied_from = StudyStatus.OPEN, original
    copy.save()
    for change in original.changes.all():
        change.pk, change._state.adding, change.study = None, True, copy
        change.save()
    _record(copy, "study.created", by, as_of, {"copied_from": original.pk})
    return copy


@transaction.atomic
def edit_study(*, study_id: int, by: User, as_of: datetime, **fields: str) -> Study:
    """Name, note or status; the base never changes."""
    study = _locked(study_id)
    for field, value in fields.items():
        setattr(study, field, value)
    study.save(update_fields=list(fields))
    _record(study, "study.edited", by, as_of, fields)
    return study


@transaction.atomic
def add_change(*, study_id: int, given: Mapping[str, Any], by: User, as_of: datetime) -> StudyChange:
    study = _locked(study_id)
    must_be_open(study)
    must_have_room(study.changes.count())
    kind = given.get("kind")
    if kind not in ChangeKind.values:
        raise Refused("kind", f"Give one of: {', '.join(ChangeKind.values)}.")
    change = checked(ChangeKind(str(kind)), given, place_of(study.network_model))
    last = study.changes.order_by("-position").values_list("position", flat=True).first() or 0
    row = StudyChange.objects.create(
        study=study,
        position=last + 1,
        kind=str(kind),
        payload=change.payload,
        text=change.text[:300],
        made_by=by,
        made_at=as_of,
    )
    _record(study, "study.changed", by, as_of, {"change": row.text})
    return row


@transaction.atomic
def undo_change(*, study_id: int, position: int, by: User, as_of: datetime) -> None:
    """Raises StudyChange.DoesNotExist where there is none of that position."""
    study = _locked(study_id)
    must_be_open(study)
    change = study.changes.get(position=position)
    change.delete()
    _record(study, "study.changed", by, as_of, {"undone": change.text})


def _locked(study_id: int) -> Study:
    return Study.objects.select_for_update(of=("self",)).defer("base").get(pk=study_id)


def _record(study: Study, action: str, by: User, as_of: datetime, detail: Mapping[str, Any]) -> None:
    audit.record(actor=by, action=action, target=f"study {study.pk} {study.name}", detail=dict(detail), at=as_of)
