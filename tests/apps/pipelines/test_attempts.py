from datetime import UTC, datetime
from uuid import uuid4

import pytest
from celery import shared_task

from apps.alarms.choices import BaseState, Condition
from apps.alarms.models import Alarm
from apps.live.tasks import trim_journal
from apps.pipelines import services
from apps.pipelines.models import Attempt
from apps.pipelines.rules import MOST_ATTEMPTS
from gridops.background import Task

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAME = "apps.some.tasks.work"


@shared_task(name=NAME)
def work(outcome: str) -> str:
    if outcome == "bad":
        raise ValueError("there was nothing to do it with")
    return outcome


def alarm() -> Alarm | None:
    return Alarm.objects.filter(condition=Condition.TASK_FAILED).first()


def begun(task_id: str) -> bool:
    return services.begin(task_id=task_id, name=NAME, as_of=NOW)


def test_every_task_of_the_site_is_counted() -> None:
    assert isinstance(trim_journal, Task)


def test_a_task_that_ends_well_leaves_no_row_and_no_alarm() -> None:
    assert work.apply(args=["good"]).get() == "good"
    assert Attempt.objects.count() == 0
    assert alarm() is None


def test_a_task_that_fails_is_told_of_with_its_reason() -> None:
    work.apply(args=["bad"])
    raised = alarm()
    assert raised is not None
    assert raised.message == "Background work failed: ValueError: there was nothing to do it with"
    assert Attempt.objects.get().given_up_at is not None


def test_the_alarm_ends_when_the_same_work_succeeds() -> None:
    work.apply(args=["bad"])
    work.apply(args=["good"])
    ended = alarm()
    assert ended is not None
    assert ended.base_state == BaseState.RETURNED


def test_a_task_that_takes_its_worker_with_it_is_given_up_and_told_of() -> None:
    task_id = str(uuid4())
    assert [begun(task_id) for _ in range(MOST_ATTEMPTS + 2)] == [True] * MOST_ATTEMPTS + [False, False]
    raised = alarm()
    assert raised is not None
    assert "ended its worker 5 times" in raised.message
    assert raised.occurrence == 1


def test_others_of_its_kind_go_on() -> None:
    for _ in range(MOST_ATTEMPTS + 1):
        begun("poison")
    assert begun("healthy")


def test_a_task_given_up_is_not_begun_when_it_comes_back() -> None:
    for _ in range(MOST_ATTEMPTS + 1):
        begun("poison")
    work.apply(args=["bad"], task_id="poison")
    assert "ended its worker" in Attempt.objects.get(task_id="poison").reason, "it did not run and fail anew"
