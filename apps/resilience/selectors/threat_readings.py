"""Meters by feeder, and their minutes."""

from datetime import datetime, timedelta

from apps.assets.selectors.areas import whereabouts
from apps.resilience.adapters.threat_readings import FloatArray, Meter, minute_grid
from apps.telemetry.choices import LEVELS, Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.history import Plan, read_buckets_of

QUANTITIES = (Quantity.VOLTAGE, Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER, Quantity.CURRENT)
ELSEWHERE = ""
MOST_METERS = 300  # of one group, which is judged together


def meters_by_place() -> dict[str, list[Meter]]:
    """By mRID of feeder, else of substation; large ones in parts."""
    rows = MeasurementPoint.objects.filter(gateway__is_enabled=True, quantity__in=QUANTITIES).order_by("id")
    points = list(rows)
    where = whereabouts({point.equipment_mrid for point in points})
    found: dict[str, list[Meter]] = {}
    for point in points:
        place = where.get(point.equipment_mrid)
        key = str(place.feeder or place.substation or ELSEWHERE) if place else ELSEWHERE
        meter = Meter(point.pk, point.name, str(point.equipment_mrid), point.side, point.quantity, point.unit)
        found.setdefault(key, []).append(meter)
    return {
        f"{key}/{first // MOST_METERS}" if len(meters) > MOST_METERS else key: meters[first : first + MOST_METERS]
        for key, meters in found.items()
        for first in range(0, len(meters), MOST_METERS)
    }


def minutes_of(meters: list[Meter], *, start: datetime, minutes: int) -> FloatArray:
    """Minutes x meters; start on a whole minute."""
    rows = read_buckets_of(
        [meter.key for meter in meters],
        start,
        start + timedelta(minutes=minutes),
        Plan(LEVELS[0], LEVELS[0].step_s),
    )
    return minute_grid(rows, meters, start, minutes)


def first_minute(meters: list[Meter], *, since: datetime, until: datetime) -> datetime | None:
    """From when on hours of these meters are kept."""
    rows = read_buckets_of([meter.key for meter in meters[:20]], since, until, Plan(LEVELS[2], LEVELS[2].step_s))
    begins = [int(found.at_us.min()) for found in rows.values() if len(found)]
    return datetime.fromtimestamp(min(begins) / 1e6, tz=since.tzinfo) if begins else None
