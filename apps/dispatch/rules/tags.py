from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.dispatch.choices import TagKind
from apps.dispatch.models import SafetyDocument, Tag
from apps.dispatch.rules.verdict import Verdict

# Somebody's life may hang on them: who has placed one takes it off, or who answers for the shift.
_OWN = frozenset({TagKind.HOLD, TagKind.EARTH, TagKind.HOT_LINE})
# What keeps the place of work dead.
KEPT_UNDER_DOCUMENT = frozenset({TagKind.HOLD, TagKind.EARTH})


def may_remove(tag: Tag, *, by: User, under: SafetyDocument | None = None) -> Verdict:
    if tag.removed_at is not None:
        return Verdict(f"{tag.removed_by} has removed this tag already.")
    if under is not None and TagKind(tag.kind) in KEPT_UNDER_DOCUMENT:
        return Verdict(f"{under} is issued on this device, and {under.crew} relies on it. Release it first.")
    if TagKind(tag.kind) in _OWN and tag.placed_by_id != by.pk and not by.may(Permission.REMOVE_ANY_TAG):
        return Verdict(f"{tag.placed_by} has placed this tag and removes it; or else the shift supervisor.")
    return Verdict()
