"""A course of set-points: approved once, each ordered at its time through the one door, ended by what fails."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client as HttpClient
from django.utils import timezone

from apps.accounts.choices import Role
from apps.alarms.models import Alarm
from apps.dispatch import checks
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.proposal import AutonomyMode, StepQuantity
from apps.dispatch.models import Autonomy, Course, Order
from apps.dispatch.selectors.unfinished import unfinished
from apps.dispatch.services import course_following
from apps.dispatch.services.courses import (
    CourseDraft,
    approve_course,
    propose_course,
    reject_course,
    take_over_course,
)
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.proposals import Withheld
from apps.dispatch.services.refusal import Refused
from apps.telemetry.choices import ControlKind, Quantity, RequestState
from apps.telemetry.models import ControlPoint
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.orders import Desk, make_desk, person

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk(MEDIUM_VOLTAGE)


@pytest.fixture
def plant(desk: Desk) -> ControlPoint:
    rows = ControlPoint.objects.filter(kind=ControlKind.SETPOINT, point__quantity=Quantity.ACTIVE_POWER)
    return rows.select_related("point").earliest("id")


@pytest.fixture
def refused_by_check() -> Iterator[dict[str, str]]:
    said: dict[str, str] = {}
    checks.install(
        "test",
        order=lambda wanted, *, as_of: said.get("order", ""),
        course=lambda *_, **__: said.get("course", ""),
    )
    yield said
    checks.install("test", order=lambda wanted, *, as_of: "", course=lambda *_, **__: "")


def draft(desk: Desk, plant: ControlPoint, *shares: float, **more: object) -> CourseDraft:
    assert plant.low is not None
    begin = desk.now + timedelta(minutes=1)
    usual = {
        "desk": "storage",
        "kind": "schedule",
        "device_mrid": plant.point.equipment_mrid,
        "quantity": StepQuantity.ACTIVE_POWER,
        "steps": [(begin + n * QUARTER, round(share * plant.low)) for n, share in enumerate(shares)],
        "ends_at": begin + len(shares) * QUARTER,
        "rest": 0.0,
        "title": "Hours ahead of the plant",
    }
    return CourseDraft(**{**usual, **more})  # type: ignore[arg-type]


def running(desk: Desk, plant: ControlPoint, *shares: float) -> Course:
    course = propose_course(draft(desk, plant, *shares), as_of=desk.now)
    return approve_course(course_id=course.pk, client=desk.anna, as_of=desk.now)


def later(desk: Desk, after: timedelta) -> None:
    """Time passes, the gateway does what it is asked to, and the course is followed."""
    desk.wait(after.total_seconds())
    desk.room.step(desk.now)
    course_following.advance_courses(clock=desk.clock)
    desk.gateway()
    for _ in range(2):
        desk.wait(6)


def orders(course: Course) -> list[tuple[str, float, str]]:
    rows = Order.objects.filter(purpose__startswith=f"course {course.pk},").order_by("id")
    return [(row.purpose.partition(", ")[2], row.value, row.status) for row in rows]


def standing(course: Course) -> tuple[CourseStatus, str]:
    course.refresh_from_db()
    return CourseStatus(course.status), course.reason


def test_each_set_point_is_ordered_at_its_time_and_the_device_ends_at_rest(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.2, 0.1)
    course_following.advance_courses(clock=desk.clock)
    assert orders(course) == []  # not before its time
    later(desk, timedelta(minutes=1))
    assert orders(course) == [("step 1", course.steps[0]["value"], OrderStatus.CONFIRMED)]
    order = Order.objects.get(purpose=f"course {course.pk}, step 1")
    assert order.selected_by == desk.anna.user
    assert order.look_ahead["findings"] is not None
    later(desk, QUARTER)
    later(desk, QUARTER)
    assert [(name, status) for name, _, status in orders(course)] == [
        ("step 1", OrderStatus.CONFIRMED),
        ("step 2", OrderStatus.CONFIRMED),
        ("rest", OrderStatus.CONFIRMED),
    ]
    assert standing(course)[0] == CourseStatus.DONE


def test_what_was_missed_is_not_made_up_for(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.3, 0.2, 0.1)
    later(desk, 2 * QUARTER + timedelta(minutes=2))
    assert [name for name, *_ in orders(course)] == ["step 3"]


def test_the_first_that_fails_stops_it_and_the_device_is_set_to_rest_once(
    desk: Desk, plant: ControlPoint, refused_by_check: dict[str, str]
) -> None:
    course = running(desk, plant, 0.2, 0.1, 0.3)
    later(desk, timedelta(minutes=1))
    value = float(course.steps[1]["value"])
    checks.install(
        "test",
        order=lambda wanted, *, as_of: "The cells are too warm." if wanted.value == value else "",
        course=lambda *_, **__: "",
    )
    later(desk, QUARTER)
    status, reason = standing(course)
    assert (status, reason) == (CourseStatus.STOPPED, "Step 2: The cells are too warm.")
    assert orders(course)[-1] == ("rest", 0.0, OrderStatus.CONFIRMED)
    assert Alarm.objects.get(condition="course-stopped").message.startswith("Hours ahead of the plant: Step 2")
    later(desk, QUARTER)
    assert len(orders(course)) == 2
    course_following.expire_courses(as_of=course.ends_at - timedelta(seconds=1))
    assert Alarm.objects.get(condition="course-stopped").base_state == "unacknowledged"
    course_following.expire_courses(as_of=course.ends_at)
    assert Alarm.objects.get(condition="course-stopped").base_state == "returned"


def test_a_check_of_an_app_above_stops_an_order_by_hand_as_well(
    desk: Desk, plant: ControlPoint, refused_by_check: dict[str, str]
) -> None:
    refused_by_check["order"] = "Mill battery: 40 kW is more than the 0 kW that the limit 'heating' allows."
    with pytest.raises(OrderRefused, match="that the limit 'heating' allows"):
        desk.select(plant, Act.SET, value=0.0)
    refused_by_check["order"] = ""
    order = desk.select(plant, Act.SET, value=0.0)
    refused_by_check["order"] = "The cells have grown warm since."
    with pytest.raises(OrderRefused, match="grown warm"):
        desk.operate(order)


def test_a_course_is_held_against_bounds_and_checks_before_anybody_sees_it(
    desk: Desk, plant: ControlPoint, refused_by_check: dict[str, str]
) -> None:
    with pytest.raises(Refused, match=r"Step 2: .* is not from"):
        propose_course(draft(desk, plant, 0.5, 1.5), as_of=desk.now)
    with pytest.raises(Refused, match="at least a minute"):
        twice = draft(desk, plant, 0.5)
        propose_course(draft(desk, plant, 0.5, steps=[*twice.steps, *twice.steps]), as_of=desk.now)
    with pytest.raises(Refused, match="none"):
        propose_course(draft(desk, plant, steps=[]), as_of=desk.now)
    refused_by_check["course"] = "Step 3 would empty it."
    with pytest.raises(Refused, match="would empty it"):
        propose_course(draft(desk, plant, 0.5), as_of=desk.now)
    assert not Course.objects.exists()


def test_somebody_else_s_order_ends_it_and_is_left_alone(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.2, 0.1)
    later(desk, timedelta(minutes=1))
    desk.now += timedelta(seconds=5)
    by_hand = desk.carried_out(plant, Act.SET, value=0.0, by=None)
    assert by_hand.status == OrderStatus.CONFIRMED
    later(desk, timedelta(minutes=1))
    status, reason = standing(course)
    assert status == CourseStatus.STOPPED
    assert "in other hands" in reason
    assert [name for name, *_ in orders(course)] == ["step 1"]


def test_an_order_without_an_answer_stops_it_and_nothing_more_is_sent(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.2, 0.1)
    desk.wait(61)
    desk.room.step(desk.now)
    course_following.advance_courses(clock=desk.clock)
    desk.gateway(answer=RequestState.UNKNOWN)
    course_following.advance_courses(clock=desk.clock)
    assert standing(course)[0] == CourseStatus.STOPPED
    assert orders(course) == [("step 1", course.steps[0]["value"], OrderStatus.UNKNOWN)]


def test_a_newer_course_takes_the_place_of_the_one_that_runs(desk: Desk, plant: ControlPoint) -> None:
    first = running(desk, plant, 0.2, 0.1)
    offered = propose_course(draft(desk, plant, 0.3), as_of=desk.now)
    newest = propose_course(draft(desk, plant, 0.4), as_of=desk.now)
    assert standing(offered)[0] == CourseStatus.SUPERSEDED
    approve_course(course_id=newest.pk, client=desk.ben, as_of=desk.now)
    assert standing(first)[0] == CourseStatus.SUPERSEDED
    with pytest.raises(Refused, match="superseded"):
        approve_course(course_id=offered.pk, client=desk.ben, as_of=desk.now)


def rule(mode: AutonomyMode, desk: Desk, **more: object) -> Autonomy:
    told = {"max_operations_per_day": 20, "max_kw": 1e6, "set_by": desk.ben.user, "set_at": desk.now, "reason": "Ours."}
    return Autonomy.objects.create(desk="storage", mode=mode, **{**told, **more})


def test_a_rule_approves_within_its_limits_and_orders_while_it_is_on(desk: Desk, plant: ControlPoint) -> None:
    assert plant.low is not None
    own = rule(AutonomyMode.AUTOMATIC, desk, max_kw=0.25 * -plant.low)
    assert propose_course(draft(desk, plant, 0.9), as_of=desk.now).status == CourseStatus.PROPOSED
    course = propose_course(draft(desk, plant, 0.2, 0.1), as_of=desk.now)
    assert (course.status, course.rule, course.executor) == (CourseStatus.RUNNING, own, desk.ben.user)
    later(desk, timedelta(minutes=1))
    Autonomy.objects.update(mode=AutonomyMode.ADVISE)
    later(desk, QUARTER)
    assert standing(course) == (CourseStatus.STOPPED, "The rule that approved it does not act by itself any more.")
    Autonomy.objects.update(mode=AutonomyMode.OFF)
    with pytest.raises(Withheld):
        propose_course(draft(desk, plant, 0.2), as_of=desk.now)


def test_it_waits_for_somebody_who_answers_there_and_goes_on_in_their_name(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.2, 0.1)
    type(desk.anna.user).objects.filter(pk=desk.anna.user.pk).update(role=Role.VIEWER)
    later(desk, timedelta(minutes=1))
    status, reason = standing(course)
    assert status == CourseStatus.RUNNING
    assert "takes it over" in reason
    assert Alarm.objects.filter(condition="course-stopped", base_state="unacknowledged").exists()
    take_over_course(course_id=course.pk, client=desk.ben, as_of=desk.now)
    later(desk, timedelta(minutes=1))
    assert orders(course)[-1][2] == OrderStatus.CONFIRMED
    assert Order.objects.latest("id").selected_by == desk.ben.user
    assert standing(course)[1] == ""


def test_who_may_not_operate_there_approves_nothing_and_a_no_takes_a_reason(desk: Desk, plant: ControlPoint) -> None:
    course = propose_course(draft(desk, plant, 0.2), as_of=desk.now)
    with pytest.raises(OrderRefused):
        approve_course(course_id=course.pk, client=person("eve", Role.ENGINEER), as_of=desk.now)
    reject_course(course_id=course.pk, reason="Not today.", client=desk.anna, as_of=desk.now)
    assert standing(course) == (CourseStatus.REJECTED, "Not today.")


def test_a_person_stops_it_and_what_nobody_decided_on_lapses(desk: Desk, plant: ControlPoint) -> None:
    course = running(desk, plant, 0.2, 0.1)
    later(desk, timedelta(minutes=1))
    assert [one["executor"] for one in unfinished()["courses"]] == ["anna"]  # the relief sees it
    course_following.stop_course(course_id=course.pk, reason="Work there.", client=desk.ben, clock=desk.clock)
    assert standing(course) == (CourseStatus.STOPPED, "ben: Work there.")
    assert orders(course)[-1][:2] == ("rest", 0.0)
    other = propose_course(draft(desk, plant, 0.2), as_of=desk.now)
    assert course_following.expire_courses(as_of=desk.now + timedelta(hours=1)) == 1
    assert standing(other)[0] == CourseStatus.EXPIRED


def test_a_course_is_decided_on_over_http_by_who_may(desk: Desk, plant: ControlPoint) -> None:
    course = propose_course(draft(desk, plant, 0.2), as_of=desk.now)
    Course.objects.update(ends_at=timezone.now() + timedelta(hours=1))  # requests have a clock of their own
    path = f"/api/v1/courses/{course.pk}"
    viewer, operator = HttpClient(), HttpClient()
    viewer.force_login(person("eve", Role.VIEWER).user)
    operator.force_login(desk.anna.user)
    (told,) = viewer.get("/api/v1/courses?status=proposed").json()["courses"]
    assert (told["id"], told["desk_label"], len(told["steps"])) == (course.pk, "Storage", 1)
    assert viewer.post(f"{path}/approval").status_code == 403
    assert operator.post(f"{path}/rejection", {}).status_code == 400
    assert operator.post(f"{path}/approval").json()["executor"] == "anna"
    assert operator.post(f"{path}/approval").status_code == 409
    assert operator.post(f"{path}/stop", {"reason": "Work."}).json()["status"] == CourseStatus.STOPPED
    assert operator.post(f"{path}/takeover").status_code == 409
    assert operator.get("/api/v1/courses/999999").status_code == 404
