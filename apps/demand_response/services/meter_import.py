"""Readings of meters: what a file would do, and storing it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.timezone import localdate

from apps.accounts.models import User
from apps.demand_response.adapters import espi, meter_csv
from apps.demand_response.adapters.faults import Fault, refuse
from apps.demand_response.adapters.readings import DayReadings, days_of
from apps.demand_response.choices import MeterSource
from apps.demand_response.models import Consent, CustomerUsagePoint, ImportRun
from apps.demand_response.models.customer import Customer
from apps.demand_response.services.found import Found
from apps.demand_response.services.meter_rows import store_days
from gridops.intake.packing import PackingRefused, unpacked

UNPACKED_BYTES = 256 * 1024 * 1024
NO_CONSENT = "usage point {name!r} is none of a customer of yours whose consent holds; enrol the customer first"
STILL_RUNS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Metered:
    """`points`: by name, the usage points of the days."""

    days: list[DayReadings]
    points: dict[str, int]
    faults: list[Fault]
    source: MeterSource


def check(*, content: bytes, run: ImportRun, as_of: datetime) -> Found:
    """Raises FileRefused."""
    found = metered(content, usage_point=run.usage_point, reader=run.by, as_of=as_of)
    why = "" if found.days else "No reading of the file can be imported; correct what is named."
    return Found(_counts(found), found.faults, why)


def store(*, content: bytes, run: ImportRun, as_of: datetime) -> dict[str, int]:
    """Inside the caller's transaction. Raises FileRefused."""
    found = metered(content, usage_point=run.usage_point, reader=run.by, as_of=as_of)
    return _counts(found) | store_days(found.days, points=found.points, source=found.source, as_of=as_of)


def metered(content: bytes, *, usage_point: str, reader: User | None, as_of: datetime) -> Metered:
    """reader: whose customers may be meant; None, of all. Readings of who has not consented are not kept. Raises
    FileRefused."""
    text, zone = _plain(content), ZoneInfo(settings.TIME_ZONE)
    is_xml = text.lstrip()[:1] == b"<"
    source = MeterSource.ESPI if is_xml else MeterSource.CSV
    readings = (
        espi.parse(text, usage_point=usage_point)
        if is_xml
        else meter_csv.parse(text, zone=zone, today=localdate(as_of))
    )
    names = {one.usage_point for one in readings.points}
    points = _allowed(names, reader)
    readings.faults.extend(
        Fault(min(one.lines), "usage_point", NO_CONSENT.format(name=one.usage_point[:80]))
        for one in readings.points
        if one.usage_point not in points
    )
    readings.points = [one for one in readings.points if one.usage_point in points]
    days = days_of(readings, zone)
    return Metered(days, points, sorted(readings.faults, key=lambda one: one.row), source)


def _plain(content: bytes) -> bytes:
    try:
        return unpacked(content, UNPACKED_BYTES)
    except PackingRefused as refusal:
        raise refuse(str(refusal)) from None


def _allowed(names: Collection[str], reader: User | None) -> dict[str, int]:
    consenting = Consent.objects.filter(revoked_at__isnull=True).values("enrolment__customer")
    links = CustomerUsagePoint.objects.filter(until__isnull=True, usage_point__name__in=names, customer__in=consenting)
    if reader is not None:
        links = links.filter(customer__in=Customer.objects.visible_to(reader))
    return dict(links.values_list("usage_point__name", "usage_point_id"))


def _counts(found: Metered) -> dict[str, int]:
    values = sum(len(one.kwh) for one in found.days)
    gaps = sum(int((one.kwh != one.kwh).sum()) for one in found.days)
    return {
        "usage points": len({one.usage_point for one in found.days}),
        "days": len(found.days),
        "intervals": values - gaps,
        "intervals missing": gaps,
    }
