"""What the grid is run for, set by a person: another version, compared with the one that it follows."""

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.choices.objective import AS_DELIVERED, OBJECTIVES
from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import changes, objectives_now, values_of
from apps.dispatch.services.refusal import Refused
from apps.live import services as live

_MEANWHILE = "Version {newest} counts by now, not {replaces}. Look at what it changed, then set yours on top of it."


def set_objectives(
    *, replaces: int, reason: str, values: dict[str, float | None], by: User, as_of: datetime
) -> ObjectiveVersion:
    """values: of fields that differ from the version that is replaced. Raises Refused where another came between."""
    try:
        with transaction.atomic():
            return _set(replaces, reason, values, by, as_of)
    except IntegrityError as taken:
        raise Refused(_MEANWHILE.format(newest=objectives_now().version, replaces=replaces)) from taken


def _set(replaces: int, reason: str, values: dict[str, float | None], by: User, as_of: datetime) -> ObjectiveVersion:
    before = objectives_now()
    if before.version != replaces or (replaces != AS_DELIVERED and not ObjectiveVersion.objects.retire(replaces)):
        raise Refused(_MEANWHILE.format(newest=before.version, replaces=replaces))
    merged = {**values_of(before), **values}
    after = ObjectiveVersion(version=replaces + 1, reason=reason, set_by=by, set_at=as_of, **merged)
    changed = changes(before, after)
    if not changed:
        raise Refused("Nothing differs from the version that counts. Change a value, or leave it.")
    after.save(force_insert=True)
    detail = {"version": after.version, "replaces": replaces, "reason": reason, "changes": changed}
    live.record(stream=OBJECTIVES, kind="set", subject=str(after.version), payload=detail)
    audit.record(actor=by, action="objectives.set", target=f"objectives/{after.version}", detail=detail, at=as_of)
    return after
