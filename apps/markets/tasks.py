from celery import shared_task
from django.utils import timezone

from apps.markets.services import (
    addresses,
    bidding,
    exporting,
    folders,
    lateness,
    ordering,
    portfolios,
    price_forecasting,
    retention,
)
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def read_folders() -> int:
    return folders.read_folders(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def ask_addresses() -> int:
    return addresses.ask_addresses(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def watch_zones() -> int:
    return lateness.watch_zones(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_files() -> int:
    return retention.forget_files(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def delete_files() -> int:
    return retention.delete_files(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def forecast_prices() -> int:
    return price_forecasting.forecast_prices(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def hand_over() -> int:
    now = timezone.now()
    bidding.bids_past_gate(as_of=now)
    ordering.expire_orders(as_of=now)
    return exporting.export_due(as_of=now)


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_volumes() -> int:
    now = timezone.now()
    return portfolios.forget_volumes(as_of=now) + ordering.forget_orders(as_of=now)
