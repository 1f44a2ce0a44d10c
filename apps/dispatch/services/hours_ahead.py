"""What a run of the hours ahead found, as rows that whoever decides reads; and how long they are kept."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import TruncHour

from apps.dispatch.choices.ahead import KEPT_HOURLY, KEPT_WHOLE
from apps.dispatch.models import Congestion, HoursAhead


@transaction.atomic
def keep_hours_ahead(run: HoursAhead, congestion: list[dict[str, Any]]) -> HoursAhead:
    run.save()
    Congestion.objects.bulk_create([Congestion(run=run, **told) for told in congestion])
    return run


@transaction.atomic
def thin_hours_ahead(*, as_of: datetime) -> int:
    """All of the last day, then the first of each hour for two weeks, then none."""
    older = HoursAhead.objects.filter(as_of__lt=as_of - KEPT_WHOLE)
    hourly = older.filter(as_of__gte=as_of - KEPT_HOURLY).annotate(hour=TruncHour("as_of"))
    kept = {pk for _, pk in hourly.order_by("hour", "id").distinct("hour").values_list("hour", "pk")}
    return older.exclude(pk__in=kept).delete()[1].get("dispatch.HoursAhead", 0)
