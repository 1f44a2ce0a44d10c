from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.dispatch.models import Tag


def tag_document(tag: Tag) -> dict[str, Any]:
    return {
        "id": tag.pk,
        "equipment_mrid": str(tag.equipment_mrid),
        "equipment_name": tag.equipment_name,
        "kind": tag.kind,
        "kind_label": tag.get_kind_display(),
        "reason": tag.reason,
        "placed_at": tag.placed_at.isoformat(),
        "placed_by": tag.placed_by.get_username(),
        "removed_at": tag.removed_at.isoformat() if tag.removed_at else None,
        "removed_by": tag.removed_by.get_username() if tag.removed_by else None,
        "removal_reason": tag.removal_reason,
    }


def standing_tags(*, equipment: UUID | None = None, at: datetime | None = None) -> list[dict[str, Any]]:
    """Now, or as they hung at an instant; in the order in which they were placed."""
    tags = Tag.objects.standing() if at is None else Tag.objects.standing_at(at)
    if equipment is not None:
        tags = tags.filter(equipment_mrid=equipment)
    return _documents(tags.select_related("placed_by", "removed_by"))


def _documents(tags: Iterable[Tag]) -> list[dict[str, Any]]:
    return [tag_document(tag) for tag in tags]
