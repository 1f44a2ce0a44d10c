from celery import shared_task
from django.utils import timezone

from apps.dispatch.services import call_following, upkeep
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def keep_proposals() -> int:
    kept = upkeep.keep(as_of=timezone.now())
    return kept.expired + kept.observed + kept.settled


@shared_task(queue=Queues.PIPELINES)
def run_calls() -> int:
    return call_following.run_calls(as_of=timezone.now())
