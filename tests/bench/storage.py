"""Battery schedules beside the same programs as bare arrays in HiGHS, and the fast way beside the exact one."""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter, process_time

import numpy as np

from gridops.engine.optimization.storage.fleet import Feeder, plan_feeder, without_batteries
from gridops.engine.optimization.storage.virtual import plan_fleet
from tests.bench.context import Bench
from tests.bench.figures import Aim, Figure, in_turns
from tests.bench.storage_fleet import A_FEEDER, Bare, feeder, lone

DAYS, FEEDERS, FLEET = 40, 20, 200
SAMPLE = 20  # feeders of the fleet that are planned exactly unless the bench is full


def measure(bench: Bench) -> list[Figure]:
    """One battery, 1,000 and 10,000: 96 steps of 15 minutes, 50 batteries a feeder."""
    return [_day(), _thousand(), *_fleet(bench)]


def _day() -> Figure:
    one = [lone(number) for number in range(DAYS)]
    ours, bare = in_turns(partial(_planned, one), partial(_bare, one), rounds=5)
    return Figure(
        "storage-day", 1000 * ours / DAYS, "ms", 1000 * bare / DAYS, Aim(2.0, at_least=False), "one battery / HiGHS"
    )


def _thousand() -> Figure:
    feeders = [feeder(number) for number in range(FEEDERS)]
    ours, bare = in_turns(partial(_planned, feeders), partial(_bare, feeders), rounds=2)
    note = f"{FEEDERS} feeders of {A_FEEDER}, exact / HiGHS on the same feeders"
    return Figure("storage-1000", ours, "s", bare, Aim(1.15, at_least=False), note)


def _fleet(bench: Bench) -> list[Figure]:
    feeders = [feeder(number) for number in range(FLEET)]
    chosen = feeders if bench.is_full else feeders[:: FLEET // SAMPLE]
    begun = perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        exact = list(pool.map(plan_feeder, chosen, chunksize=2))
    taken = (perf_counter() - begun) * FLEET / len(chosen)
    spent = []
    for _ in range(3):
        begun = process_time()
        fast = plan_fleet(feeders)
        spent.append(process_time() - begun)
    of_chosen = fast.cost if bench.is_full else fast.cost[:: FLEET // SAMPLE]
    saved = [sum(without_batteries(each.site) for each in chosen) - sum(costs) for costs in (of_chosen, _costs(exact))]
    whole = "all" if bench.is_full else f"{len(chosen)} feeders, projected to {FLEET}"
    return [
        Figure(
            "storage-10000-exact",
            taken,
            "s",
            median(spent),
            None,
            f"{whole}, {os.cpu_count()} processes / the fast way",
        ),
        Figure(
            "storage-10000-fast", median(spent), "s of processor", 2.0, Aim(1.0, at_least=False), "all batteries / 2 s"
        ),
        Figure(
            "storage-10000-saving",
            saved[0],
            "EUR a day",
            saved[1],
            Aim(0.94, at_least=True),
            f"saving of the fast way / exact, {len(chosen)} feeders; {int(fast.exact.sum())} planned exactly",
        ),
    ]


def _costs(plans) -> np.ndarray:
    return np.array([each.cost for each in plans])


def _planned(feeders: list[Feeder]) -> None:
    assert np.isfinite(_costs([plan_feeder(each) for each in feeders])).all()


def _bare(feeders: list[Feeder]) -> None:
    assert np.isfinite([Bare(each).solve()[0] for each in feeders]).all()
