"""What becomes of an approved course: each set-point as an order at its time, through the door that every order takes.

Nothing is made up for: of steps that time has passed only the one that holds now is ordered. The first that fails ends
the course, and the device is set to rest once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.db.models import Q

from apps.accounts.models import User
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.order import DONE, PENDING, Act, AddCause, Level, OrderStatus
from apps.dispatch.models import Course, Order
from apps.dispatch.rules.courses import is_soon_over, may_still_run
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import orders
from apps.dispatch.services.course_alarms import end_course_alarm, raise_course_alarm
from apps.dispatch.services.course_telling import move
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.refusal import Refused

_WAIT = frozenset({AddCause.LOCKED_BY_OTHER_CLIENT, AddCause.OBJECT_ALREADY_SELECTED})
_STOPPED_AS = {CourseStatus.PROPOSED: CourseStatus.WITHDRAWN, CourseStatus.RUNNING: CourseStatus.STOPPED}
ALARM_LOOKED_BACK = timedelta(hours=1)
Clock = Callable[[], datetime]
_NEVER_ORDERED = (OrderStatus.SELECTED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)


def advance_courses(*, clock: Clock) -> int:
    """One round. How many go on. clock: looking ahead takes a moment, and an order is good for seconds."""
    for course in Course.objects.filter(status=CourseStatus.RUNNING).select_related("executor", "rule"):
        _advance(course, clock)
    return Course.objects.filter(status=CourseStatus.RUNNING).count()


def expire_courses(*, as_of: datetime) -> int:
    """What nobody decided on. The alarm of what was stopped ends with the time that it was for."""
    over = Course.objects.filter(status=CourseStatus.STOPPED, ends_at__lte=as_of, ends_at__gt=as_of - ALARM_LOOKED_BACK)
    runs = set(Course.objects.filter(status=CourseStatus.RUNNING).values_list("device_mrid", "quantity"))
    for course in over:
        if (course.device_mrid, course.quantity) not in runs:
            end_course_alarm(course, as_of=as_of)
    past = Course.objects.filter(status=CourseStatus.PROPOSED, ends_at__lte=as_of)
    return sum(move(one, CourseStatus.EXPIRED, as_of=as_of, reason="Nobody decided on it in time.") for one in past)


def stop_course(*, course_id: int, reason: str, client: Client, clock: Clock) -> Course:
    """By a person: withdrawn before it runs, else stopped, with the device set to rest. Raises Refused."""
    as_of = clock()
    course = Course.objects.select_related("executor", "rule").get(pk=course_id)
    new = _STOPPED_AS.get(CourseStatus(course.status))
    if new is None or not move(course, new, as_of=as_of, by=client.user, reason=f"{client.user}: {reason}"):
        raise Refused(f"There is nothing to stop: {course.get_status_display().lower()}. {course.reason}".strip())
    if new == CourseStatus.STOPPED:
        _to_rest(course, clock, executor=client.user)
    return course


def _advance(course: Course, clock: Clock) -> None:
    as_of, foreign = clock(), _foreign_order(course)
    if foreign is not None:
        _stop(course, f"{foreign}, by {foreign.selected_by}: the device is in other hands.", clock, rests=False)
    elif as_of >= course.ends_at:
        if not _is_pending(course, as_of) and move(course, CourseStatus.DONE, as_of=as_of):
            _to_rest(course, clock)
            end_course_alarm(course, as_of=as_of)
    elif (number := course.due(as_of)) is not None:
        _follow(course, number, clock)


def _is_pending(course: Course, as_of: datetime) -> bool:
    """Its last order has a minute to come to its end."""
    newest = _newest_order(course)
    is_late = as_of - course.ends_at > timedelta(minutes=1)
    return newest is not None and OrderStatus(newest.status) in PENDING and not is_late


def _foreign_order(course: Course) -> Order | None:
    """Whoever else orders the device since, by hand, in a plan or for a trouble, has it."""
    rows = Order.objects.filter(device_mrid=course.device_mrid, act__in=(Act.SET, Act.RELEASE))
    rows = rows.filter(ordered_at__isnull=False, selected_at__gt=course.decided_at)
    same = Q(control__isnull=True) | Q(control__point__quantity=course.quantity)
    return rows.filter(same).exclude(purpose__startswith="course ").select_related("selected_by").first()


def _follow(course: Course, number: int, clock: Clock) -> None:
    given = _order_of(course, number)
    if given is None:
        failed = _failed_before(course)
        if failed is not None:
            _stop(course, f"{failed}. {failed.finding or failed.reason}", clock, rests=_may_rest(failed))
        elif not is_soon_over(course, number, clock()) and not _stands_already(course, number):
            _give(course, number, clock)
    elif OrderStatus(given.status) not in PENDING | DONE:
        _stop(course, f"{given}. {given.finding or given.reason}", clock, rests=_may_rest(given))


def _order_of(course: Course, number: int) -> Order | None:
    rows = Order.objects.filter(purpose=_purpose(course, number)).exclude(status__in=_NEVER_ORDERED)
    return rows.order_by("-id").first()


def _newest_order(course: Course) -> Order | None:
    rows = Order.objects.filter(purpose__startswith=f"{course.purpose}, ").exclude(status__in=_NEVER_ORDERED)
    return rows.order_by("-id").first()


def _failed_before(course: Course) -> Order | None:
    """The answer to an order may come when the next step holds already."""
    newest = _newest_order(course)
    return newest if newest is not None and OrderStatus(newest.status) not in PENDING | DONE else None


def _may_rest(order: Order) -> bool:
    """Where it is not known what was done, somebody has to look first."""
    return OrderStatus(order.status) != OrderStatus.UNKNOWN


def _stands_already(course: Course, number: int) -> bool:
    newest = _newest_order(course)
    return newest is not None and newest.value == float(course.steps[number]["value"])


def _give(course: Course, number: int, clock: Clock) -> None:
    verdict = may_still_run(course)
    if not verdict.allowed:
        _stop(course, verdict.reason, clock)
        return
    try:
        warning = _ordered(course, _purpose(course, number), float(course.steps[number]["value"]), clock)
    except OrderRefused as refusal:
        _refused(course, number, refusal, clock)
    else:
        if warning:
            _stop(course, f"Step {number + 1} was not ordered, since nobody was there to read: {warning}", clock)
        elif course.reason:
            Course.objects.filter(pk=course.pk).update(reason="")
            end_course_alarm(course, as_of=clock())


def _ordered(course: Course, purpose: str, value: float, clock: Clock, *, executor: User | None = None) -> str:
    """A warning of the look-ahead, with which nothing was ordered; empty: it is under way. Raises OrderRefused."""
    by = executor or course.executor
    if by is None:
        return "Nobody answers for it."
    client = Client(by, session=course.purpose)
    wanted = orders.Wanted(course.device_mrid, Act.SET, value, course.quantity)
    key = uuid5(NAMESPACE_URL, f"gridops:{purpose}:{_tries(purpose)}")
    order = orders.select(wanted=wanted, key=key, client=client, as_of=clock(), clock=clock, purpose=purpose)
    if warning := _warning(order):
        orders.cancel(order_id=order.pk, client=client, as_of=clock())
        return warning
    orders.operate(order_id=order.pk, nonce=order.nonce, client=client, as_of=clock())
    return ""


def _tries(purpose: str) -> int:
    """What was selected and never ordered counts for nothing: it may be tried again."""
    return Order.objects.filter(purpose=purpose, status__in=_NEVER_ORDERED[1:]).count()


def _warning(order: Order) -> str:
    """What somebody would have to read or decide at its moment."""
    if order.is_critical:
        return "A second person decides on it."
    found = order.look_ahead.get("findings", [])
    return " ".join(one["text"] for one in found if one["level"] == Level.WARNS.value)


def _refused(course: Course, number: int, refusal: OrderRefused, clock: Clock) -> None:
    if refusal.add_cause in _WAIT or _is_under_way(refusal, course):
        return
    if refusal.add_cause == AddCause.NO_ACCESS_AUTHORITY:
        _hold(course, f"{refusal} Nothing is ordered until somebody who answers for it takes it over.", clock())
        return
    _stop(course, f"Step {number + 1}: {refusal}", clock)


def _is_under_way(refusal: OrderRefused, course: Course) -> bool:
    """Its own order before is not at its end, or another process was faster."""
    mine = refusal.order is not None and refusal.order.purpose.startswith(f"{course.purpose}, ")
    return mine and refusal.add_cause == AddCause.COMMAND_ALREADY_IN_EXECUTION


def _hold(course: Course, reason: str, as_of: datetime) -> None:
    if Course.objects.filter(pk=course.pk, status=CourseStatus.RUNNING, reason="").update(reason=reason[:300]):
        raise_course_alarm(course, "waits for somebody to take it over.", as_of=as_of)


def _stop(course: Course, reason: str, clock: Clock, *, rests: bool = True) -> None:
    if not move(course, CourseStatus.STOPPED, as_of=clock(), reason=reason):
        return
    stands = "" if rests and _to_rest(course, clock) else " It stands at its last set-point."
    raise_course_alarm(course, f"{reason[:120]}{stands}", as_of=clock())


def _to_rest(course: Course, clock: Clock, *, executor: User | None = None) -> bool:
    """Once, and only what this course has moved."""
    newest = _newest_order(course)
    if newest is None or newest.value == course.rest:
        return True
    try:
        warning = _ordered(course, f"{course.purpose}, rest", course.rest, clock, executor=executor)
    except OrderRefused as refusal:
        warning = str(refusal)
    if warning:
        raise_course_alarm(course, f"not set to rest: {warning}", as_of=clock())
    return not warning


def _purpose(course: Course, number: int) -> str:
    return f"{course.purpose}, step {number + 1}"
