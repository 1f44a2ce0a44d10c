"""What belongs together, in its order: the work of a start, of a quarter of an hour, of a day."""

from datetime import datetime, timedelta

from apps.forecasts.adapters.panels import FIRST_EFFORT, FULL_EFFORT
from apps.forecasts.choices import Horizon, ModelStatus
from apps.forecasts.models import ForecastRun, ModelVersion
from apps.forecasts.selectors.inputs import zone
from apps.forecasts.services.calendar import sync_holidays
from apps.forecasts.services.history import collect
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.quality import examine
from apps.forecasts.services.scores import score_days
from apps.forecasts.services.separations import is_missing, separate
from apps.forecasts.services.series import sync_series
from apps.forecasts.services.standings import has_standings, renew
from apps.forecasts.services.thinning import thin
from apps.forecasts.services.training import has_new_weather, train
from apps.forecasts.services.watching import watch

_LATE = timedelta(days=7)  # samples that came late count for the next training
WEEK_HOUR = 6


def begin(*, as_of: datetime) -> ForecastRun | None:
    """After a start: whatever is missing for a first forecast."""
    sync_series()
    sync_holidays(as_of=as_of)
    collect(as_of=as_of)
    if not ModelVersion.objects.filter(status=ModelStatus.ACTIVE).exists():
        train(as_of=as_of, effort=FIRST_EFFORT)
    found = issue(as_of=as_of)
    week(as_of=as_of)
    if is_missing():
        separate(as_of=as_of)
    return found


def week(*, as_of: datetime) -> ForecastRun | None:
    """Once a day, after six by the local clock; the first one at once."""
    local = as_of.astimezone(zone())
    due = local.replace(hour=WEEK_HOUR, minute=0, second=0, microsecond=0)
    due = due if due <= local else due - timedelta(days=1)
    newest = ForecastRun.objects.newest(Horizon.WEEK)
    if newest is not None and newest.as_of >= due:
        return None
    return issue(as_of=as_of, horizon=Horizon.WEEK)


def quarter(*, as_of: datetime) -> ForecastRun | None:
    """What is dear comes after the issue: it is late for the next one at worst."""
    collect(as_of=as_of)
    found = issue(as_of=as_of)
    if not has_standings():
        renew(as_of=as_of)
    if has_new_weather(as_of=as_of):
        train(as_of=as_of, effort=FIRST_EFFORT)
        separate(as_of=as_of)
    return found


def hour(*, as_of: datetime) -> int:
    """The network may have changed; what came in is looked at."""
    sync_series()
    return examine(as_of=as_of)


def day(*, as_of: datetime) -> ModelVersion | None:
    """What is known by now of the days before is scored, then learned from."""
    sync_holidays(as_of=as_of)
    collect(as_of=as_of, span=_LATE)
    examine(as_of=as_of, span=_LATE)
    score_days(as_of=as_of)
    watch(as_of=as_of)
    thin(as_of=as_of)
    made = train(as_of=as_of, effort=FULL_EFFORT)
    separate(as_of=as_of)
    return made
