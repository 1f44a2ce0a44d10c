"""The operating cycle by the tape's clock."""

from datetime import UTC, datetime, timedelta

from celery.schedules import crontab

from gridops.cycle import SCHEDULE
from gridops.replay.living.schedule import TapeSchedule

BEGIN = datetime(2025, 6, 2, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def entry(task: str, schedule: crontab | float) -> dict[str, object]:
    return {"task": f"apps.{task}", "schedule": schedule, "options": {}}


def schedule(**entries: dict[str, object]) -> TapeSchedule:
    return TapeSchedule(entries, begin=BEGIN, without=["apps.left."])


def test_what_is_due_comes_in_the_order_of_its_time() -> None:
    found = schedule(
        late=entry("a.late", crontab(minute="4")),
        early=entry("a.early", crontab(minute="2")),
        each=entry("a.each", 60.0),
    )
    assert found.due(BEGIN + FIVE_MINUTES) == ["apps.a.each", "apps.a.early", "apps.a.late"]


def test_nothing_is_due_twice_for_one_time() -> None:
    found = schedule(once=entry("a.once", crontab(minute="5")), slow=entry("a.slow", 600.0))
    assert found.due(BEGIN + FIVE_MINUTES) == ["apps.a.once"]
    assert found.due(BEGIN + FIVE_MINUTES) == []
    assert found.due(BEGIN + 2 * FIVE_MINUTES) == ["apps.a.slow"]


def test_a_day_holds_each_entry_as_often_as_its_schedule_says() -> None:
    found = schedule(quarter=entry("a.quarter", crontab(minute="7-59/15")), night=entry("a.night", crontab("13", "2")))
    told = [name for step in range(1, 289) for name in found.due(BEGIN + step * FIVE_MINUTES)]
    assert (told.count("apps.a.quarter"), told.count("apps.a.night")) == (4 * 24, 1)


def test_looking_more_often_changes_no_count_of_the_timetable() -> None:
    coarse, fine = (schedule(quarter=entry("a.quarter", crontab(minute="7-59/15"))) for _ in range(2))
    end_s = 3 * 3600
    counts = [
        sum(len(found.due(BEGIN + timedelta(seconds=at))) for at in range(step_s, end_s + 1, step_s))
        for found, step_s in ((coarse, 300), (fine, 2))
    ]
    assert counts == [12, 12]


def test_what_is_left_out_is_never_due() -> None:
    found = schedule(out=entry("left.out", 1.0), kept=entry("a.kept", 1.0))
    assert found.due(BEGIN + FIVE_MINUTES) == ["apps.a.kept"]


def test_every_entry_of_the_cycle_has_a_time_that_can_be_told() -> None:
    found = TapeSchedule(SCHEDULE, begin=BEGIN, without=["-"])
    told = {name for step in range(1, 289) for name in found.due(BEGIN + step * FIVE_MINUTES)}
    assert told == {str(each["task"]) for each in SCHEDULE.values()}
