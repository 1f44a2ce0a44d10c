from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.dispatch.adapters.look_ahead import live_of
from apps.dispatch.choices import STREAM, TagKind
from apps.dispatch.models import SafetyDocument, Tag
from apps.dispatch.rules.tags import may_remove
from apps.dispatch.selectors.tags import tag_document
from apps.dispatch.services.picture import pictures
from apps.dispatch.services.refusal import Refused
from apps.live import services as live


@transaction.atomic
def place_tag(*, equipment_mrid: UUID, kind: TagKind, reason: str, by: User, as_of: datetime) -> Tag:
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(equipment_mrid)) if model else None
    if found is None:
        raise Refused("No equipment of the live network has this mRID; choose it from the search.")
    if kind is TagKind.EARTH:
        _insist_it_is_dead(equipment_mrid, found.name, as_of=as_of)
    tag = Tag.objects.create(
        equipment_mrid=equipment_mrid,
        equipment_name=found.name,
        kind=kind,
        reason=reason,
        placed_at=as_of,
        placed_by=by,
    )
    _tell(tag, "tag.placed", reason=reason, by=by, as_of=as_of)
    return tag


def _insist_it_is_dead(mrid: UUID, name: str, *, as_of: datetime) -> None:
    picture = pictures.now(as_of=as_of)
    if picture.network and picture.point and live_of(picture.network, picture.point, str(mrid)):
        raise Refused(f"{name} is live: it cannot be earthed. Switch it off first.")


@transaction.atomic
def remove_tag(*, tag_id: int, reason: str, by: User, as_of: datetime) -> Tag:
    tag = Tag.objects.select_for_update(of=("self",)).get(pk=tag_id)
    issued = SafetyDocument.objects.issued_on(tag.equipment_mrid).first()
    verdict = may_remove(tag, by=by, under=issued)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    tag.removed_at, tag.removed_by, tag.removal_reason = as_of, by, reason
    tag.save(update_fields=["removed_at", "removed_by", "removal_reason"])
    _tell(tag, "tag.removed", reason=reason, by=by, as_of=as_of)
    return tag


def _tell(tag: Tag, action: str, *, reason: str, by: User, as_of: datetime) -> None:
    detail = {
        "equipment_mrid": str(tag.equipment_mrid),
        "equipment": tag.equipment_name,
        "kind": tag.kind,
        "reason": reason,
    }
    audit.record(actor=by, action=action, target=f"tag/{tag.pk}", detail=detail, at=as_of)
    live.record(stream=STREAM, kind=action, subject=str(tag.pk), payload=tag_document(tag))
