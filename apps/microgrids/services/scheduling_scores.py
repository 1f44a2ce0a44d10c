"""What the period that was carried out cost by the meters, beside what was expected of it."""

from datetime import datetime

from apps.microgrids.choices.schedule import SCORED_UNTIL, STEP
from apps.microgrids.models import ScheduleRun
from apps.microgrids.selectors.schedule_readings import Read, first_period_read
from apps.microgrids.selectors.schedules import unscored


def score_schedules(*, as_of: datetime) -> int:
    """How many got a measured cost. One without measurements is tried again until they are two days late."""
    scored = 0
    for run in unscored(before=as_of - 2 * STEP, since=as_of - 2 * SCORED_UNTIL):
        read = first_period_read(run)
        if read.reason and run.starts_at is not None and as_of - run.starts_at < SCORED_UNTIL:
            continue
        _keep(run, read, as_of)
        scored += not read.reason
    return scored


def _keep(run: ScheduleRun, read: Read, as_of: datetime) -> None:
    run.measured_first_eur, run.score_reason, run.scored_at = read.cost_eur, read.reason[:300], as_of
    run.save(update_fields=["measured_first_eur", "score_reason", "scored_at"])
