from celery import shared_task
from django.utils import timezone

from apps.pipelines import services
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_old_failures() -> int:
    return services.forget_old_failures(as_of=timezone.now())
