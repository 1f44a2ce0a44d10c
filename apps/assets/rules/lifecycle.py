"""Who may do what with a version, and why not."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.assets.choices import EDITABLE, TRANSITIONS, ModelStatus, Phase
from apps.assets.models import NetworkModel


@dataclass(frozen=True, slots=True)
class Verdict:
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason


def may_move(model: NetworkModel, to: ModelStatus) -> Verdict:
    status = ModelStatus(model.status)
    if to in TRANSITIONS[status]:
        return Verdict()
    return Verdict(f"Version {model.pk} is {status.label.lower()}; it cannot become {to.label.lower()}.")


def may_edit(model: NetworkModel) -> Verdict:
    if ModelStatus(model.status) in EDITABLE:
        return Verdict()
    label = ModelStatus(model.status).label.lower()
    return Verdict(
        f"Version {model.pk} is {label} and no longer changes. Make a draft from the live one and edit that."
    )


def may_approve(model: NetworkModel, by: User) -> Verdict:
    verdict = may_move(model, ModelStatus.APPROVED)
    if ModelStatus(model.status) is ModelStatus.RELEASED:  # that way back is a withdrawal
        return Verdict(f"Version {model.pk} was approved and released. Make a draft of it to change the network.")
    if verdict.allowed and by.pk in model.editor_ids:
        return Verdict("You edited this version. Somebody else who may approve networks has to approve it.")
    return verdict


def may_release(model: NetworkModel, *, predecessor: NetworkModel | None, at: datetime, as_of: datetime) -> Verdict:
    verdict = may_move(model, ModelStatus.RELEASED)
    if not verdict.allowed:
        return verdict
    if at < as_of:
        return Verdict("A version cannot go live in the past: history would change. Give an instant that is to come.")
    if predecessor and predecessor.pk != model.approved_against_id:
        return Verdict(
            f"It was approved as the successor of version {model.approved_against_id}, but version {predecessor.pk} "
            "is live then. Compare it with that one and approve it again."
        )
    if predecessor and predecessor.live_from == at:
        return Verdict(f"Version {predecessor.pk} goes live at that very instant. Choose another, or withdraw it.")
    return Verdict()


def may_remove(model: NetworkModel, *, as_of: datetime) -> Verdict:
    phase = model.phase_at(as_of)
    if phase in {Phase.LIVE, Phase.SUPERSEDED, Phase.SCHEDULED}:
        return Verdict(f"Version {model.pk} is {phase.label.lower()}: what was recorded then can only be read with it.")
    return Verdict()
