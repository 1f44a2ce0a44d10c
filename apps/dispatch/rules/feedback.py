from datetime import datetime

from apps.dispatch.models.order import Order
from apps.telemetry.choices import Feedback
from apps.telemetry.models import ControlPoint


def shows_effect(
    order: Order, control: ControlPoint, value: float | None, at: datetime | None, *, is_valid: bool, since: datetime
) -> bool:
    """Whether a measured value, of that instant, says that the order was carried out."""
    how = Feedback(control.feedback)
    if how is Feedback.NONE:
        return True
    if value is None or at is None or at < since or not is_valid:
        return False
    if how is Feedback.WITHIN:
        return abs(value) <= abs(order.value) + control.tolerance
    return abs(value - order.value) <= control.tolerance
