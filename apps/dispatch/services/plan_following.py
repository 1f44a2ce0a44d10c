"""A step of a plan goes where its order goes, in the order's own transaction."""

from datetime import datetime

from apps.accounts.models import User
from apps.dispatch.choices.order import OPEN_ORDERS, OrderStatus
from apps.dispatch.choices.plan import StepStatus
from apps.dispatch.models import Order, SwitchingStep
from apps.dispatch.services.plans import tell

_ENDS = {OrderStatus.CONFIRMED: StepStatus.COMPLETED, OrderStatus.UNKNOWN: StepStatus.UNKNOWN}


def follow(order: Order, *, by: User | None, as_of: datetime) -> None:
    """Nothing, while the order is open, or where it belongs to no plan."""
    if OrderStatus(order.status) in OPEN_ORDERS:
        return
    step = SwitchingStep.objects.filter(order=order, status=StepStatus.INSTRUCTED).select_related("plan").first()
    if step is not None:
        ended = _ENDS.get(OrderStatus(order.status), StepStatus.FAILED)
        note = f"{order.get_status_display()}. {order.reason}".strip()
        end_step(step, ended, note=note, by=by or order.selected_by, as_of=as_of)


def end_step(step: SwitchingStep, to: StepStatus, *, note: str, by: User, as_of: datetime) -> None:
    step.status, step.note, step.ended_at = to, note[:500], as_of
    step.save(update_fields=["status", "note", "ended_at"])
    detail = {"step": step.position, "text": step.text, "outcome": to.value, "note": note}
    tell(step.plan, "plan.step-ended", by=by, as_of=as_of, detail=detail)
