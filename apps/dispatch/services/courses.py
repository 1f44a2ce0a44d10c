"""The way in for courses: a desk proposes one, a person or a rule that a person switched on approves it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.selectors.areas import whereabouts
from apps.dispatch.checks import course_objections
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.proposal import AutonomyMode, StepQuantity
from apps.dispatch.models import Autonomy, Course
from apps.dispatch.rules.courses import bounds_verdict, may_be_decided, may_run_alone, steps_verdict
from apps.dispatch.rules.orders import Client
from apps.dispatch.selectors.autonomy import rule_for
from apps.dispatch.selectors.courses import operations_today_of_courses
from apps.dispatch.services.course_alarms import end_course_alarm
from apps.dispatch.services.course_telling import move, tell
from apps.dispatch.services.order_checks import authority
from apps.dispatch.services.order_telling import insist
from apps.dispatch.services.proposals import Withheld
from apps.dispatch.services.refusal import Refused
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """What a desk says. Values as the meter will read; each holds until the next, the last until `ends_at`."""

    desk: str
    kind: str
    device_mrid: UUID
    quantity: StepQuantity
    steps: Sequence[tuple[datetime, float]]
    ends_at: datetime
    rest: float
    title: str
    explanation: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)


def propose_course(draft: CourseDraft, *, as_of: datetime, by: User | None = None) -> Course:
    """What the desk had proposed of the kind for the device is superseded. Raises Refused, and Withheld where the desk
    is off there."""
    control = _control(draft)
    _insist(steps_verdict(draft.steps, ends_at=draft.ends_at, as_of=as_of).reason)
    _insist(bounds_verdict([*draft.steps, (draft.ends_at, draft.rest)], control).reason)
    found = course_objections(draft.device_mrid, draft.quantity.value, draft.steps, ends_at=draft.ends_at, as_of=as_of)
    _insist(" ".join(found))
    place = whereabouts([draft.device_mrid]).get(draft.device_mrid)
    feeder = place.feeder if place else None
    rule = rule_for(draft.desk, feeder)
    if rule is not None and rule.mode == AutonomyMode.OFF:
        raise Withheld(f"{rule}. Reason: {rule.reason}")
    course = _stored(draft, control, feeder, by, as_of)
    return _approved_by(rule, course, as_of) if rule is not None else course


def approve_course(*, course_id: int, client: Client, as_of: datetime) -> Course:
    """Raises Refused; OrderRefused where this person does not operate there."""
    course = Course.objects.get(pk=course_id)
    insist(authority(client.user, course.device_mrid))
    return _approve(course, by=client.user, rule=None, executor=client.user, as_of=as_of)


def reject_course(*, course_id: int, reason: str, client: Client, as_of: datetime) -> Course:
    """Raises Refused."""
    course = Course.objects.get(pk=course_id)
    _insist(may_be_decided(course, as_of=as_of).reason)
    said = {"decided_at": as_of, "decided_by": client.user}
    if not move(course, CourseStatus.REJECTED, as_of=as_of, by=client.user, reason=reason, **said):
        raise Refused(f"Somebody was faster: {course.get_status_display().lower()}.")
    return course


@transaction.atomic
def take_over_course(*, course_id: int, client: Client, as_of: datetime) -> Course:
    """From now on its set-points are ordered in this person's name. Raises Refused and OrderRefused."""
    course = Course.objects.select_for_update().get(pk=course_id)
    if CourseStatus(course.status) != CourseStatus.RUNNING:
        raise Refused(f"Only a running course is taken over; this is {course.get_status_display().lower()}.")
    insist(authority(client.user, course.device_mrid))
    course.executor, course.taken_over_at, course.reason = client.user, as_of, ""
    course.save(update_fields=["executor", "taken_over_at", "reason"])
    tell(course, "course.taken-over", by=client.user, as_of=as_of)
    end_course_alarm(course, as_of=as_of)
    return course


def _approved_by(rule: Autonomy, course: Course, as_of: datetime) -> Course:
    done = operations_today_of_courses(rule, as_of)
    running = Course.objects.filter(
        device_mrid=course.device_mrid, quantity=course.quantity, status=CourseStatus.RUNNING
    )
    persons = running.filter(Q(decided_by__isnull=False) | Q(taken_over_at__isnull=False))
    if may_run_alone(rule, course, operations_today=done, by_person=persons.first()).allowed:
        return _approve(course, by=None, rule=rule, executor=rule.set_by, as_of=as_of)
    return course


@transaction.atomic
def _approve(course: Course, *, by: User | None, rule: Autonomy | None, executor: User, as_of: datetime) -> Course:
    """What runs there now ends where this one begins to hold: at once."""
    _insist(may_be_decided(course, as_of=as_of).reason)
    running = Course.objects.select_for_update().filter(
        device_mrid=course.device_mrid, quantity=course.quantity, status=CourseStatus.RUNNING
    )
    for other in running:
        move(other, CourseStatus.SUPERSEDED, as_of=as_of, by=by, reason=f"Course {course.pk} took its place.")
    said: dict[str, Any] = {"decided_at": as_of, "decided_by": by, "rule": rule, "executor": executor}
    try:
        with transaction.atomic():
            done = move(course, CourseStatus.RUNNING, as_of=as_of, by=by, **said)
    except IntegrityError as other_runs:
        raise Refused("Another course of the device was approved in the same moment.") from other_runs
    if not done:
        raise Refused(f"Somebody was faster: {course.get_status_display().lower()}.")
    end_course_alarm(course, as_of=as_of)
    return course


@transaction.atomic
def _stored(draft: CourseDraft, control: ControlPoint, feeder: UUID | None, by: User | None, as_of: datetime) -> Course:
    same = {"desk": draft.desk, "kind": draft.kind, "device_mrid": draft.device_mrid, "quantity": draft.quantity}
    for old in Course.objects.select_for_update().filter(**same, status=CourseStatus.PROPOSED):
        move(old, CourseStatus.SUPERSEDED, as_of=as_of, reason="The desk has proposed a newer one.")
    course = Course.objects.create(
        **same,
        device_name=_device_name(draft.device_mrid),
        feeder_mrid=feeder,
        unit=control.point.unit,
        title=draft.title[:300],
        explanation=draft.explanation,
        steps=[{"at": at.isoformat(), "value": value} for at, value in draft.steps],
        starts_at=draft.steps[0][0],
        ends_at=draft.ends_at,
        rest=draft.rest,
        versions=dict(draft.versions),
        created_at=as_of,
        proposed_by=by,
    )
    tell(course, "course.proposed", by=by, as_of=as_of)
    return course


def _control(draft: CourseDraft) -> ControlPoint:
    rows = ControlPoint.objects.filter(
        point__equipment_mrid=draft.device_mrid, point__quantity=draft.quantity, kind=ControlKind.SETPOINT
    )
    control = rows.select_related("point").first()
    if control is None:
        raise Refused("The device takes no such set-point from the control room.")
    return control


def _device_name(mrid: UUID) -> str:
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise Refused("No equipment of the live network has this mRID; choose it from the search.")
    return found.name


def _insist(reason: str) -> None:
    if reason:
        raise Refused(reason)
