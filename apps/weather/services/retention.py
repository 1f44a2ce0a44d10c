"""What is kept of weather: what backtests and trainings need, and no more."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import Rank, TruncDay

from apps.weather.choices import DataKind, FeedKind, FileOutcome
from apps.weather.models import Feed, WeatherFile, WeatherRun, WeatherSeries
from apps.weather.selectors.known import GATE_LEAD
from apps.weather.services.folders import folder_of
from gridops.intake.folders import REFUSED, TAKEN, FolderRefused, delete_older

REPEATED_FOR, REFUSED_FOR = timedelta(days=7), timedelta(days=90)
_INSTANT = timedelta(microseconds=1)
_AT_ONCE = 500


def forget_files(*, as_of: datetime) -> int:
    """Notes of what was known already or refused. What was taken stays with its runs."""
    repeated = WeatherFile.objects.filter(outcome=FileOutcome.KNOWN, received_at__lt=as_of - REPEATED_FOR)
    refused = WeatherFile.objects.filter(outcome=FileOutcome.REFUSED, received_at__lt=as_of - REFUSED_FOR)
    of_run = WeatherRun.objects.filter(file=OuterRef("pk"))
    taken = WeatherFile.objects.filter(~Exists(of_run), outcome=FileOutcome.TAKEN, received_at__lt=_oldest(as_of))
    return sum(rows.delete()[0] for rows in (repeated, refused, taken))


def thin_runs(*, as_of: datetime) -> int:
    """Every issue of the last days, of older ones those that a day was known by at its gate; nothing of long ago.
    Returns how many runs are gone."""
    old = as_of - timedelta(days=settings.WEATHER_WHOLE_DAYS)
    forecasts = WeatherRun.objects.filter(data_kind=DataKind.FORECAST, available_at__lt=old)
    superseded = forecasts.exclude(pk__in=_newest_at_gates(old))
    return _delete(superseded.values_list("pk", flat=True)) + _delete(
        WeatherRun.objects.filter(issued_at__lt=_oldest(as_of)).values_list("pk", flat=True)
    )


def delete_files(*, as_of: datetime) -> int:
    """What lies in the folders of taken and refused files longer than anybody looks for it. Links stay."""
    kept = {TAKEN: timedelta(days=settings.WEATHER_FILES_DAYS), REFUSED: REFUSED_FOR}
    count = 0
    for feed in Feed.objects.filter(kind=FeedKind.FOLDER).order_by("pk"):
        try:
            folder = folder_of(feed)
            count += sum(delete_older(folder / name, (as_of - age).timestamp()) for name, age in kept.items())
        except (FolderRefused, OSError) as error:
            Feed.objects.filter(pk=feed.pk).update(reason=str(error)[:300])
    return count


def _oldest(as_of: datetime) -> datetime:
    return as_of - timedelta(days=settings.WEATHER_DAYS)


def _newest_at_gates(old: datetime) -> list[int]:
    """Of every model and place the newest run that was there at each gate."""
    gate = TruncDay(F("run__available_at") + GATE_LEAD - _INSTANT, tzinfo=UTC)
    newest_first = [F(name).desc() for name in ("run__issued_at", "run__available_at", "run")]
    same: tuple[str | TruncDay, ...] = ("run__provider", "run__model", "location", gate)
    ranked = WeatherSeries.objects.filter(run__data_kind=DataKind.FORECAST, run__available_at__lt=old).annotate(
        rank=Window(Rank(), partition_by=same, order_by=newest_first)
    )
    return list(ranked.filter(rank=1).values_list("run", flat=True))


def _delete(keys: Iterable[int]) -> int:
    found = list(keys)
    for at in range(0, len(found), _AT_ONCE):
        part = found[at : at + _AT_ONCE]
        WeatherSeries.objects.filter(run__in=part).delete()
        WeatherRun.objects.filter(pk__in=part).delete()
    return len(found)
