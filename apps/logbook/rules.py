from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.logbook.choices import TRANSITIONS, Stage
from apps.logbook.models import HandOver, Note


@dataclass(frozen=True, slots=True)
class Verdict:
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason


def may_correct(note: Note, *, by: User) -> Verdict:
    if hasattr(note, "correction"):
        return Verdict("This note was corrected before; correct the correction.")
    if note.author_id != by.pk:
        return Verdict("Only its author corrects a note; write a note of your own beside it.")
    return Verdict()


def may_close(note: Note) -> Verdict:
    if not note.is_open:
        return Verdict("This note was never open.")
    if hasattr(note, "closing"):
        return Verdict(f"{note.closing.author} has closed this note.")
    if hasattr(note, "correction"):
        return Verdict("This note was corrected; close the correction.")
    return Verdict()


def review_key(alarm: dict[str, Any]) -> str:
    return f"{alarm['id']}/{alarm['occurrence']}"


def all_reviewed(urgent: Collection[dict[str, Any]], reviewed: Collection[str]) -> Verdict:
    missing = [alarm for alarm in urgent if review_key(alarm) not in reviewed]
    if not missing:
        return Verdict()
    names = ", ".join(f"{alarm['equipment_name']} ({alarm['condition_label']})" for alarm in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return Verdict(f"Look at every alarm of priority 1 and tick it before you sign: {names}{more}.")


def may_take_over(hand_over: HandOver, *, by: User) -> Verdict:
    if Stage.COMPLETE not in TRANSITIONS[Stage(hand_over.stage)]:
        return Verdict(f"This hand-over does not wait any more: {hand_over.get_stage_display().lower()}.")
    if hand_over.outgoing_id == by.pk:
        return Verdict("You have signed as the one who leaves; the relief signs here.")
    return Verdict()


def may_withdraw(hand_over: HandOver, *, by: User) -> Verdict:
    if Stage.WITHDRAWN not in TRANSITIONS[Stage(hand_over.stage)]:
        return Verdict(f"This hand-over does not wait any more: {hand_over.get_stage_display().lower()}.")
    return Verdict() if hand_over.outgoing_id == by.pk else Verdict("Only who has signed it withdraws a hand-over.")
