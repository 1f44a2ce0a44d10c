from celery import shared_task
from django.utils import timezone

from apps.weather.services import addresses, folders, lateness, retention
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def read_folders() -> int:
    return folders.read_folders(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def ask_addresses() -> int:
    return addresses.ask_addresses(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def watch_feeds() -> int:
    return lateness.watch_feeds(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_files() -> int:
    return retention.forget_files(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def thin_runs() -> int:
    return retention.thin_runs(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def delete_files() -> int:
    return retention.delete_files(as_of=timezone.now())
