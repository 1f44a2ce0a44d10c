"""What was measured of an experiment, by hours of local days."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from apps.efficiency.adapters.cvr import HOURS_A_DAY, FloatArray, Readings
from apps.forecasts.choices import Quantity as SeriesQuantity
from apps.forecasts.choices import Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.measured import point_means
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import MeasurementPoint
from apps.weather.choices import Variable
from apps.weather.models import Location
from apps.weather.selectors import nearest_location, observed
from apps.weather.selectors.known import known

DAY = timedelta(days=1)
HOUR_S = 3600
QUARTERS = 4
LEAST_QUARTERS = 3  # of an hour must be known
_KV_OF = {"kV": 1.0, "V": 1e-3}


def midnight(day: date) -> datetime:
    """Of the local day."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_current_timezone())


def readings_of(
    *,
    feeder: UUID,
    reference: Sequence[str],
    bellwethers: Sequence[dict[str, Any]],
    first: date,
    last: date,
    as_of: datetime,
) -> Readings:
    """Of the local days from `first` to `last`; what was not measured by `as_of` is nan."""
    days = [first + n * DAY for n in range((last - first).days + 1)]
    grid = _Grid(days)
    own = _feeders([str(feeder)])
    others = _feeders(reference)
    voltage, lowest, lowest_at = _voltages(grid, bellwethers, as_of)
    others_kwh = [grid.hours(values) for values in grid.actual([one.pk for one in others], as_of).values()]
    return Readings(
        first=first,
        energy_kwh=grid.hours(_one(grid, own, as_of)),
        voltage_pu=voltage,
        lowest_pu=lowest,
        lowest_at=lowest_at,
        temperature_c=_temperature(grid, place_of_feeder(feeder), as_of),
        reference_kwh=np.sum(others_kwh, axis=0) if others_kwh and len(others) == len(reference) else None,
    )


class _Grid:
    """Quarter hours from the first midnight to the last; days of 23 and 25 hours keep their first 24."""

    def __init__(self, days: Sequence[date]) -> None:
        self.days = days
        self.start, self.end = midnight(days[0]), midnight(days[-1] + DAY)
        begins = [int((midnight(day) - self.start).total_seconds()) // 900 for day in [*days, days[-1] + DAY]]
        wanted = np.array(begins[:-1])[:, None] + np.arange(HOURS_A_DAY * QUARTERS)[None, :]
        self._at = np.where(wanted < np.array(begins[1:])[:, None], wanted, -1)
        self.count = begins[-1]

    def actual(self, series: Sequence[int], as_of: datetime) -> dict[int, FloatArray]:
        start = step_of(self.start)
        return actual(series, start=start, end=start + self.count, until=step_of(as_of))

    def quarters(self, values: FloatArray) -> FloatArray:
        """Days x hours x 4."""
        padded = np.append(values, np.nan)[self._at]
        return padded.reshape(len(self.days), HOURS_A_DAY, QUARTERS)

    def hours(self, values: FloatArray) -> FloatArray:
        """Means of the hour, days x 24: of kW they are kWh."""
        return _means(self.quarters(values))


def _means(quarters: FloatArray) -> FloatArray:
    known = np.isfinite(quarters)
    enough = known.sum(axis=-1)
    total = np.where(known, quarters, 0.0).sum(axis=-1)
    return np.asarray(np.where(enough >= LEAST_QUARTERS, total / np.maximum(enough, 1), np.nan), np.float64)


def _feeders(mrids: Sequence[str]) -> list[Series]:
    rows = Series.objects.filter(subject=Subject.FEEDER, subject_mrid__in=list(mrids))
    return list(rows.filter(quantity=SeriesQuantity.NET_LOAD).order_by("pk"))


def measured_feeders() -> set[str]:
    """mRIDs of feeders whose power is measured by quarter hours."""
    rows = Series.objects.in_use().filter(subject=Subject.FEEDER, quantity=SeriesQuantity.NET_LOAD)
    return set(rows.values_list("subject_mrid", flat=True))


def _one(grid: _Grid, series: Sequence[Series], as_of: datetime) -> FloatArray:
    return grid.actual([series[0].pk], as_of)[series[0].pk] if series else np.full(grid.count, np.nan)


def _voltages(
    grid: _Grid, bellwethers: Sequence[dict[str, Any]], as_of: datetime
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int32]]:
    """Mean and lowest, and which is the lowest."""
    shape = (len(grid.days), HOURS_A_DAY)
    end = min(grid.end, as_of.replace(minute=as_of.minute // 15 * 15, second=0, microsecond=0))
    if not bellwethers or end <= grid.start:
        return np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1, np.int32)
    means = point_means([one["point"] for one in bellwethers], start=grid.start, end=end)
    scale = np.array([_pu_of(one) for one in bellwethers])
    padded = np.pad(means * scale[:, None], ((0, 0), (0, grid.count - means.shape[1])), constant_values=np.nan)
    each = np.stack([grid.quarters(row) for row in padded])  # points x days x 24 x 4
    low = np.where(np.isfinite(each), each, np.inf).min(axis=3)
    at = low.argmin(axis=0).astype(np.int32)
    lowest = low.min(axis=0)
    seen = np.isfinite(lowest)
    hours = _means(each)
    told = np.isfinite(hours)
    mean = np.where(told, hours, 0.0).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
    # The same meters every hour, or a silent one would look like a change of the voltage.
    return np.where(told.all(axis=0), mean, np.nan), np.where(seen, lowest, np.nan), np.where(seen, at, -1)


def _pu_of(bellwether: dict[str, Any]) -> float:
    """From the meter's unit."""
    unit = bellwether["unit"]
    return _KV_OF[unit] / float(bellwether["nominal_kv"]) if unit in _KV_OF else 1.0


def voltages_now(bellwethers: Sequence[dict[str, Any]], *, as_of: datetime) -> list[float | None]:
    """pu; None where a meter is silent, invalid, or there no more."""
    rows = {point.pk: point for point in MeasurementPoint.objects.filter(pk__in=[one["point"] for one in bellwethers])}
    told = {value.point.pk: value for value in telemetry.point_values(list(rows.values()), as_of=as_of)}
    return [_now(told.get(one["point"]), one) for one in bellwethers]


def _now(told: telemetry.PointValue | None, bellwether: dict[str, Any]) -> float | None:
    if told is None or told.value is None or told.is_stale or told.value <= 0:
        return None
    return told.value * _pu_of(bellwether)


def place_of_feeder(feeder: UUID) -> Location | None:
    row = Series.objects.filter(subject=Subject.FEEDER, subject_mrid=str(feeder), latitude__isnull=False).first()
    if row is None or row.latitude is None or row.longitude is None:
        return None
    return nearest_location(row.latitude, row.longitude)


def _temperature(grid: _Grid, place: Location | None, as_of: datetime) -> FloatArray:
    if place is None:
        return np.full((len(grid.days), HOURS_A_DAY), np.nan)
    values = observed(
        location_id=place.pk,
        variables=[Variable.TEMPERATURE_C],
        starts_at=grid.start,
        steps=grid.count // QUARTERS,
        step_s=HOUR_S,
        as_of=as_of,
    )[:, 0]
    return grid.hours(np.repeat(values, QUARTERS))


def foreseen_c(feeder: UUID, days: Sequence[date], *, as_of: datetime) -> list[float | None]:
    """The mean temperature of each local day, as the newest forecast has it."""
    place = place_of_feeder(feeder)
    if place is None:
        return [None] * len(days)
    grid = _Grid(days)
    steps = grid.count // QUARTERS
    values = known(
        location_id=place.pk,
        variables=[Variable.TEMPERATURE_C],
        starts_at=grid.start,
        steps=steps,
        step_s=HOUR_S,
        as_of=as_of,
    ).values[:, 0]
    by_day = grid.hours(np.repeat(values, QUARTERS))
    return [float(row.mean()) if np.isfinite(row).all() else None for row in by_day]
