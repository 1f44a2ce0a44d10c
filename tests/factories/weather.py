"""Weather rows for tests: runs of one location, told in plain lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.weather.adapters.grids import stored
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Location, WeatherRun, WeatherSeries


def location(name: str = "Airport", latitude: float = 53.1, longitude: float = 8.2) -> Location:
    return Location.objects.get_or_create(name=name, defaults={"latitude": latitude, "longitude": longitude})[0]


def run(
    place: Location,
    issued_at: datetime,
    values: Sequence[float],
    *,
    available_at: datetime | None = None,
    starts_at: datetime | None = None,
    variable: Variable = Variable.TEMPERATURE_C,
    step_s: int = 3600,
    data_kind: DataKind = DataKind.FORECAST,
    provider: str = "test",
) -> WeatherRun:
    begin = starts_at or issued_at
    one, _ = WeatherRun.objects.get_or_create(
        provider=provider,
        model="",
        data_kind=data_kind,
        issued_at=issued_at,
        defaults={"available_at": available_at or issued_at},
    )
    WeatherSeries.objects.create(
        run=one,
        location=place,
        variable=variable,
        starts_at=begin,
        ends_at=begin + timedelta(seconds=step_s * len(values)),
        step_s=step_s,
        values=stored(values),
    )
    return one
