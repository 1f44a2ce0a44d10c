"""The feeders and stations of a made-up city as rows: series with meters, their past, newest rollups, weather."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from django.db import connection

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import STEP_S, STEPS_A_DAY, Series
from apps.forecasts.services.history_rows import write_days
from apps.telemetry.choices import LEVELS
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.services.partitions import make_partition
from apps.weather.adapters.grids import stored
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Location, WeatherRun, WeatherSeries
from gridops.engine.forecasting.clock import Clock
from tests.bench.database import address
from tests.bench.feeders import made_course
from tests.factories.telemetry import make_gateway

DAY = timedelta(days=1)
TODAY = datetime(2026, 3, 3, tzinfo=UTC)
END = TODAY + 3 * DAY
KNOWN_UNTIL = TODAY + timedelta(hours=5, minutes=45)  # what came later is in the rollups
METERED_DAYS = 6  # before today
STATION = 20  # one and its feeders
PLACES, RUNS_A_DAY, HOURS_AHEAD = 5, 4, 120
AT_ONCE = 500
_KINDS = ("i4", "i8", "i4", "i4", "f8", "f8", "f8", "f8", "i2")
_ROW = np.dtype(
    [
        ("count", ">i2"),
        *((f"{part}{n}", f">{k}") for n, kind in enumerate(_KINDS) for part, k in (("size", "i4"), ("value", kind))),
    ]
)
_COPY = (
    f"COPY {LEVELS[1].store.parent} (point_id, bucket, n, known_s, min, max, mean, last, quality) "
    "FROM STDIN (FORMAT BINARY)"
)
_HEAD, _TAIL = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filled:
    """`days`: of history before today."""

    series: int
    days: int

    @property
    def begin(self) -> datetime:
        return TODAY - self.days * DAY

    @cached_property
    def clock(self) -> Clock:
        steps = ((END - self.begin) // DAY) * STEPS_A_DAY
        return Clock(int(self.begin.timestamp()), STEP_S, steps, ZoneInfo("Europe/Berlin"))

    @cached_property
    def celsius(self) -> FloatArray:
        """Places x quarter hours."""
        clock, generator = self.clock, np.random.default_rng(4)
        days = np.repeat(generator.normal(0, 3, (PLACES, clock.size // STEPS_A_DAY)), STEPS_A_DAY, axis=1)
        return np.asarray(10 + 8 * np.sin(2 * np.pi * (clock.day_of_year - 0.3)) + days)

    def fill(self) -> None:
        places = _places()
        _weather(places, self.begin, self.celsius)
        keys, points = _series(self.series, places)
        first = -(self.begin - (TODAY - METERED_DAYS * DAY)) // timedelta(seconds=STEP_S)
        known = (KNOWN_UNTIL - self.begin) // timedelta(seconds=STEP_S)
        with psycopg.connect(**address(), autocommit=True) as bare:
            for at in range(0, self.series, AT_ONCE):
                values = self._courses(range(at, min(at + AT_ONCE, self.series)))
                _copy(bare, points[at : at + AT_ONCE], TODAY - METERED_DAYS * DAY, values[:, max(first, 0) :])
                values[:, known:] = np.nan
                write_days(keys[at : at + AT_ONCE], self.begin.date(), values, over=True)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO telemetry_rollup_progress VALUES (1, %s) ON CONFLICT DO NOTHING", [END])
            cursor.execute(f"VACUUM ANALYZE forecasts_historyday, {LEVELS[1].store.parent}")

    def _courses(self, numbers: range) -> FloatArray:
        generator = np.random.default_rng([4, numbers.start])
        found = np.array([made_course(one, self.clock, self.celsius[one % PLACES], generator) for one in numbers])
        for station in range(0, len(found), STATION):
            found[station] = found[station + 1 : station + STATION].sum(axis=0)
        return found.astype(np.float32).astype(np.float64)


def _places() -> Sequence[Location]:
    return [Location.objects.create(name=f"Place {n}", latitude=53 + n / 10, longitude=8.0) for n in range(PLACES)]


def _series(count: int, places: Sequence[Location]) -> tuple[list[int], list[int]]:
    """Keys of the series and of their points: of every twenty the first is the station of the others."""
    gateway = make_gateway(count, name="feeders", quantity="active_power", unit="kW")
    points = list(MeasurementPoint.objects.filter(gateway=gateway).order_by("slot"))
    rows = [_one(number, str(point.equipment_mrid), places[number % PLACES]) for number, point in enumerate(points)]
    Series.objects.bulk_create(rows[::STATION], batch_size=1000)
    for number, row in enumerate(rows):
        row.parent = rows[number - number % STATION] if number % STATION else None
    Series.objects.bulk_create([row for number, row in enumerate(rows) if number % STATION], batch_size=1000)
    return [row.pk for row in rows], [point.pk for point in points]


def _one(number: int, mrid: str, place: Location) -> Series:
    is_station = number % STATION == 0
    return Series(
        subject_mrid=mrid,
        subject=Subject.SUBSTATION if is_station else Subject.FEEDER,
        quantity=Quantity.NET_LOAD,
        name=f"{'Station' if is_station else 'Feeder'} {number}",
        is_whole=is_station,
        source={"terms": [[[mrid, "", 1.0]]]},
        latitude=place.latitude,
        longitude=place.longitude,
        group="station" if is_station else f"feeder {number % 8}",
    )


def _weather(places: Sequence[Location], begin: datetime, celsius: FloatArray) -> None:
    """Every six hours a forecast that errs by a degree."""
    generator, hourly = np.random.default_rng(5), celsius[:, ::4]
    issues = [begin + number * DAY / RUNS_A_DAY for number in range((END - begin) // DAY * RUNS_A_DAY)]
    runs = WeatherRun.objects.bulk_create(
        WeatherRun(provider="made up", data_kind=DataKind.FORECAST, issued_at=at, available_at=at) for at in issues
    )
    for number, run in enumerate(runs):
        ahead = hourly[:, number * 6 : number * 6 + HOURS_AHEAD]
        said = np.pad(ahead, ((0, 0), (0, HOURS_AHEAD - ahead.shape[1])), mode="edge")
        WeatherSeries.objects.bulk_create(_told(run, places, said + generator.normal(0, 1, (len(places), 1))))


def _told(run: WeatherRun, places: Sequence[Location], celsius: FloatArray) -> Iterator[WeatherSeries]:
    hour = (run.issued_at.hour + np.arange(HOURS_AHEAD)) % 24
    sun = np.maximum(np.sin((hour - 6) / 12 * np.pi), 0) * 500
    for place, degrees in zip(places, celsius, strict=True):
        told = {Variable.TEMPERATURE_C: degrees, Variable.GHI_W_M2: sun, Variable.WIND_SPEED_100M_M_S: degrees % 12}
        for variable, values in told.items():
            yield WeatherSeries(
                run=run,
                location=place,
                variable=variable,
                starts_at=run.issued_at,
                ends_at=run.issued_at + timedelta(hours=HOURS_AHEAD),
                step_s=3600,
                values=stored(values),
            )


def _copy(bare: psycopg.Connection, points: Sequence[int], start: datetime, values: FloatArray) -> None:
    """Quarter hours of the meters, summed up."""
    steps = values.shape[1]
    for day in range(steps // STEPS_A_DAY + 1):
        make_partition(day=(start + day * DAY).date(), store=LEVELS[1].store)
    at_us = (start - _POSTGRES_EPOCH) // timedelta(microseconds=1) + np.arange(steps) * STEP_S * 1_000_000
    size, mean = len(points) * steps, values.ravel()
    columns = (np.repeat(points, steps), np.tile(at_us, len(points)), np.full(size, 15), np.full(size, STEP_S))
    rows = np.empty(size, _ROW)
    rows["count"] = len(_KINDS)
    for number, column in enumerate((*columns, mean, mean, mean, mean, np.zeros(size))):
        rows[f"size{number}"], rows[f"value{number}"] = np.dtype(_KINDS[number]).itemsize, column
    with bare.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_HEAD + rows.tobytes() + _TAIL)
