"""What was promised about data of customers who left: readings that settlement does not need go at once, the rest when
the program's time for it has run out; files that nobody confirmed go after two days."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from apps.demand_response.choices import EnrolmentStatus, ImportKind
from apps.demand_response.models import Customer, Enrolment, ImportRun, MeterDay
from apps.demand_response.services.customers import forget_customer
from apps.demand_response.services.import_runs import forget_files
from gridops.intake.folders import REFUSED, TAKEN, delete_older

BASELINE = timedelta(days=60)  # before an event: what baselines look back on
AFTER = timedelta(days=2)
RUNS_KEPT = timedelta(days=90)  # of the folder; those of people stay
AT_ONCE = 500


def keep_promises(*, as_of: datetime) -> int:
    """How many customers were forgotten."""
    forget_files(as_of=as_of)
    _clear_folder(as_of)
    gone = list(_gone()[:AT_ONCE])
    for one in gone:
        _thin_readings(one)
    over = [one for one in gone if as_of - one.left_at > timedelta(days=one.kept_days)]
    for one in over:
        forget_customer(customer=one, by=None, as_of=as_of)
    return len(over)


def _clear_folder(as_of: datetime) -> None:
    """Files of readings name people's meters: what was taken is in the database, and goes from the disk."""
    before = (as_of - timedelta(days=settings.METER_FILES_DAYS)).timestamp()
    for name in (TAKEN, REFUSED):
        delete_older(Path(settings.METER_ROOT) / name, before)
    ImportRun.objects.filter(kind=ImportKind.METER, by__isnull=True, handed_at__lt=as_of - RUNS_KEPT).delete()


def _gone() -> QuerySet[Any]:
    """Who was in a program and is in none any more; the first to have left comes first."""
    mine = Enrolment.objects.filter(customer=OuterRef("pk"))
    rows = Customer.objects.filter(Exists(mine), forgotten_at__isnull=True)
    rows = rows.exclude(Exists(mine.exclude(status=EnrolmentStatus.LEFT)))
    whole: QuerySet[Any] = rows.annotate(
        left_at=Max("enrolments__status_since"),
        kept_days=Max("enrolments__program__kept_days"),
        first_event=Min("enrolments__participations__stage__starts_at"),
        last_event=Max("enrolments__participations__stage__ends_at"),
    )
    return whole.order_by("left_at")


def _thin_readings(one: Any) -> None:
    points = one.usage_links.filter(until__isnull=True).values("usage_point")
    rows = MeterDay.objects.filter(usage_point__in=points)
    if one.first_event is None:
        rows.delete()
        return
    rows.filter(day__lt=(one.first_event - BASELINE).date()).delete()
    rows.filter(day__gt=(one.last_event + AFTER).date()).delete()
