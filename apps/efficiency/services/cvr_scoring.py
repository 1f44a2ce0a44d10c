"""What experiments come to, as they run and at their end, from what was measured."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.efficiency.adapters.cvr import Readings, day_figures, scored
from apps.efficiency.choices.cvr import SCORE_EVERY, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.selectors.cvr_readings import readings_of

LATE_READINGS = timedelta(days=2)  # after the end; history is corrected until then
_SCORED = (CvrStatus.RUNNING, CvrStatus.STOPPED, CvrStatus.FINISHED)


def score_experiments(*, as_of: datetime) -> int:
    """Those that run, and those that ended a short while ago. How many."""
    rows = CvrExperiment.objects.filter(status__in=_SCORED)
    due = [one for one in rows if _is_due(one, as_of)]
    for experiment in due:
        score_experiment(experiment, as_of=as_of)
    return len(due)


def _is_due(experiment: CvrExperiment, as_of: datetime) -> bool:
    if experiment.scored_at is None:
        return True
    is_settled = experiment.ended_at is not None and experiment.scored_at > experiment.ended_at + LATE_READINGS
    return not is_settled and as_of - experiment.scored_at >= SCORE_EVERY


@transaction.atomic
def score_experiment(experiment: CvrExperiment, *, as_of: datetime) -> CvrExperiment:
    """What a coin said counts, whatever was carried out of it: who leaves out days that failed picks his result."""
    days = list(experiment.days.filter(day__lte=_last(experiment, as_of)))
    if not days:
        return experiment
    readings = _readings(experiment, days[-1].day, as_of)
    for row in days:
        _keep_figures(row, readings, [one["name"] for one in experiment.bellwethers])
    experiment.result = scored(
        readings,
        [row.reduced for row in days],
        [row.block for row in days],
        confidence=experiment.confidence,
        seed=experiment.seed,
    )
    experiment.scored_at = as_of
    experiment.save(update_fields=["result", "scored_at"])
    return experiment


def _readings(experiment: CvrExperiment, last: date, as_of: datetime) -> Readings:
    return readings_of(
        feeder=experiment.feeder_mrid,
        reference=experiment.reference,
        bellwethers=experiment.bellwethers,
        first=experiment.starts_on,
        last=last,
        as_of=as_of,
    )


def _last(experiment: CvrExperiment, as_of: datetime) -> date:
    """Today, and after its end the day on which it ended."""
    end = experiment.ended_at or as_of
    return min(experiment.ends_on, timezone.localdate(as_of), timezone.localdate(end))


def _keep_figures(row: CvrDay, readings: Readings, names: list[str]) -> None:
    CvrDay.objects.filter(pk=row.pk).update(**day_figures(readings, row.number, names))
