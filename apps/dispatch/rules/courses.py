from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from apps.dispatch.choices.course import LEAST_STEP, LONGEST_COURSE, MOST_COURSE_STEPS, CourseStatus
from apps.dispatch.choices.proposal import SETTINGS, AutonomyMode
from apps.dispatch.models import Autonomy, Course
from apps.dispatch.rules.verdict import Verdict
from apps.telemetry.models import ControlPoint

Steps = Sequence[tuple[datetime, float]]


def steps_verdict(steps: Steps, *, ends_at: datetime, as_of: datetime) -> Verdict:
    """Whether these can be a course at all."""
    if not steps:
        return Verdict("steps: there is none; give each an instant and a value.")
    close = next((n for n, (one, then) in enumerate(pairwise(at for at, _ in steps), 2) if then - one < LEAST_STEP), 0)
    objections = (
        (len(steps) > MOST_COURSE_STEPS, f"steps: {len(steps)}; a course has at most {MOST_COURSE_STEPS}."),
        (bool(close), f"steps: number {close} is not at least a minute after the one before it."),
        (ends_at <= max(steps[-1][0], as_of), "ends_at: it lies after the last step, and in the future."),
        (ends_at - as_of > LONGEST_COURSE, "ends_at: a course ends within 48 hours."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def bounds_verdict(steps: Steps, control: ControlPoint) -> Verdict:
    low, high = control.low, control.high
    if low is None or high is None:
        return Verdict("The bounds of this set-point are not known; an administrator gives them.")
    for number, (_, value) in enumerate(steps, 1):
        if not low <= value <= high:
            return Verdict(f"Step {number}: {value:g} is not from {low:g} to {high:g} {control.point.unit}.")
    return Verdict()


def may_be_decided(course: Course, *, as_of: datetime) -> Verdict:
    if CourseStatus(course.status) != CourseStatus.PROPOSED:
        return Verdict(f"It cannot be decided any more: {course.get_status_display().lower()}. {course.reason}".strip())
    if course.ends_at <= as_of:
        return Verdict("It is past its end.")
    return Verdict()


SOON = timedelta(hours=1)


def may_run_alone(rule: Autonomy, course: Course, *, operations_today: int, by_person: Course | None = None) -> Verdict:
    """Whether a rule that a person has switched on approves it. by_person: what runs on the device by a person's word.

    What begins later is left to people: approved now it would end what runs now, and a newer course comes before then.
    """
    values = [float(step["value"]) for step in course.steps]
    most = max(map(abs, values))
    hours = {timezone.localtime(datetime.fromisoformat(step["at"])).hour for step in course.steps}
    moves = operations(course)
    objections = (
        (rule.mode != AutonomyMode.AUTOMATIC, "The rule does not act by itself."),
        (course.quantity in SETTINGS, "How a plant answers of its own is a person's decision: a rule allows kW."),
        (course.starts_at - course.created_at > SOON, "It begins later than in an hour: a person decides on it."),
        (by_person is not None, "A person has approved another course of the device; no rule takes its place."),
        (
            any(not rule.from_hour <= hour < rule.to_hour for hour in hours),
            f"The rule acts from {rule.from_hour} to {rule.to_hour} o'clock.",
        ),
        (most > rule.max_kw, f"It moves up to {most:.0f} {course.unit}, the rule allows {rule.max_kw:.0f}."),
        (
            operations_today + moves > rule.max_operations_per_day,
            f"With it there would be {operations_today + moves} operations today, the rule allows "
            f"{rule.max_operations_per_day}.",
        ),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def operations(course: Course) -> int:
    """Set-points that differ from the one before."""
    values = [float(step["value"]) for step in course.steps]
    return 1 + sum(one != then for one, then in pairwise(values))


def may_still_run(course: Course) -> Verdict:
    """A rule that is switched off orders nothing more; what a person took over is that person's."""
    if course.decided_by_id is not None or course.taken_over_at is not None:
        return Verdict()
    is_on = course.rule is not None and course.rule.mode == AutonomyMode.AUTOMATIC
    return Verdict("" if is_on else "The rule that approved it does not act by itself any more.")


def end_of(course: Course, number: int) -> datetime:
    """Until when a step holds."""
    later = course.steps[number + 1 :]
    return datetime.fromisoformat(later[0]["at"]) if later else course.ends_at


def is_soon_over(course: Course, number: int, as_of: datetime) -> bool:
    """Nothing is ordered for the last seconds of a step."""
    return end_of(course, number) - as_of < timedelta(seconds=10)
