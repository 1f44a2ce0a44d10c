"""Weather and areas of danger, where assets stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apps.assets import selectors as assets
from apps.assets.models import Feeder, Substation
from apps.resilience.choices.threat import PHYSICAL_KINDS, FindingKind
from apps.resilience.models import Finding, HazardArea
from apps.resilience.rules.threat_weather import Hour, Warned, warnings
from apps.resilience.selectors.threat_places import nodes_within
from apps.resilience.services.findings import Found, note
from apps.weather.choices import Variable
from apps.weather.models import Location
from apps.weather.selectors.known import known
from apps.weather.selectors.places import nearest_location

AHEAD_H = 72
NEAR_KM = 25.0
VARIABLES = (Variable.GUST_M_S, Variable.TEMPERATURE_C, Variable.HUMIDITY_PERCENT, Variable.PRECIPITATION_MM)
COURSES = ("gust_m_s", "temperature_c", "humidity_percent", "precipitation_mm")
INSIDE = 0.9


def look_at_surroundings(*, as_of: datetime) -> list[Finding]:
    return note(found=[*_weather(as_of), *_areas(as_of)], kinds=sorted(PHYSICAL_KINDS), as_of=as_of)


def _weather(as_of: datetime) -> Iterator[Found]:
    """By place of which weather is known: the stations nearest to it and their feeders are what is touched."""
    starts_at = as_of.replace(minute=0, second=0, microsecond=0)
    for place, stations in _stations_by_place().items():
        told = known(
            location_id=place.pk, variables=VARIABLES, starts_at=starts_at, steps=AHEAD_H, step_s=3600, as_of=as_of
        )
        rows = [Hour(*(None if np.isnan(value) else float(value) for value in row)) for row in told.values]
        forecast = _Told(place, rows, starts_at, told.issued_at[0] if told.issued_at else None)
        for warned in warnings(rows):
            yield _warning(forecast, stations, warned)


@dataclass(frozen=True, slots=True)
class _Told:
    """A forecast at a place, by the hour."""

    place: Location
    rows: Sequence[Hour]
    starts_at: datetime
    issued_at: datetime | None


def _warning(told: _Told, stations: Sequence[Substation], warned: Warned) -> Found:
    begins, ends = (told.starts_at + timedelta(hours=hour) for hour in (warned.first, warned.last + 1))
    feeders = Feeder.objects.filter(substation__in=[station.pk for station in stations])
    return Found(
        key=f"{warned.kind}/{told.place.pk}",
        kind=warned.kind,
        title=f"{warned.kind.label} at {told.place}: up to {warned.worst:g} {warned.unit}",
        likelihood=warned.likelihood,
        basis=_basis(told, warned, begins, ends),
        began_at=told.starts_at,
        starts_at=begins,
        evidence={
            "from": begins,
            "to": ends,
            "worst": warned.worst,
            "limit": warned.limit,
            "unit": warned.unit,
            "t": [(told.starts_at + timedelta(hours=hour)).timestamp() for hour in range(len(told.rows))],
            "courses": {name: [getattr(row, name) for row in told.rows] for name in COURSES},
        },
        mrids=[*(station.mrid for station in stations), *feeders.values_list("mrid", flat=True)],
    )


def _basis(told: _Told, warned: Warned, begins: datetime, ends: datetime) -> str:
    issue = f" of {told.issued_at:%d %b %H:%M} UTC" if told.issued_at else ""
    return (
        f"A single forecast{issue}: one half at {warned.limit:g} {warned.unit}, more beyond it. "
        f"{begins:%d %b %H:%M} to {ends:%d %b %H:%M} UTC."
    )


def _stations_by_place() -> dict[Location, list[Substation]]:
    found: dict[Location, list[Substation]] = {}
    for station in Substation.objects.filter(model_id=assets.current_model_id()):
        place = nearest_location(station.latitude, station.longitude, within_km=NEAR_KM)
        if place is not None:
            found.setdefault(place, []).append(station)
    return found


def _areas(as_of: datetime) -> Iterator[Found]:
    for area in HazardArea.objects.filter(valid_to__gt=as_of, valid_from__lte=as_of + timedelta(hours=AHEAD_H)):
        inside = nodes_within(area.rings)
        if inside:
            yield Found(
                key=f"area/{area.pk}",
                kind=FindingKind.AREA,
                title=f"{area}: {len(inside)} nodes of the network lie in it",
                likelihood=INSIDE,
                basis=f"The area as {area.source or 'it was handed in'} draws it; it holds from "
                f"{area.valid_from:%d %b %H:%M} to {area.valid_to:%d %b %H:%M} UTC.",
                began_at=area.valid_from,
                starts_at=area.valid_from,
                evidence={"kind": area.kind, "nodes": [{"mrid": n.mrid, "name": n.name} for n in inside[:200]]},
                mrids=[one.mrid for one in inside],
            )
