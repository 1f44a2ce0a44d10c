from datetime import datetime

from apps.dispatch.models.order import Order
from apps.telemetry.choices import Feedback
from apps.telemetry.models import ControlPoint


def shows_effect(
    order: Order, control: ControlPoint, value: float | None, at: datetime | None, *, is_valid: bool, since: datetime
) -> bool:
    """Whether a measured value, of that instant, says that the order was carried out."""
    if Feedback(control.feedback) is Feedback.NONE:
        return True
    if value is None or at is None or at < since or not is_valid:
        return False
    return _fits(order, control, value)


def shows_that_it_moved(
    order: Order, control: ControlPoint, value: float | None, at: datetime | None, *, is_valid: bool, since: datetime
) -> bool:
    """As above, of an outcome that is not known: a value that stood there before the order proves nothing."""
    if Feedback(control.feedback) is Feedback.NONE or order.before is None or _fits(order, control, order.before):
        return False
    return shows_effect(order, control, value, at, is_valid=is_valid, since=since)


def _fits(order: Order, control: ControlPoint, value: float) -> bool:
    if Feedback(control.feedback) is Feedback.WITHIN:
        return abs(value) <= abs(order.value) + control.tolerance
    return abs(value - order.value) <= control.tolerance
