"""Openings of switches, and whether somebody here asked for them."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.plan import StepKind, StepStatus
from apps.dispatch.models import Order
from apps.dispatch.models.plan import SwitchingStep

ORDERED_WITHIN = timedelta(minutes=2)  # from the order to the movement
INSTRUCTED_WITHIN = timedelta(hours=1)  # a crew goes there first
CLOCKS_DIFFER = timedelta(seconds=5)
_NOTHING_DONE = (OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REFUSED, OrderStatus.NOT_SENT)


def who_opened(switch: UUID, at: datetime) -> str:
    """The order or the step of a plan that explains it, in words; empty: nobody here asked for it."""
    orders = Order.objects.filter(
        device_mrid=switch, act=Act.OPEN, ordered_at__gt=at - ORDERED_WITHIN, ordered_at__lt=at + CLOCKS_DIFFER
    ).exclude(status__in=_NOTHING_DONE)
    order = orders.order_by("-ordered_at").first()
    if order is not None:
        return f"order {order.pk}" + (f", {order.purpose}" if order.purpose else "")
    steps = SwitchingStep.objects.filter(
        equipment_mrid=switch,
        kind=StepKind.SWITCH,
        instructed_at__gt=at - INSTRUCTED_WITHIN,
        instructed_at__lt=at + CLOCKS_DIFFER,
    ).exclude(status=StepStatus.NEW)
    step = steps.select_related("plan").order_by("-instructed_at").first()
    return f"{step.plan.number}, step {step.position}" if step else ""
