"""What is old makes room: of runs those of the gates stay, and those of the last days."""

from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import ExtractHour, ExtractMinute

from apps.forecasts.choices import Horizon, ModelStatus
from apps.forecasts.models import ForecastRun, ModelVersion, Score

ALL = timedelta(days=2)
HOURLY = timedelta(days=14)
WEEKS = timedelta(days=60)
GATES = timedelta(days=400)
SCORES = timedelta(days=800)
REJECTED = timedelta(days=90)
GATE_HOUR = 6  # UTC; the issue that is scored


def thin(*, as_of: datetime) -> None:
    thin_runs(as_of=as_of)
    forget_scores(as_of=as_of)
    forget_models(as_of=as_of)


def thin_runs(*, as_of: datetime) -> int:
    """Every quarter hour's for two days, every hour's for two weeks, the weeks' for two months, the gates' for a year
    and more. A run at a time: of many series each has many rows."""
    rows = ForecastRun.objects.annotate(
        hour=ExtractHour("starts_at", tzinfo=UTC), minute=ExtractMinute("starts_at", tzinfo=UTC)
    )
    is_gate = Q(horizon=Horizon.WEEK) | Q(hour=GATE_HOUR, minute=0)
    gone = (
        Q(as_of__lt=as_of - ALL) & ~Q(minute=0) & ~is_gate
        | Q(as_of__lt=as_of - HOURLY) & ~is_gate
        | Q(as_of__lt=as_of - WEEKS, horizon=Horizon.WEEK)
        | Q(as_of__lt=as_of - GATES)
    )
    keys = list(rows.filter(gone).values_list("pk", flat=True))
    for key in keys:
        ForecastRun.objects.filter(pk=key).delete()
    return len(keys)


def forget_scores(*, as_of: datetime) -> int:
    return Score.objects.filter(day__lt=(as_of - SCORES).date()).delete()[0]


def forget_models(*, as_of: datetime) -> int:
    """Those that were no better and never forecast anything."""
    poor = ModelVersion.objects.filter(status=ModelStatus.REJECTED, runs=None, trained_at__lt=as_of - REJECTED)
    return poor.delete()[0]
