from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.live import services
from apps.live.registry import topics
from gridops.queues import Queues

JOURNAL_LIFE = timedelta(days=90)


@shared_task(queue=Queues.HOUSEKEEPING)
def trim_journal() -> int:
    lives = {topic.name: topic.life for topic in topics().values() if topic.life is not None}
    now = timezone.now()
    trimmed = services.trim_journal(before=now - JOURNAL_LIFE, kept=lives)
    return trimmed + sum(services.trim_stream(stream=name, before=now - life) for name, life in lives.items())
