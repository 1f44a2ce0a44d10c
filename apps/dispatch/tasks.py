from celery import shared_task
from django.utils import timezone

from apps.dispatch.services import upkeep
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def keep_proposals() -> int:
    kept = upkeep.keep(as_of=timezone.now())
    return kept.expired + kept.observed + kept.settled
