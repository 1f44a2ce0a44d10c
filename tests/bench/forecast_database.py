"""What the workers do for a city's feeders, read from the database and written there: each in a process of its own."""

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context

import django
from django.db import connection

from apps.forecasts.adapters.panels import FIRST_EFFORT
from apps.forecasts.choices import Issuer
from apps.forecasts.models import Forecast, ForecastRun, ModelVersion, Score
from apps.forecasts.services import rounds
from apps.forecasts.services.training import train
from tests.bench.context import Bench
from tests.bench.feeder_rows import DAY, TODAY, Filled
from tests.bench.figures import Aim, Figure, timed

FEEDERS = 10_000
QUARTER = TODAY + timedelta(hours=6, minutes=2)
NIGHT = TODAY + 2 * DAY + timedelta(hours=1, minutes=22)
NIGHT_S, QUARTER_S, MOST_GB = 1800.0, 90.0, 4.0
MOST = Aim(1.0, at_least=False)
HALF = Aim(0.5, at_least=False)


@dataclass(frozen=True)
class Took:
    """`cpu_s`: of the worker's processor; the database's is not in it."""

    seconds: float
    cpu_s: float
    gb: float


def measure(bench: Bench) -> list[Figure]:
    """A first training, a quarter of an hour's work, and two nights later a night's: as the cycle calls them."""
    filled = Filled(FEEDERS, 365) if bench.is_full else Filled(500, 90)
    _say(f"{filled.series} series with {filled.days} days in {timed(filled.fill):.0f} s")
    _apart(first)
    before = _size()
    took = _apart(quarter)
    stored = _size() - before
    return _figures(filled, took, stored, _apart(night))


def _figures(filled: Filled, quarter: Took, stored: int, night: Took) -> list[Figure]:
    part = filled.series / FEEDERS
    what = f"{filled.series} series x {filled.days} days"
    scale = "" if part == 1 else f"; {part:.0%} of the series and of the limit: --full does all"
    run, model = ForecastRun.objects.get(), ModelVersion.objects.order_by("number").last()
    assert model is not None
    bare = filled.series * run.steps * len(run.levels) * 4
    learned = f"{model.rows} rows, {Score.objects.filter(issuer=Issuer.MODEL).dates('day', 'day').count()} days scored"
    return [
        Figure(
            "forecast-database-quarter",
            quarter.seconds,
            "s",
            QUARTER_S * part,
            MOST,
            f"{what}: meters read, 48 h issued, stored, {quarter.cpu_s:.0f} s of processor / {QUARTER_S:g} s{scale}",
        ),
        Figure("forecast-database-quarter-memory", quarter.gb, "GB", MOST_GB, MOST, "its peak"),
        Figure(
            "forecast-database-issue-bytes",
            stored / 1e6,
            "MB",
            bare / 1e6,
            HALF,
            "on the disk, with indexes / as bare 32-bit floats",
        ),
        Figure(
            "forecast-database-night",
            night.seconds,
            "s",
            NIGHT_S * part,
            MOST,
            f"{what}: a week examined, {learned}, {night.cpu_s:.0f} s of processor / {NIGHT_S:g} s{scale}",
        ),
        Figure("forecast-database-night-memory", night.gb, "GB", MOST_GB, MOST, "its peak"),
    ]


def first() -> None:
    assert train(as_of=TODAY, effort=FIRST_EFFORT)


def quarter() -> None:
    assert rounds.quarter(as_of=QUARTER)


def night() -> None:
    assert rounds.day(as_of=NIGHT)


def _apart(work: Callable[[], None]) -> Took:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        return pool.submit(_measured, work).result()


def _measured(work: Callable[[], None]) -> Took:
    begun = time.process_time()
    seconds = timed(work)
    took = Took(seconds, time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
    _say(f"{work.__name__}: {seconds:.1f} s, {took.cpu_s:.1f} s of processor, {took.gb:.2f} GB")
    return took


def _size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [Forecast._meta.db_table])
        (size,) = cursor.fetchone()
    return int(size)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201  progress
