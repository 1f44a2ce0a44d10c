"""A city's forecasts without any training: series, their past, issues with honest quantiles, scores, models, faults.

What is forecast is the usual course plus what is left of the present deviation, so that its bands are right by their
making; what then is, follows the same process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from apps.forecasts.adapters.packed import packed, packed_quantiles
from apps.forecasts.choices import Horizon, Issuer, ModelStatus, Quantity, Rung, Subject, TrainingOutcome
from apps.forecasts.models import (
    LEVELS,
    STEP_S,
    DataFault,
    Forecast,
    ForecastRun,
    HistoryDay,
    ModelVersion,
    Score,
    Series,
    Training,
)
from tests.factories.courses import DAY, Course

_HORIZON = {Horizon.INTRADAY: 2 * DAY, Horizon.WEEK: 7 * DAY}


def step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S


def instant(at: int) -> datetime:
    return datetime.fromtimestamp(at * STEP_S, UTC)


@dataclass
class City:
    as_of: datetime
    courses: dict[int, Course]
    model: ModelVersion
    older: ModelVersion

    def named(self, name: str, quantity: str = Quantity.LOAD) -> Series:
        return next(
            one.series for one in self.courses.values() if (one.series.name, one.series.quantity) == (name, quantity)
        )


def make_series() -> list[tuple[Series, float]]:
    """The whole, two substations with two feeders each, a solar park and a wind farm; kW at most."""

    def made(
        mrid: str, subject: str, quantity: str, name: str, size: float, *, parent: Series | None = None, **more: Any
    ) -> Any:
        return (
            Series.objects.create(
                subject_mrid=mrid,
                subject=subject,
                quantity=quantity,
                name=name,
                parent=parent,
                is_whole=parent is None,
                **more,
            ),
            size,
        )

    whole = [
        made("system", Subject.SYSTEM, quantity, "City", size)
        for quantity, size in (
            (Quantity.NET_LOAD, 42_000.0),
            (Quantity.LOAD, 46_000.0),
            (Quantity.PV, 9_000.0),
            (Quantity.WIND, 6_000.0),
        )
    ]
    found = list(whole)
    for number, place in enumerate(("Harbour", "Old Town")):
        station = made(
            f"station-{number}", Subject.SUBSTATION, Quantity.LOAD, f"{place} substation", 21_000.0, parent=whole[1][0]
        )
        found.append(station)
        for feeder in (1, 2):
            name = f"{place} F0{feeder}"
            found.append(
                made(
                    f"feeder-{number}-{feeder}",
                    Subject.FEEDER,
                    Quantity.LOAD,
                    name,
                    9_000.0,
                    parent=station[0],
                    group="town",
                )
            )
    plant = {"parent": whole[2][0], "rated_kw": 6_000.0, "latitude": 53.5, "longitude": 10.0}
    found.append(made("park", Subject.PLANT, Quantity.PV, "Solar park South", 5_500.0, **plant))
    found.append(
        made("farm", Subject.PLANT, Quantity.WIND, "Wind farm Dyke", 5_000.0, parent=whole[3][0], rated_kw=6_000.0)
    )
    return found


def make_models(as_of: datetime) -> tuple[ModelVersion, ModelVersion]:
    def made(number: int, status: str, days: int, pinball: float, reason: str) -> ModelVersion:
        begun = as_of - timedelta(days=days)
        training = Training.objects.create(
            begun_at=begun,
            ended_at=begun + timedelta(minutes=3),
            outcome=TrainingOutcome.DONE,
            stage="stored",
            done=7,
            total=7,
        )
        return ModelVersion.objects.create(
            number=number,
            status=status,
            training=training,
            trained_at=begun + timedelta(minutes=3),
            data_from=begun - timedelta(days=365),
            data_until=begun,
            series_count=12,
            rows=180_000,
            data_hash=f"{number:064x}",
            features=["hour", "weekday", "last week", "last day", "temperature", "irradiance"],
            made_with={"seed": 1, "trees": 120, "leaves": 31},
            scores={"pinball": pinball, "before": 0.021, "last_week": 0.034},
            reason=reason,
            engine_version="1",
            content=b"none",
            decided_at=begun + timedelta(minutes=4),
        )

    older = made(1, ModelStatus.RETIRED, 30, 0.0212, "The first model.")
    newer = made(2, ModelStatus.ACTIVE, 2, 0.0195, "Pinball 8 % below that of model 1 on the last 14 days.")
    made(3, ModelStatus.REJECTED, 1, 0.0199, "No better than model 2 on the last 14 days: pinball 2 % above.")
    return newer, older


def make_city(as_of: datetime, *, days: int = 36, issues_h: float = 50.0, every_s: int = 3600) -> City:
    """`issues_h`: of hours of issues kept, one each `every_s`; the newest at `as_of`."""
    now = step(as_of)
    first = (now // DAY - days) * DAY
    pairs = make_series()
    courses = {
        series.pk: Course(series, size, seed=n, first=first, steps=(days + 9) * DAY)
        for n, (series, size) in enumerate(pairs, start=1)
    }
    model, older = make_models(as_of)
    city = City(as_of, courses, model, older)
    _history(city, first, now)
    _issues(city, now, int(issues_h * 3600) // every_s, every_s // STEP_S)
    Score.objects.bulk_create(_scores(city, first, now))
    feeder = city.named("Harbour F01")
    DataFault.objects.create(
        series=feeder,
        fault="flat line",
        begins_at=as_of - timedelta(hours=9),
        ends_at=as_of - timedelta(hours=5),
        size=16,
        found_at=as_of - timedelta(hours=5),
    )
    return city


def _history(city: City, first: int, now: int) -> None:
    rows = []
    for key, course in city.courses.items():
        known = course.values[: now - first].astype(np.float32)
        known = np.pad(known, (0, -len(known) % DAY), constant_values=np.nan)
        for number, values in enumerate(known.reshape(-1, DAY)):
            day = instant(first + number * DAY).date()
            rows.append(HistoryDay(series_id=key, day=day, values_kw=packed(values)))
    HistoryDay.objects.bulk_create(rows)


def _issues(city: City, now: int, count: int, every: int) -> None:
    for back in range(count, -1, -1):
        make_run(city, now - back * every)
    for back in range(8, -1, -1):
        make_run(city, (now // DAY - back) * DAY, Horizon.WEEK)


def make_run(city: City, at: int, horizon: str = Horizon.INTRADAY) -> ForecastRun:
    """Of a feeder and a plant the ladder is lower, as it would be without weather and in the first days."""
    steps = _HORIZON[Horizon(horizon)]
    low = {city.named("Old Town F02").pk: (Rung.BORROWED, "Its own history is 4 days long.")}
    low[city.named("Wind farm Dyke", Quantity.WIND).pk] = (Rung.REDUCED, "No weather since 10:15.")
    run = ForecastRun.objects.create(
        as_of=instant(at),
        horizon=horizon,
        starts_at=instant(at),
        steps=steps,
        levels=list(LEVELS),
        model_version=city.model,
        rungs={Rung.FULL.value: len(city.courses) - 2, Rung.BORROWED.value: 1, Rung.REDUCED.value: 1},
        duration_ms=340.0,
        engine_version="1",
    )
    rows = []
    for key, course in city.courses.items():
        rung, reason = low.get(key, (Rung.FULL, ""))
        said = packed_quantiles(course.said(at, steps, _narrow(course)))
        rows.append(Forecast(run=run, series_id=key, rung=rung, reason=reason, quantiles_kw=said))
    Forecast.objects.bulk_create(rows)
    return run


def _narrow(course: Course) -> float:
    """One series promises more than it holds."""
    return 0.5 if course.series.name == "Old Town F01" else 1.0


def _scores(city: City, first: int, now: int) -> Iterator[Score]:
    for key, course in city.courses.items():
        for day in range(first // DAY + 8, now // DAY):
            yield from _day(key, course, day * DAY)


def _day(key: int, course: Course, begin: int) -> Iterator[Score]:
    """Issued at six on the day before."""
    here = begin - course.first
    was = course.values[here : here + DAY]
    said = course.said(begin - 72, 72 + DAY, _narrow(course))[72:]
    error = was[:, None] - said
    levels = np.array(LEVELS)
    loss = float(np.maximum(levels * error, (levels - 1) * error).mean())
    common: dict[str, Any] = {
        "series_id": key,
        "day": instant(begin).date(),
        "steps": DAY,
        "mean_abs_kw": float(np.abs(was).mean()),
    }
    inside = {
        f"inside_{share}": int(((was >= said[:, low]) & (was <= said[:, -1 - low])).sum())
        for share, low in ((80, 1), (90, 0))
    }
    yield Score(issuer=Issuer.MODEL, mae_kw=float(np.abs(error[:, 3]).mean()), pinball_kw=loss, **inside, **common)
    yield Score(
        issuer=Issuer.LAST_MODEL,
        mae_kw=float(np.abs(error[:, 3]).mean() * 1.07),
        pinball_kw=loss * 1.08,
        **inside,
        **common,
    )
    repeated = {Issuer.LAST_WEEK: 7, Issuer.LAST_DAY: 2}
    for issuer, back in repeated.items():
        past = course.values[here - back * DAY : here - (back - 1) * DAY]
        yield Score(issuer=issuer, mae_kw=float(np.abs(was - past).mean()), **common)
