from celery import shared_task
from django.utils import timezone

from apps.state.services import look_ahead, thinning, thinning_security
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def thin_solutions() -> int:
    return thinning.thin_solutions(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_ahead_now() -> int | None:
    found = look_ahead.look_ahead(as_of=timezone.now())
    return found.pk if found else None


@shared_task(queue=Queues.HOUSEKEEPING)
def thin_security() -> int:
    return thinning_security.thin_security(as_of=timezone.now())
