"""What a rule that a person switched on approves by itself, and what it leaves to people."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy, Course
from apps.dispatch.rules.courses import may_run_alone

NOW = datetime(2026, 3, 10, 13, tzinfo=UTC)


def course(*, starts_in: timedelta, kw: float = 100.0) -> Course:
    starts_at = NOW + starts_in
    steps = [{"at": starts_at.isoformat(), "value": kw}]
    return Course(created_at=NOW, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), steps=steps, unit="kW")


def verdict(one: Course, **more: Any) -> str:
    rule = Autonomy(mode=AutonomyMode.AUTOMATIC, max_kw=500.0, max_operations_per_day=10)
    return may_run_alone(rule, one, operations_today=0, **more).reason


def test_what_begins_soon_and_keeps_the_bounds_of_the_rule_runs_alone() -> None:
    assert verdict(course(starts_in=timedelta(minutes=15))) == ""
    assert "moves up to 600" in verdict(course(starts_in=timedelta(minutes=15), kw=600.0))


def test_what_begins_tomorrow_is_left_to_people() -> None:
    assert "later than in an hour" in verdict(course(starts_in=timedelta(hours=11)))


def test_no_rule_takes_the_place_of_what_a_person_approved() -> None:
    soon = course(starts_in=timedelta(minutes=15))
    assert "A person has approved another course" in verdict(soon, by_person=course(starts_in=timedelta(0)))
