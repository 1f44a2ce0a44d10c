"""What a look ahead rests on: weather, recorded outages, loadings, conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from apps.assets.models import NetworkModel, Substation
from apps.resilience.adapters.hazard_fits import Failure, WeatherHours, weather_hours
from apps.resilience.adapters.risk_ahead import Station
from apps.resilience.adapters.risk_network import Fallible
from apps.resilience.choices.risk import HISTORY
from apps.state import frames
from apps.state.models import Outage, Solution
from apps.weather.choices import Variable
from apps.weather.models import Location
from apps.weather.rules import distance_km
from apps.weather.selectors import known, observed
from apps.weather.selectors.errors import LEADS_H as ERROR_LEADS_H
from apps.weather.selectors.errors import errors_by_lead

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

VARIABLES = (Variable.GUST_M_S, Variable.WIND_SPEED_M_S, Variable.PRECIPITATION_MM, Variable.TEMPERATURE_C)
HOUR = timedelta(hours=1)
HOUR_S = 3600
SOIL_DAYS = 10
LOADING_DAYS, LOADING_STATES = timedelta(days=30), 60
LEAST_ERRORS = 24
PRIOR_DAYS = 365.0  # of the class rates, beside the records of a feeder


@dataclass(frozen=True, slots=True)
class Sky:
    """Weather of the hours ahead by place, and which place each element has."""

    names: tuple[str, ...]
    hours: tuple[WeatherHours, ...]
    place: IntArray
    issued_at: datetime | None  # the newest that was used
    known_hours: int  # at the place that knows least
    gust_log_spread: FloatArray | None


def places_of(grid: Fallible) -> tuple[list[Location], IntArray]:
    """The places of weather that are nearest to some element."""
    all_places = list(Location.objects.order_by("pk"))
    if not all_places:
        return [], np.zeros(len(grid.mrid), np.int64)
    points = list(zip(grid.latitude.tolist(), grid.longitude.tolist(), strict=True))
    nearest = {point: _nearest(point, all_places) for point in set(points)}
    used = sorted(set(nearest.values()))
    return [all_places[n] for n in used], np.array([used.index(nearest[point]) for point in points], np.int64)


def _nearest(point: tuple[float, float], places: Sequence[Location]) -> int:
    return int(np.argmin([distance_km(*point, one.latitude, one.longitude) for one in places]))


def sky_ahead(grid: Fallible, *, starts_at: datetime, hours: int, as_of: datetime) -> Sky:
    places, place = places_of(grid)
    found, issues = [], []
    before = starts_at - timedelta(days=SOIL_DAYS)
    for one in places:
        past = observed(
            location_id=one.pk, variables=VARIABLES, starts_at=before, steps=SOIL_DAYS * 24, step_s=HOUR_S, as_of=as_of
        )
        told = known(
            location_id=one.pk, variables=VARIABLES, starts_at=starts_at, steps=hours, step_s=HOUR_S, as_of=as_of
        )
        issues += list(told.issued_at[:1])
        joined = weather_hours(np.concatenate([past, told.values]))
        cut = slice(len(past), None)
        found.append(
            WeatherHours(joined.gust_m_s[cut], joined.rain_mm[cut], joined.temperature_c[cut], joined.soil_mm[cut])
        )
    least = min((int(np.isfinite(one.gust_m_s).sum()) for one in found), default=0)
    spread = _spread(places[0], found[0], hours, as_of) if found else None
    return Sky(tuple(one.name for one in places), tuple(found), place, max(issues, default=None), least, spread)


def _spread(place: Location, hours: WeatherHours, count: int, as_of: datetime) -> FloatArray | None:
    """What errors of gusts were by lead, against the mean gust; None where too few are on record."""
    errors = errors_by_lead(location_id=place.pk, variable=Variable.GUST_M_S, as_of=as_of)
    points = [(one.to_h, one.rms) for one in errors if one.rms is not None and one.count >= LEAST_ERRORS]
    gust = hours.gust_m_s[np.isfinite(hours.gust_m_s)]
    if len(points) < 2 or not len(gust) or gust.mean() <= 0 or points[-1][0] > max(ERROR_LEADS_H):
        return None
    leads, rms = zip(*points, strict=True)
    return np.asarray(np.interp(np.arange(1, count + 1), leads, rms) / gust.mean(), np.float64)


def unplanned(*, as_of: datetime) -> QuerySet[Outage]:
    return Outage.objects.during(as_of - HISTORY, as_of).filter(is_planned=False)


@dataclass(frozen=True, slots=True)
class Past:
    """Recorded failures of the elements, hours of the records from `begins_at`, and their measured weather."""

    begins_at: datetime
    hours: int
    places: tuple[Location, ...]
    place: IntArray
    weather: tuple[WeatherHours, ...]
    failures: tuple[Failure, ...]
    unplaced: int  # records that name no element of the live network


def past_of(grid: Fallible, *, as_of: datetime) -> Past | None:
    """None without a record or a place of weather."""
    rows = list(unplanned(as_of=as_of).order_by("began_at").values_list("equipment_mrid", "began_at"))
    places, place = places_of(grid)
    if not rows or not places:
        return None
    begins_at = rows[0][1].replace(minute=0, second=0, microsecond=0)
    hours = int((as_of - begins_at) / HOUR) + 1
    position = {mrid: n for n, mrid in enumerate(grid.mrid)}
    failures = [
        Failure(position[str(mrid)], int((began_at - begins_at) / HOUR))
        for mrid, began_at in rows
        if str(mrid) in position
    ]
    weather = [
        weather_hours(
            observed(
                location_id=one.pk, variables=VARIABLES, starts_at=begins_at, steps=hours, step_s=HOUR_S, as_of=as_of
            )
        )
        for one in places
    ]
    return Past(begins_at, hours, tuple(places), place, tuple(weather), tuple(failures), len(rows) - len(failures))


def feeder_days(class_chance: dict[str, float], *, as_of: datetime) -> dict[str, float]:
    """Chance of an outage on any day, by feeder: its records, held to the class rates. Planned work is left out."""
    rows = list(unplanned(as_of=as_of).values_list("feeder_mrid", "began_at"))
    first = min((at for _, at in rows), default=as_of)
    days = max((as_of - first) / timedelta(days=1), 0.0)
    hit: dict[str, set[object]] = {}
    for mrid, at in rows:
        if mrid is not None:
            hit.setdefault(str(mrid), set()).add(at.date())
    return {
        mrid: (len(hit.get(mrid, ())) + chance * PRIOR_DAYS) / (days + PRIOR_DAYS)
        for mrid, chance in class_chance.items()
    }


def highest_loadings(model: NetworkModel, grid: Fallible, *, as_of: datetime) -> dict[str, float]:
    """Of states of the last weeks, evenly chosen; only what was known then."""
    keys = list(
        Solution.objects.filter(network_model=model, as_of__gt=as_of - LOADING_DAYS, as_of__lte=as_of)
        .exclude(frame=b"")
        .order_by("id")
        .values_list("pk", flat=True)
    )
    chosen = keys[:: max(1, -(-len(keys) // LOADING_STATES))]
    highest = np.full(len(grid.mrid), np.nan)
    for raw in Solution.objects.filter(pk__in=chosen).values_list("frame", flat=True).iterator(chunk_size=20):
        frame = frames.decode(bytes(raw))
        loading = np.concatenate([frame.line_loading, frame.transformer_loading]).astype(np.float64)
        if len(loading) == len(highest):
            highest = np.fmax(highest, loading)
    return {grid.mrid[n]: float(highest[n]) for n in np.flatnonzero(np.isfinite(highest))}


def stations_of(model: NetworkModel) -> list[Station]:
    rows = Substation.objects.filter(model=model).order_by("index")
    return [
        Station(str(mrid), name, longitude, latitude)
        for mrid, name, longitude, latitude in rows.values_list("mrid", "name", "longitude", "latitude")
    ]


def feeders_hit(feeders: set[str], *, begin: datetime, end: datetime) -> set[str]:
    """Those with an unplanned outage that began then."""
    rows = Outage.objects.during(begin, end).filter(is_planned=False, feeder_mrid__in=[UUID(one) for one in feeders])
    return {str(one) for one in rows.values_list("feeder_mrid", flat=True)}
