"""The page of courses in a browser: what it is for, what became of it, and who may do what about it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.models import Course
from apps.telemetry.choices import RequestState
from tests.apps.control_room.desk import session_of
from tests.factories.dispatch_courses import later, plant_control, proposed, running
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.orders import Desk, make_desk

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> Desk:
    return make_desk(MEDIUM_VOLTAGE, now=timezone.now() - 20 * MINUTE)


def test_what_became_of_a_course_is_told_step_by_step(desk: Desk, open_page: Callable[..., Page], site: str) -> None:
    course = running(desk, plant_control(), 0.2, 0.1, 0.3)
    later(desk, MINUTE, answer=RequestState.UNKNOWN)
    later(desk, 15 * MINUTE)
    viewer = User.objects.create_user("vera", role=Role.VIEWER)
    page = open_page(session_of(viewer))
    page.goto(f"{site}/courses/")
    expect(page.locator("#one-title")).to_contain_text(f"Course {course.pk}: Hours ahead of the plant")
    expect(page.locator("#one-status")).to_have_text("Stopped")
    expect(page.locator("#one-explanation")).to_contain_text("It charges at noon")
    expect(page.locator("#one-facts")).to_contain_text("anna")
    expect(page.locator("#one-facts")).to_contain_text("kWh given")
    expect(page.locator("#one-versions")).to_contain_text("12")
    expect(page.locator("#course-chart canvas")).to_have_count(1)
    expect(page.locator("#steps tr")).to_have_count(3)
    expect(page.locator("#steps tr[data-outcome=unknown]")).to_contain_text("UNKNOWN: it may have been done")
    expect(page.locator("#steps tr[data-outcome=dropped]")).to_contain_text("the course had ended")
    expect(page.locator("#one-acts button")).to_have_count(0)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_person_rejects_with_a_reason_and_approves_once(
    desk: Desk, open_page: Callable[..., Page], site: str
) -> None:
    desk.now = timezone.now()
    first = proposed(desk, plant_control(), 0.2)
    page = open_page(session_of(desk.ben.user))
    page.goto(f"{site}/courses/{first.pk}/")
    page.get_by_role("button", name="Reject").click()
    page.locator("#ask-text").fill("The crew is at the plant")
    page.locator("#ask-yes").click()
    expect(page.locator("#one-status")).to_have_text("Rejected")
    expect(page.locator("#one-reason")).to_contain_text("The crew is at the plant")
    second = proposed(desk, plant_control(), 0.1)
    page.goto(f"{site}/courses/{second.pk}/")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#one-acts")).to_contain_text("Take over")
    expect(page.locator("#one-facts")).to_contain_text("ben")
    second.refresh_from_db()
    assert (second.status, second.executor) == (CourseStatus.RUNNING, desk.ben.user)


def test_a_refusal_is_told_where_it_was_asked(desk: Desk, open_page: Callable[..., Page], site: str) -> None:
    desk.now = timezone.now()
    course = proposed(desk, plant_control(), 0.2)
    page = open_page(session_of(desk.ben.user))
    page.goto(f"{site}/courses/{course.pk}/")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    Course.objects.filter(pk=course.pk).update(ends_at=timezone.now() - MINUTE, starts_at=timezone.now() - 2 * MINUTE)
    approve.click()
    expect(page.locator("#one-fault")).to_have_text("It is past its end.")


def test_the_past_reads_only(desk: Desk, open_page: Callable[..., Page], site: str) -> None:
    course = proposed(desk, plant_control(), 0.2)
    Course.objects.filter(pk=course.pk).update(
        status=CourseStatus.WITHDRAWN, ended_at=timezone.now() - MINUTE, reason="ben: not needed"
    )
    page = open_page(session_of(desk.ben.user))
    at = (timezone.now() - 10 * MINUTE).strftime("%Y-%m-%dT%H:%M:%SZ")
    page.goto(f"{site}/courses/?at={at}")
    expect(page.locator("#one-status")).to_have_text("Proposed")
    expect(page.locator("#one-reason")).to_be_hidden()
    expect(page.locator("#one-acts button")).to_have_count(0)


def test_without_courses_the_page_says_why(olga: User, open_page: Callable[..., Page], site: str) -> None:
    page = open_page(session_of(olga))
    page.goto(f"{site}/courses/")
    expect(page.locator("#list-empty")).to_contain_text("No course is stored")
    expect(page.locator("#none")).to_be_visible()
