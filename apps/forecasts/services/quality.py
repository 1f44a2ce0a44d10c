"""Faults of the histories, found and named: what they span is not learned from."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.forecasts.adapters.arrays import floored, midnight
from apps.forecasts.adapters.faults import faults_of
from apps.forecasts.adapters.panels import History, clock_of
from apps.forecasts.models import DataFault
from apps.forecasts.selectors.inputs import active_series, holidays, zone
from apps.forecasts.selectors.matrix import matrix

COMPARED_DAYS = 35  # four weeks are compared with
LOOKED_AT = timedelta(days=3)
_LEAST = timedelta(minutes=15)


def examine(*, as_of: datetime, span: timedelta = LOOKED_AT) -> int:
    """Look at the last `span` anew; what was found of older times stays. Returns how many faults stand there."""
    series = active_series()
    until = floored(as_of)
    days = COMPARED_DAYS + span.days
    first = until.date() - timedelta(days)
    values = matrix([one.pk for one in series], first=first, days=days + 1, until=until)
    history = History(series, first, until, values)
    clock = clock_of(first, days + 1, zone(), holidays())
    since = until - span
    found = [one for one in faults_of(history, clock) if one.ends_at > since]
    return _keep(history, found, since, max(midnight(first), since - timedelta(COMPARED_DAYS)), as_of)


@transaction.atomic
def _keep(history: History, found: list, since: datetime, first: datetime, as_of: datetime) -> int:
    rows = [
        DataFault(
            series_id=one.series,
            fault=one.fault[:20],
            begins_at=one.begins_at,
            ends_at=one.ends_at,
            size=one.size,
            found_at=as_of,
        )
        for one in found
    ]
    standing = {(row.series_id, row.fault, row.begins_at) for row in rows}
    before = DataFault.objects.filter(series__in=history.keys, ends_at__gt=since, begins_at__gte=first)
    gone = [row.pk for row in before if (row.series_id, row.fault, row.begins_at) not in standing]
    DataFault.objects.filter(pk__in=gone).delete()
    DataFault.objects.bulk_create(
        rows,
        batch_size=5000,
        update_conflicts=True,
        unique_fields=["series", "fault", "begins_at"],
        update_fields=["ends_at", "size"],
    )
    return len(rows)
