from celery import shared_task
from django.utils import timezone

from apps.resilience.services import risk, risk_scores, studio, threat_rounds
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def look_for_threats() -> int:
    return threat_rounds.look(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_around() -> int:
    return threat_rounds.look_around(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_for_echoes() -> int:
    return threat_rounds.look_back(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def learn_readings() -> int:
    return threat_rounds.learn_anew(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_ahead_at_risk() -> int | None:
    run = risk.look_ahead_where_due(as_of=timezone.now())
    return run.pk if run else None


@shared_task(queue=Queues.PIPELINES)
def score_risk() -> int:
    return risk_scores.score_runs(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def fit_hazards() -> int:
    return risk.fit_hazards(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_risk() -> int:
    return risk.forget_risk(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def carry_out_studio_run(run_id: int) -> str:
    return str(studio.carry_out_studio_run(run_id=run_id, clock=timezone.now).outcome)
