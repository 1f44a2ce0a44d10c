"""Old runs make room: those of the gates stay, and those of the last days."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import ExtractHour, ExtractMinute

from apps.forecasts.choices import Horizon
from apps.forecasts.models import ForecastRun

ALL = timedelta(days=2)
HOURLY = timedelta(days=14)
GATES = timedelta(days=400)
GATE_HOUR = 6  # UTC; the issue that is scored


def thin_runs(*, as_of: datetime) -> int:
    """Every quarter hour's for two days, every hour's for two weeks, the gates' and the weeks' for a year and more."""
    rows = ForecastRun.objects.annotate(
        hour=ExtractHour("starts_at", tzinfo=UTC), minute=ExtractMinute("starts_at", tzinfo=UTC)
    )
    is_gate = Q(horizon=Horizon.WEEK) | Q(hour=GATE_HOUR, minute=0)
    gone = (
        Q(as_of__lt=as_of - ALL) & ~Q(minute=0) & ~is_gate
        | Q(as_of__lt=as_of - HOURLY) & ~is_gate
        | Q(as_of__lt=as_of - GATES)
    )
    keys = list(rows.filter(gone).values_list("pk", flat=True))
    ForecastRun.objects.filter(pk__in=keys).delete()
    return len(keys)
