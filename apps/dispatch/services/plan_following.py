"""A step of a plan goes where its order goes, in the order's own transaction."""

from datetime import datetime

from apps.accounts.models import User
from apps.dispatch.choices.order import PENDING, OrderStatus
from apps.dispatch.choices.plan import LONGEST_WORDS, STEP_MOVES, StepStatus
from apps.dispatch.models import Order, SwitchingStep
from apps.dispatch.services.plans import tell
from apps.dispatch.services.refusal import Refused

_ENDS = {
    OrderStatus.CONFIRMED: StepStatus.COMPLETED,
    OrderStatus.FOUND_DONE: StepStatus.COMPLETED,
    OrderStatus.UNKNOWN: StepStatus.UNKNOWN,
}
_FOLLOWS = (StepStatus.INSTRUCTED, StepStatus.UNKNOWN)


def follow(order: Order, *, by: User | None, as_of: datetime) -> None:
    """Nothing, while time or the field will end the order, or where it belongs to no plan."""
    if OrderStatus(order.status) in PENDING:
        return
    step = SwitchingStep.objects.filter(order=order, status__in=_FOLLOWS).select_related("plan").first()
    if step is not None:
        ended = _ENDS.get(OrderStatus(order.status), StepStatus.FAILED)
        note = f"{order.get_status_display()}. {order.finding or order.reason}".strip()
        end_step(step, ended, note=note, by=by or order.selected_by, as_of=as_of)


def end_step(step: SwitchingStep, to: StepStatus, *, note: str, by: User, as_of: datetime) -> None:
    before = StepStatus(step.status)
    if to not in STEP_MOVES[before]:
        raise ValueError(f"No step goes from {before} to {to}.")
    ended = {"status": to, "note": note[:LONGEST_WORDS], "ended_at": as_of}
    if not SwitchingStep.objects.filter(pk=step.pk, status=before).update(**ended):
        raise Refused(f"Somebody was faster: look at where step {step.position} stands now.")
    step.status, step.note, step.ended_at = to, note[:LONGEST_WORDS], as_of
    detail = {"step": step.position, "text": step.text, "outcome": to.value, "note": note}
    tell(step.plan, "plan.step-ended", by=by, as_of=as_of, detail=detail)
