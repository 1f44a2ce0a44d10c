from celery import shared_task
from django.utils import timezone

from apps.state.services import thinning
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def thin_solutions() -> int:
    return thinning.thin_solutions(as_of=timezone.now())
