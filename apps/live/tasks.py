from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.live import services
from gridops.queues import Queues

JOURNAL_LIFE = timedelta(days=90)


@shared_task(queue=Queues.HOUSEKEEPING)
def trim_journal() -> int:
    return services.trim_journal(before=timezone.now() - JOURNAL_LIFE)
