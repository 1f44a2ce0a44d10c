"""A few series with weeks behind them: two feeders that add up to a station, a solar plant and a customer."""

from datetime import UTC, datetime, timedelta

import numpy as np

from apps.forecasts.adapters.panels import Effort
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import STEPS_A_DAY, Combination, ModelVersion, Series
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.training import train

NOW = datetime(2026, 6, 17, 9, 7, tzinfo=UTC)  # a Wednesday
TINY = Effort(most_rows=3000, trees=10, leaves=8, days=60)


def made(mrid: str, subject: str, quantity: str, name: str, **more: object) -> Series:
    known = {"group": f"{subject} {quantity}", "latitude": 53.0, "longitude": 8.0} | more
    return Series.objects.create(subject_mrid=mrid, subject=subject, quantity=quantity, name=name, **known)


def small_grid() -> dict[str, Series]:
    net = Quantity.NET_LOAD
    station = made("station", Subject.SUBSTATION, net, "North", is_whole=True, source={"terms": []})
    return {
        "station": station,
        "first": made("first", Subject.FEEDER, net, "North F01", parent=station),
        "second": made("second", Subject.FEEDER, net, "North F02", parent=station),
        "park": made("park", Subject.PLANT, Quantity.PV, "Park", rated_kw=500.0),
        "works": made("works", Subject.CUSTOMER, Quantity.LOAD, "Works"),
    }


def courses(days: int, seed: int = 1) -> dict[str, np.ndarray]:
    """kW by quarter hour, from a midnight UTC on."""
    generator = np.random.default_rng(seed)
    step = np.arange(days * STEPS_A_DAY)
    hour, day = (step % STEPS_A_DAY) / 4, step // STEPS_A_DAY
    weekend = np.where(day % 7 >= 5, 0.8, 1.0)
    wave = 1 + 0.4 * np.sin((hour - 8) / 24 * 2 * np.pi)

    def noise(size: float) -> np.ndarray:
        return 1 + size * generator.standard_normal(len(step))

    first, second = 300 * wave * weekend * noise(0.05), 200 * wave * noise(0.05)
    sun = np.clip(np.sin((hour - 5) / 14 * np.pi), 0, None) * (hour > 5) * (hour < 19)
    park = 450 * sun * np.clip(0.6 + 0.3 * generator.standard_normal(days)[day], 0.05, 1)
    works = 1500 * weekend * noise(0.03)
    return {"station": first + second + 5, "first": first, "second": second, "park": park, "works": works}


def with_past(days: int = 50, *, now: datetime = NOW, until: datetime | None = None) -> dict[str, Series]:
    """Until now, and not further."""
    grid, values = small_grid(), courses(days + 1)
    first = now.date() - timedelta(days)
    end = int(((until or now) - datetime.combine(first, datetime.min.time(), UTC)).total_seconds()) // 900
    for name, series in grid.items():
        course = values[name].copy()
        course[end:] = np.nan
        write_days([series.pk], first, course[None], over=True)
    return grid


_kept: dict[str, object] = {}


def with_model(grid: dict[str, Series]) -> None:
    """Of the past that `with_past` makes: trained once a test run, then put in its place as it was."""
    if not _kept:
        train(as_of=NOW, effort=TINY)
        _kept["model"] = ModelVersion.objects.values().get()
        _kept["states"] = dict(Combination.objects.values_list("series__subject_mrid", "state"))
        return
    fields = {**_kept["model"], "id": None, "training_id": None}  # type: ignore[dict-item]
    version = ModelVersion.objects.create(**fields)
    states = _kept["states"]
    Combination.objects.bulk_create(
        Combination(series=series, model_version=version, as_of=NOW.replace(minute=0), state=states[name])  # type: ignore[index]
        for name, series in grid.items()
    )
