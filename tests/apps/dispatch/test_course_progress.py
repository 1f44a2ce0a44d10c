"""What became of the set-points of a course, and how it stood at an instant."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HttpClient

from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.models import Course
from apps.dispatch.selectors.course_progress import course_progress
from apps.dispatch.selectors.courses import courses
from apps.dispatch.services.courses import reject_course
from apps.telemetry.choices import RequestState
from tests.factories.dispatch_courses import QUARTER, later, plant_control, proposed, running
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.orders import Desk, make_desk

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk(MEDIUM_VOLTAGE)


def progress(course: Course, desk: Desk) -> dict[str, Any]:
    course.refresh_from_db()
    return course_progress(course, as_of=desk.now)


def outcomes(course: Course, desk: Desk) -> list[str]:
    return [step["outcome"] for step in progress(course, desk)["steps"]]


def test_each_set_point_tells_what_became_of_it(desk: Desk) -> None:
    course = running(desk, plant_control(), 0.2, 0.2, 0.1, 0.3)
    assert outcomes(course, desk) == ["ahead"] * 4
    later(desk, MINUTE)
    later(desk, QUARTER)
    assert outcomes(course, desk) == ["done", "same", "ahead", "ahead"]
    told = progress(course, desk)["steps"][0]
    assert told["order"]["feedback"] == pytest.approx(told["value"], rel=0.2)
    later(desk, 2 * QUARTER)
    assert outcomes(course, desk) == ["done", "same", "passed", "done"]
    later(desk, QUARTER)
    assert progress(course, desk)["rest_order"]["status"] == "confirmed"


def test_an_outcome_that_is_not_known_says_so_and_what_comes_after_is_dropped(desk: Desk) -> None:
    course = running(desk, plant_control(), 0.2, 0.1, 0.3)
    later(desk, MINUTE, answer=RequestState.UNKNOWN)
    later(desk, QUARTER)
    told = progress(course, desk)
    assert [step["outcome"] for step in told["steps"]] == ["unknown", "passed", "dropped"]
    assert "UNKNOWN" in told["steps"][0]["order"]["status_label"]
    assert told["course"]["status"] == CourseStatus.STOPPED


def test_nobody_orders_what_nobody_has_approved(desk: Desk) -> None:
    course = proposed(desk, plant_control(), 0.2, 0.1)
    desk.wait(120)
    assert outcomes(course, desk) == ["undecided", "ahead"]
    reject_course(course_id=course.pk, reason="Not today", client=desk.anna, as_of=desk.now)
    assert outcomes(course, desk) == ["undecided", "undecided"]


def test_what_it_comes_to_is_told_in_energy(desk: Desk) -> None:
    plant = plant_control()
    course = proposed(desk, plant, 0.4, 0.0)
    effect = progress(course, desk)["effect"]
    value = course.steps[0]["value"]
    assert (effect["moves"], effect["lowest"], effect["highest"]) == (2, value, 0)
    assert (effect["drawn_kwh"], effect["given_kwh"]) == (0, pytest.approx(-value / 4))


def test_the_past_is_told_as_it_stood(desk: Desk) -> None:
    before = desk.now
    course = proposed(desk, plant_control(), 0.2, 0.1)
    waited = desk.now
    desk.wait(5)
    reject_course(course_id=course.pk, reason="Not today", client=desk.anna, as_of=desk.now)
    assert courses(at=before - MINUTE) == []
    (then,) = courses(at=waited)
    assert (then["status"], then["decided_by"], then["reason"]) == (CourseStatus.PROPOSED, None, "")
    (now,) = courses(at=desk.now)
    assert (now["status"], now["decided_by"]) == (CourseStatus.REJECTED, "anna")


def test_a_running_course_of_the_past_does_not_tell_its_end(desk: Desk) -> None:
    course = running(desk, plant_control(), 0.2)
    later(desk, MINUTE)
    middle = desk.now
    later(desk, QUARTER)
    course.refresh_from_db()
    assert course.status == CourseStatus.DONE
    told = course_progress(course, as_of=middle)
    assert (told["course"]["status"], told["course"]["ended_at"]) == (CourseStatus.RUNNING, None)
    assert told["rest_order"] is None


def test_it_is_told_over_http(desk: Desk) -> None:
    course = running(desk, plant_control(), 0.2, 0.1)
    http = HttpClient()
    http.force_login(desk.ben.user)
    told = http.get(f"/api/v1/courses/{course.pk}/progress", {"at": desk.now.isoformat()}).json()
    assert [step["outcome"] for step in told["steps"]] == ["ahead", "ahead"]
    assert told["course"]["versions"] == {"schedule": 12}
    assert told["points"][0]["unit"] == "kW"
    early = (desk.now - MINUTE).isoformat()
    assert http.get(f"/api/v1/courses/{course.pk}/progress", {"at": early}).status_code == 404
    assert "at" in http.get(f"/api/v1/courses/{course.pk}/progress", {"at": "noon"}).json()
    assert HttpClient().get(f"/api/v1/courses/{course.pk}/progress").status_code in (401, 403)
