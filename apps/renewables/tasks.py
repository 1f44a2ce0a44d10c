from celery import shared_task
from django.utils import timezone

from apps.renewables.services import firming, hosting, rounds, stability, trading_bids, trading_rounds, watching
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def begin() -> int:
    return rounds.begin(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look() -> int:
    return rounds.look(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_back() -> int:
    return rounds.look_back(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def play_firming(run_id: int) -> bool:
    return firming.play_firming(run_id=run_id, as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_quarters() -> int:
    return watching.forget_quarters(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def carry_out_hosting(run_id: int) -> str:
    return str(hosting.carry_out_hosting(run_id=run_id, clock=timezone.now).outcome)


@shared_task(queue=Queues.PIPELINES)
def host_nightly() -> str | None:
    run = hosting.nightly_hosting(clock=timezone.now)
    return str(run.outcome) if run else None


@shared_task(queue=Queues.PIPELINES)
def look_at_stability() -> int:
    return stability.look_at_stability(as_of=timezone.now()).pk


@shared_task(queue=Queues.PIPELINES)
def trade() -> int:
    return trading_rounds.trade(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def settle_trades() -> int:
    return trading_rounds.settle(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def draft_bid(run_id: int) -> int:
    return trading_bids.carry_out_draft(run_id=run_id, clock=timezone.now).pk


@shared_task(queue=Queues.PIPELINES)
def make_frontier(frontier_id: int) -> int:
    return trading_bids.make_frontier(frontier_id=frontier_id, clock=timezone.now).pk
