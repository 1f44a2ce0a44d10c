"""From a draft to the live version and into history. Each step is a compare-and-swap, audited in its transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from apps.accounts.models import User
from apps.assets.choices import ModelStatus
from apps.assets.models import NetworkModel
from apps.assets.rules import Verdict, may_approve, may_edit, may_move, may_release, may_remove
from apps.assets.services.checking import Fact, examine
from apps.assets.services.copying import copy_rows
from apps.assets.services.storing import one_at_a_time
from apps.audit import services as audit


class ChangeRefused(Exception):
    """The version is not in the state for it, or this person may not do it."""


@transaction.atomic
def make_draft(*, by: User, note: str, as_of: datetime, of: NetworkModel | None = None) -> NetworkModel:
    """A copy of the live version, or of another one, to be edited."""
    one_at_a_time()
    source = of or NetworkModel.objects.live_at(as_of).first()
    if source is None:
        raise ChangeRefused("There is no live version to make a draft from. Import a network first.")
    fields = ("source", "name", "licence", "schematic", "counts", "problems")
    draft = NetworkModel.objects.create(
        **{name: getattr(source, name) for name in fields},
        imported_at=as_of,
        parent=source,
        note=note.strip()[:300],
        author=by.get_username(),
        editor_ids=[by.pk],
    )
    copy_rows(source=source, target=draft)
    _record(by, "network.draft", draft, {"from_version": source.pk, "note": draft.note}, as_of)
    return draft


@transaction.atomic
def check(*, model_id: int, by: User, as_of: datetime) -> list[Fact]:
    """Returns what is wrong; with an empty list the version is checked and may be approved."""
    model = _locked(model_id)
    _hold(may_edit(model))
    errors = examine(model, as_of=as_of)
    model.revision += 1
    model.save()
    _record(by, "network.checked", model, {"errors": len(errors), "digest": model.digest}, as_of)
    return errors


@transaction.atomic
def approve(*, model_id: int, by: User, as_of: datetime) -> NetworkModel:
    """Holds for taking the place of the version that is live now: that is what the approver compared it with."""
    one_at_a_time()
    model = _locked(model_id)
    _hold(may_approve(model, by))
    live = NetworkModel.objects.live_at(as_of).first()
    _move(model, ModelStatus.APPROVED, approved_at=as_of, approved_by=by.get_username(), approved_against=live)
    _record(by, "network.approved", model, {"against_version": live.pk if live else None}, as_of)
    return model


@transaction.atomic
def reject(*, model_id: int, by: User, reason: str, as_of: datetime) -> NetworkModel:
    model = _locked(model_id)
    _hold(may_move(model, ModelStatus.REJECTED))
    if not reason.strip():
        raise ChangeRefused("Give the reason: the author has to know what to do better.")
    reason = reason.strip()[:300]
    _move(model, ModelStatus.REJECTED, rejected_at=as_of, rejected_by=by.get_username(), rejection_reason=reason)
    _record(by, "network.rejected", model, {"reason": reason}, as_of)
    return model


@transaction.atomic
def release(*, model_id: int, by: User, at: datetime, as_of: datetime) -> NetworkModel:
    """Live from `at` on, now or to come; the version before it ends there, and nobody has to do anything then."""
    one_at_a_time()
    model = _locked(model_id)
    before = NetworkModel.objects.live_at(at).first()
    _hold(may_release(model, predecessor=before, at=at, as_of=as_of))
    until = before.live_until if before else None
    if before:
        NetworkModel.objects.filter(pk=before.pk).update(live_until=at)
    _move(model, ModelStatus.RELEASED, released_by=by.get_username(), live_from=at, live_until=until)
    detail = {"live_from": at.isoformat(), "instead_of_version": before.pk if before else None}
    _record(by, "network.released", model, detail, as_of)
    return model


@transaction.atomic
def withdraw(*, model_id: int, by: User, as_of: datetime) -> NetworkModel:
    """Take back a release whose instant has not come."""
    one_at_a_time()
    model = _locked(model_id)
    if model.live_from is None or model.live_from <= as_of:
        raise ChangeRefused("Only a version that is scheduled and not live yet can be withdrawn.")
    start, end = model.live_from, model.live_until
    _move(model, ModelStatus.APPROVED, live_from=None, live_until=None, released_by="")
    NetworkModel.objects.filter(live_until=start).update(live_until=end)
    _record(by, "network.withdrawn", model, {"was_to_be_live_from": start.isoformat()}, as_of)
    return model


@transaction.atomic
def remove(*, model_id: int, by: User, as_of: datetime) -> None:
    one_at_a_time()
    model = _locked(model_id)
    _hold(may_remove(model, as_of=as_of))
    _record(by, "network.removed", model, {"digest": model.digest, "status": model.status}, as_of)
    try:
        model.delete()
    except ProtectedError:
        raise ChangeRefused(f"Version {model_id} has recorded states; they can only be read with it.") from None


def _locked(model_id: int) -> NetworkModel:
    return NetworkModel.objects.select_for_update(of=("self",)).get(pk=model_id)


def _hold(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise ChangeRefused(verdict.reason)


def _move(model: NetworkModel, to: ModelStatus, **facts: Any) -> None:
    _hold(may_move(model, to))
    moved = NetworkModel.objects.filter(pk=model.pk, status=model.status, revision=model.revision)
    if moved.update(status=to, **facts) != 1:
        raise ChangeRefused("Somebody else changed this version at the same moment. Look at it again.")
    model.refresh_from_db()


def _record(by: User, action: str, model: NetworkModel, detail: dict[str, Any], as_of: datetime) -> None:
    audit.record(actor=by, action=action, target=str(model), detail=detail, at=as_of)
