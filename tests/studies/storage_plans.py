"""Schedules of many plants from the database: seconds of processor, queries and memory.

    python -m tests.studies storage-plans --count 1000

--count: plants, each with limits, a charge and a price.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.storage.adapters.limits import typical_rows
from apps.storage.choices import ChargeSource, PlanMethod
from apps.storage.models import ChargeState, Rack, SafetyLimit, StoragePlant, StorageSchedule
from apps.storage.services.planning import plan_day_ahead, plan_intraday
from tests.factories.storage import NOON, make_plant, priced_zone

MB = 1024.0
HEAD = "| plants | plan | processor s | ms a plant | queries | most memory MB | planned | summed up |"


def run(arguments: argparse.Namespace) -> str:
    rows = [HEAD, "|" + "---|" * 8]
    with transaction.atomic():
        for count in (arguments.count // 10, arguments.count):
            fill(count - StoragePlant.objects.count())
            rows += [
                measured(count, "day ahead, exact", plan_day_ahead),
                measured(count, "rolling", plan_intraday),
            ]
            StorageSchedule.objects.all().delete()
        transaction.set_rollback(True)
    return "\n".join(rows)


def fill(count: int) -> None:
    """Copies of one plant, half of them with another efficiency, so that no two programs are the same."""
    known = StoragePlant.objects.first()
    first = known or make_plant(zone=priced_zone(), racks=0)
    plants = StoragePlant.objects.bulk_create(copies(first, count - (known is None)))
    everyone = [first, *plants] if known is None else plants
    racks = Rack.objects.bulk_create(
        Rack(plant=plant, mrid=plant.mrid, name="Rack 1", energy_kwh=plant.energy_kwh) for plant in everyone
    )
    ChargeState.objects.bulk_create(
        ChargeState(rack=rack, as_of=NOON, source=ChargeSource.TOLD, soc=0.2 + 0.6 * (n % 7) / 7, sigma=0.01)
        for n, rack in enumerate(racks)
    )
    SafetyLimit.objects.bulk_create(
        [row for plant in plants for row in typical_rows(plant, watched=frozenset({"soc"}))], batch_size=5000
    )


def copies(first: StoragePlant, count: int) -> Iterator[StoragePlant]:
    fields = [one.attname for one in StoragePlant._meta.concrete_fields if one.name not in ("id", "mrid", "name")]
    same = {name: getattr(first, name) for name in fields}
    for number in range(count):
        own = {"charge_efficiency": 0.93 + 0.001 * (number % 40), "energy_kwh": 800.0 + number % 500}
        yield StoragePlant(**(same | own), mrid=uuid4(), name=f"Plant {number}")


def measured(count: int, name: str, plan: Callable[..., Iterator[StorageSchedule]]) -> str:
    """Rows are looked at and let go, as the rounds of the clock do it."""
    begun, planned, summed = time.process_time(), 0, 0
    with CaptureQueriesContext(connection) as queries:
        for row in plan(as_of=NOON):
            planned += row.outcome == "planned"
            summed += row.method == PlanMethod.AGGREGATED
    spent = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    figures = f"{spent:.1f} | {1000 * spent / count:.1f} | {len(queries)} | {memory:.0f} | {planned:,} | {summed:,}"
    return f"| {count:,} | {name} | {figures} |"
