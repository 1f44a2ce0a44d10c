from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.dispatch.choices.plan import (
    ENDED_STEPS,
    NEEDS_REASON,
    WRITABLE,
    CrewStatus,
    DocumentStatus,
    PlanKind,
    PlanStatus,
    StepStatus,
    plan_moves,
)
from apps.dispatch.models.plan import PlanMove, PlanStudy, SwitchingPlan, SwitchingStep
from apps.dispatch.models.safety_document import SafetyDocument
from apps.dispatch.rules.verdict import Verdict

PERMISSION_FOR: dict[PlanStatus, Permission] = {
    PlanStatus.APPROVED: Permission.APPROVE_PLANS,
    PlanStatus.UNDER_WAY: Permission.OPERATE,
}
_OPEN_ENDED = frozenset({StepStatus.INSTRUCTED, StepStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a move is judged by: the network is the live one, the digest that of the steps as they stand."""

    steps: Sequence[SwitchingStep]
    moves: Sequence[PlanMove]
    documents: Sequence[SafetyDocument]
    study: PlanStudy | None
    digest: str
    network_model_id: int | None


def may_write(plan: SwitchingPlan) -> Verdict:
    if PlanStatus(plan.status) in WRITABLE:
        return Verdict()
    return Verdict(f"{plan.number} is {plan.get_status_display().lower()}: reject it first, or copy it.")


def may_move(plan: SwitchingPlan, to: PlanStatus, *, by: User, reason: str, facts: PlanFacts) -> Verdict:
    now = PlanStatus(plan.status)
    if plan.kind == PlanKind.TEMPLATE and to != PlanStatus.ABORTED:
        return Verdict("A template is not carried out: make a plan from it.")
    if to not in plan_moves(PlanKind(plan.kind), now):
        return Verdict(_no_way(plan, now, to))
    if not by.may(_permission(now, to)):
        return Verdict(f"Your role does not let you make a plan '{to.label.lower()}'.")
    if to in NEEDS_REASON and not reason:
        return Verdict("Give the reason: who comes next reads it.")
    for judge in (_people, _steps, _studied, _ended):
        if not (verdict := judge(plan, to, by, facts)).allowed:
            return verdict
    return Verdict()


def _permission(now: PlanStatus, to: PlanStatus) -> Permission:
    """Who ends a plan that is under way is one of those who carry it out."""
    if now is PlanStatus.UNDER_WAY:
        return Permission.OPERATE
    return PERMISSION_FOR.get(to, Permission.PREPARE_PLANS)


def _no_way(plan: SwitchingPlan, now: PlanStatus, to: PlanStatus) -> str:
    moves = plan_moves(PlanKind(plan.kind), now)
    onward = ", ".join(sorted(str(one.label).lower() for one in moves)) or "nothing: it has ended"
    return f"{plan.number} is {now.label.lower()}, and cannot become {to.label.lower()}. It can become: {onward}."


def signatures(moves: Sequence[PlanMove]) -> Mapping[PlanStatus, int]:
    """Who stands for what in this round; a rejection wipes the names."""
    found: dict[PlanStatus, int] = {}
    for move in moves:
        if move.status in (PlanStatus.NEW, PlanStatus.REJECTED):
            found.clear()
        found[PlanStatus(move.status)] = move.by_id
    return found


def _people(plan: SwitchingPlan, to: PlanStatus, by: User, facts: PlanFacts) -> Verdict:
    names = signatures(facts.moves)
    if to == PlanStatus.CHECKED and names.get(PlanStatus.PREPARED) == by.pk:
        return Verdict("You have prepared this plan: somebody else checks it.")
    if to == PlanStatus.APPROVED:
        if names.get(PlanStatus.PREPARED) == by.pk:
            return Verdict("You have prepared this plan: somebody else approves it.")
        if names.get(PlanStatus.CHECKED) == by.pk and plan.kind != PlanKind.EMERGENCY:
            return Verdict("You have checked this plan: a third person approves it. In an emergency two are enough.")
    return Verdict()


def _steps(plan: SwitchingPlan, to: PlanStatus, by: User, facts: PlanFacts) -> Verdict:
    if to == PlanStatus.PREPARED and not facts.steps:
        return Verdict("The plan has no steps. Write them first.")
    return Verdict()


def _studied(plan: SwitchingPlan, to: PlanStatus, by: User, facts: PlanFacts) -> Verdict:
    if to not in (PlanStatus.APPROVED, PlanStatus.UNDER_WAY):
        return Verdict()
    study = facts.study
    if study is None:
        return Verdict("The plan was never studied. Study it first.")
    if study.digest != facts.digest:
        return Verdict("The steps have changed since they were studied. Study the plan again.")
    if study.network_model_id != facts.network_model_id:
        return Verdict("Another version of the network is live since the plan was studied. Study it again.")
    if not study.is_safe:
        return Verdict(f"The study found the plan unsafe: {study.text}")
    return Verdict()


def _ended(plan: SwitchingPlan, to: PlanStatus, by: User, facts: PlanFacts) -> Verdict:
    if to not in (PlanStatus.COMPLETED, PlanStatus.ABORTED):
        return Verdict()
    open_ended = [step for step in facts.steps if StepStatus(step.status) in _OPEN_ENDED]
    if open_ended:
        return Verdict(f"Step {open_ended[0].position}: {open_ended[0].get_status_display().lower()}. Settle it first.")
    issued = [document for document in facts.documents if document.status == DocumentStatus.ISSUED]
    if issued:
        return Verdict(f"{issued[0]} is issued. Release it first.")
    waiting = [step for step in facts.steps if StepStatus(step.status) not in ENDED_STEPS]
    if to == PlanStatus.COMPLETED and waiting:
        return Verdict(f"Step {waiting[0].position} is not completed. Carry it out, or abort the plan.")
    return Verdict()


def may_instruct(plan: SwitchingPlan, step: SwitchingStep, *, steps: Sequence[SwitchingStep]) -> Verdict:
    if plan.status != PlanStatus.UNDER_WAY:
        return Verdict(f"{plan.number} is {plan.get_status_display().lower()}, not under way.")
    first = next((one for one in steps if StepStatus(one.status) not in ENDED_STEPS), None)
    if first is None or first.pk != step.pk:
        before = f"step {first.position} comes first" if first else "all steps have ended"
        return Verdict(f"Steps are carried out in their order: {before}.")
    if StepStatus(step.status) in _OPEN_ENDED:
        return Verdict(f"Step {step.position} is {step.get_status_display().lower()} already.")
    return Verdict()


def may_issue(document: SafetyDocument, *, held: frozenset[str]) -> Verdict:
    """held: mRIDs of the devices on which a hold hangs."""
    if document.status != DocumentStatus.DRAFT:
        return Verdict(f"{document} is {document.get_status_display().lower()} already.")
    bare = [device["name"] for device in document.devices if device["mrid"] not in held]
    if bare:
        return Verdict(f"No hold hangs on {', '.join(bare)}. Hang it first, then issue {document}.")
    return Verdict()


def may_release(document: SafetyDocument) -> Verdict:
    if document.status != DocumentStatus.ISSUED:
        return Verdict(f"{document} is {document.get_status_display().lower()}, not issued.")
    if document.crew_status == CrewStatus.ISSUED:
        return Verdict(f"{document.crew} is signed on. They sign off first.")
    return Verdict()


def may_sign(document: SafetyDocument, to: CrewStatus) -> Verdict:
    if document.status != DocumentStatus.ISSUED:
        return Verdict(f"{document} is {document.get_status_display().lower()}: nobody signs on or off.")
    if to == CrewStatus.CLEARED and document.crew_status != CrewStatus.ISSUED:
        return Verdict(f"{document.crew} is not signed on.")
    if to == document.crew_status:
        return Verdict(f"{document.crew}: {document.get_crew_status_display().lower()} already.")
    return Verdict()
